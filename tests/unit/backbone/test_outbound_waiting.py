"""Mails that wait: for the time to take them back, for a place, for a person; and the events that tell of them."""

from __future__ import annotations

from typing import Any

import pytest

from backbone import clock
from backbone.database import Database
from backbone.ledger import outbound
from backbone.ledger.states import OUTBOUND_MOVES, Outbound, OutboundReason
from tests.support.ledger import add_outbound, outbound_mail, outbound_row

SOON, LATER, MUCH_LATER = clock.after(80_000), clock.after(90_000), clock.after(100_000)


def test_a_queued_mail_knows_the_domain_it_goes_to(database: Database, mailbox_id: int) -> None:
    rows = [outbound_row(mailbox_id, recipient=to) for to in ("ivan@Customer.example", "ivan@почта.рф", "nobody")]
    with database.transaction() as connection:
        ids = outbound.queue(connection, rows, LATER)
    found = [outbound_mail(database, one).domain for one in ids]
    assert found == ["customer.example", "xn--80a1acny.xn--p1ai", ""]


def test_a_mail_is_not_claimed_before_its_time(database: Database, mailbox_id: int) -> None:
    with database.transaction() as connection:
        waiting, ready = outbound.queue(
            connection,
            [outbound_row(mailbox_id, not_before=MUCH_LATER), outbound_row(mailbox_id, not_before=clock.now())],
            LATER,
        )
        assert outbound.claim(connection, waiting, LATER) is None
        assert outbound.claim(connection, ready, LATER)
    row = outbound_mail(database, waiting)
    assert (row.state, row.due_at) == ("queued", MUCH_LATER)


def test_a_deferred_mail_keeps_its_pause_however_often_it_is_told_of(database: Database, mailbox_id: int) -> None:
    deferred, over, sent = (add_outbound(database, mailbox_id) for _ in range(3))
    ends: tuple[tuple[int, Outbound, dict[str, Any]], ...] = (
        (deferred, Outbound.DEFERRED, {"due_at": LATER}),
        (over, Outbound.DEFERRED, {"due_at": clock.now()}),
        (sent, Outbound.SENT, {}),
    )
    with database.transaction() as connection:
        for mail_id, state, values in ends:
            claimed = outbound.claim(connection, mail_id, MUCH_LATER)
            assert claimed
            assert outbound.settle(connection, claimed, state, **values)
        outbound.put_off(connection, [deferred], SOON)
        assert outbound.claim(connection, deferred, MUCH_LATER) is None
        assert outbound.claim(connection, over, MUCH_LATER)
    assert (outbound_mail(database, deferred).due_at, outbound_mail(database, sent).not_before) == (LATER, None)


@pytest.mark.parametrize("state", Outbound)
def test_only_a_mail_that_nobody_has_claimed_is_taken_back(
    database: Database, mailbox_id: int, state: Outbound
) -> None:
    fresh = add_outbound(database, mailbox_id, state=state)
    tried = add_outbound(database, mailbox_id, state=state, attempts=1)
    with database.transaction() as connection:
        assert outbound.cancel(connection, fresh) == (state is Outbound.QUEUED)
        assert not outbound.cancel(connection, tried)
        assert outbound.claim(connection, fresh, LATER) is None or state is Outbound.DEFERRED
    if state is Outbound.QUEUED:
        assert Outbound.CANCELLED in OUTBOUND_MOVES[state]
        assert (outbound_mail(database, fresh).state, outbound_mail(database, fresh).due_at) == ("cancelled", None)


def test_a_mail_put_back_is_as_it_was(database: Database, mailbox_id: int) -> None:
    fresh = add_outbound(database, mailbox_id)
    tried = add_outbound(database, mailbox_id, state="deferred", tries=2, reason="try_later", answer="451 later")
    limited = add_outbound(database, mailbox_id, state="deferred", reason="rate_limited")
    for mail_id, state in ((fresh, "queued"), (tried, "deferred"), (limited, "deferred")):
        before = outbound_mail(database, mail_id)
        with database.transaction() as connection:
            claimed = outbound.claim(connection, mail_id, LATER)
            assert claimed
            outbound.put_back(connection, claimed, SOON)
        after = outbound_mail(database, mail_id)
        assert (after.state, after.due_at, after.tries, after.answer) == (state, SOON, before.tries, before.answer)
        with database.transaction() as connection:
            assert outbound.claim(connection, mail_id, LATER)
            outbound.put_back(connection, claimed, SOON)
        assert outbound_mail(database, mail_id).state == "sending"


def test_mails_put_off_are_those_that_wait_for_nothing_else(database: Database, mailbox_id: int) -> None:
    queued = add_outbound(database, mailbox_id, due_at=LATER)
    undoable = add_outbound(database, mailbox_id, due_at=MUCH_LATER, not_before=MUCH_LATER)
    sending = add_outbound(database, mailbox_id, state="sending", due_at=LATER)
    with database.transaction() as connection:
        outbound.put_off(connection, [queued, undoable, sending], SOON)
    assert [outbound_mail(database, one).due_at for one in (queued, undoable, sending)] == [SOON, MUCH_LATER, LATER]


@pytest.mark.parametrize(
    ("state", "reason", "tries"),
    [
        (Outbound.DEFERRED, OutboundReason.TRY_LATER, 4),
        (Outbound.DEFERRED, OutboundReason.RATE_LIMITED, 3),
        (Outbound.SENT, None, 3),
    ],
)
def test_what_counts_as_a_try(
    database: Database, mailbox_id: int, state: Outbound, reason: OutboundReason | None, tries: int
) -> None:
    mail_id = add_outbound(database, mailbox_id, tries=3)
    with database.transaction() as connection:
        claimed = outbound.claim(connection, mail_id, LATER)
        assert claimed
        assert outbound.settle(connection, claimed, state, reason=reason)
    assert outbound_mail(database, mail_id).tries == tries


def test_a_mail_that_a_person_sends_again_begins_anew(database: Database, mailbox_id: int) -> None:
    mail_id = add_outbound(
        database,
        mailbox_id,
        state="failed",
        attempts=9,
        tries=9,
        resends=3,
        not_before=MUCH_LATER,
        created_at=clock.after(-10 * 86_400),
    )
    with database.transaction() as connection:
        assert outbound.reopen(connection, [mail_id], LATER) == [mail_id]
    row = outbound_mail(database, mail_id)
    assert (row.attempts, row.tries, row.resends) == (9, 0, 0)
    assert (clock.now() - row.renewed_at).total_seconds() < 60
    with database.transaction() as connection:
        assert outbound.claim(connection, mail_id, LATER)


def test_an_event_names_mails_of_one_mailbox_and_they_take_turns() -> None:
    mailbox_of = dict.fromkeys(range(40), 7) | {100: 8, 101: 8}
    told = [event.outbound_ids for event in outbound.events(mailbox_of)]
    assert told == [tuple(range(16)), (100, 101), tuple(range(16, 32)), tuple(range(32, 40))]


def test_the_mailboxes_of_mails(database: Database, mailbox_id: int) -> None:
    ids = [add_outbound(database, mailbox_id) for _ in range(3)]
    with database.reading() as connection:
        assert outbound.mailboxes_of(connection, [ids[2], ids[0], 10**9]) == {ids[2]: mailbox_id, ids[0]: mailbox_id}
        assert outbound.mailboxes_of(connection, []) == {}
