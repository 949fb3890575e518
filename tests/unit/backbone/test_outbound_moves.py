"""Every pair of states of an outbound mail, through every function that moves one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row

from backbone import clock
from backbone.database import Database
from backbone.ledger import outbound
from backbone.ledger.states import OUTBOUND_MOVES, OUTBOUND_OPEN, Outbound, OutboundReason
from tests.support.ledger import add_outbound, outbound_mail, outbound_row

LATER = clock.after(86_400)
CLAIMABLE = (Outbound.QUEUED, Outbound.DEFERRED)


def standing_at(database: Database, mailbox_id: int, state: Outbound, **values: Any) -> Row[Any]:
    usual = {"state": state, "due_at": clock.now() if state in OUTBOUND_OPEN else None}
    return outbound_mail(database, add_outbound(database, mailbox_id, **usual | values))


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(OUTBOUND_MOVES) == set(Outbound)


def test_queued_mails_come_back_in_the_order_given(database: Database, mailbox_id: int) -> None:
    rows = [outbound_row(mailbox_id, ticket_id=number) for number in (3, 1, 2)]
    with database.transaction() as connection:
        ids = outbound.queue(connection, rows, LATER)
    found = [outbound_mail(database, one) for one in ids]
    assert [(row.ticket_id, row.state, row.due_at) for row in found] == [(n, "queued", LATER) for n in (3, 1, 2)]


@pytest.mark.parametrize("before", Outbound)
def test_only_queued_and_deferred_mails_are_claimed(database: Database, mailbox_id: int, before: Outbound) -> None:
    row = standing_at(database, mailbox_id, before)
    with database.transaction() as connection:
        claimed = outbound.claim(connection, row.id, LATER)
    found = outbound_mail(database, row.id)
    assert (before in CLAIMABLE) == (Outbound.SENDING in OUTBOUND_MOVES[before])
    if before in CLAIMABLE:
        assert claimed == found
        assert (found.state, found.attempts, found.due_at) == ("sending", 1, LATER)
    else:
        assert claimed is None
        assert found == row


def test_a_mail_is_claimed_once(database: Database, mailbox_id: int) -> None:
    row = standing_at(database, mailbox_id, Outbound.QUEUED)
    with database.transaction() as connection:
        assert outbound.claim(connection, row.id, LATER)
    with database.transaction() as connection:
        assert outbound.claim(connection, row.id, LATER) is None
        assert outbound.claim(connection, 10**18, LATER) is None


@pytest.mark.parametrize("before", Outbound)
def test_settle_makes_the_moves_of_the_table_and_no_other(
    database: Database, mailbox_id: int, before: Outbound
) -> None:
    for after in Outbound:
        row = standing_at(database, mailbox_id, before)
        with database.transaction() as connection:
            settled = outbound.settle(connection, row, after, reason=OutboundReason.TRY_LATER, answer="250 ok")
        found = outbound_mail(database, row.id)
        assert settled == (after in OUTBOUND_MOVES[before]), f"{before} became {after}"
        if settled:
            assert (found.state, found.reason, found.answer, found.due_at) == (after, "try_later", "250 ok", None)
        else:
            assert found == row


def test_who_lost_the_claim_records_nothing(database: Database, mailbox_id: int) -> None:
    row = standing_at(database, mailbox_id, Outbound.QUEUED)
    with database.transaction() as connection:
        late = outbound.claim(connection, row.id, clock.now())
        assert outbound.resolve_unknown(connection, 10, resend=True, due_at=LATER) == [row.id]
        newer = outbound.claim(connection, row.id, LATER)
        assert late
        assert newer
        assert not outbound.settle(connection, late, Outbound.FAILED)
        assert outbound.settle(connection, newer, Outbound.SENT)
    assert outbound_mail(database, row.id).state == "sent"


@pytest.mark.parametrize("resend", [True, False])
@pytest.mark.parametrize("before", Outbound)
def test_unknown_outcomes_are_those_of_sends_past_due(
    database: Database, mailbox_id: int, before: Outbound, *, resend: bool
) -> None:
    row = standing_at(database, mailbox_id, before, due_at=clock.now())
    with database.transaction() as connection:
        ids = outbound.resolve_unknown(connection, 10, resend=resend, due_at=LATER)
    found = outbound_mail(database, row.id)
    if before is not Outbound.SENDING:
        assert ids == []
        assert found == row
    elif resend:
        assert ids == [row.id]
        assert (found.state, found.resends, found.due_at, found.reason) == ("queued", 1, LATER, "outcome_unknown")
        assert found.message_id == row.message_id
    else:
        assert ids == []
        assert (found.state, found.resends, found.due_at, found.reason) == ("held", 0, None, "outcome_unknown")


def test_a_send_under_way_is_left_alone(database: Database, mailbox_id: int) -> None:
    row = standing_at(database, mailbox_id, Outbound.SENDING, due_at=LATER)
    with database.transaction() as connection:
        assert outbound.resolve_unknown(connection, 10, resend=True, due_at=LATER) == []
    assert outbound_mail(database, row.id) == row


def test_unknown_outcomes_are_resolved_a_few_at_a_time_oldest_first(database: Database, mailbox_id: int) -> None:
    rows = [
        standing_at(database, mailbox_id, Outbound.SENDING, due_at=clock.after(-seconds)) for seconds in (10, 30, 20)
    ]
    with database.transaction() as connection:
        first = outbound.resolve_unknown(connection, 2, resend=True, due_at=LATER)
        second = outbound.resolve_unknown(connection, 2, resend=True, due_at=LATER)
    assert (sorted(first), second) == (sorted([rows[1].id, rows[2].id]), [rows[0].id])


@pytest.mark.parametrize("before", Outbound)
def test_only_a_sent_mail_bounces(database: Database, mailbox_id: int, before: Outbound) -> None:
    row = standing_at(database, mailbox_id, before)
    with database.transaction() as connection:
        (sent,) = outbound.sent_as(connection, [row.message_id, "<other@x>"]).values()
        bounced = outbound.mark_bounced(connection, {row.id: "5.1.1 nobody"})
        assert outbound.mark_bounced(connection, {}) == []
    found = outbound_mail(database, row.id)
    assert sent == row
    assert outbound.can_bounce(row) == (Outbound.BOUNCED in OUTBOUND_MOVES[before])
    if outbound.can_bounce(row):
        assert (found.state, found.answer, found.due_at) == (Outbound.BOUNCED, "5.1.1 nobody", None)
        assert bounced == [found]
    else:
        assert found == row


@pytest.mark.parametrize("before", Outbound)
def test_a_person_reopens_what_is_held_or_failed(database: Database, mailbox_id: int, before: Outbound) -> None:
    row = standing_at(database, mailbox_id, before, attempts=7, reason="refused", error="Traceback")
    with database.transaction() as connection:
        reopened = outbound.reopen(connection, [row.id], LATER)
    found = outbound_mail(database, row.id)
    if before in (Outbound.HELD, Outbound.FAILED):
        assert reopened == [row.id]
        assert (found.state, found.reason, found.error, found.due_at) == ("queued", None, None, LATER)
        assert Outbound.QUEUED in OUTBOUND_MOVES[before]
    else:
        assert reopened == []
        assert found == row
