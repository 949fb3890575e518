"""Every pair of states of an inbound mail, through every function that moves one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row

from backbone import clock
from backbone.database import Database
from backbone.ledger import inbound
from backbone.ledger.inbound import Outcome
from backbone.ledger.states import INBOUND_MOVES, INBOUND_OPEN, Inbound, InboundReason
from tests.support.ledger import add_inbound, inbound_mail

LATER = clock.after(86_400)


def standing_at(database: Database, mailbox_id: int, state: Inbound, **values: Any) -> Row[Any]:
    due = clock.now() if state in INBOUND_OPEN else None
    return inbound_mail(database, add_inbound(database, mailbox_id, state=state, due_at=due, **values))


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(INBOUND_MOVES) == set(Inbound)


@pytest.mark.parametrize("before", Inbound)
def test_settle_makes_the_moves_of_the_table_and_no_other(database: Database, mailbox_id: int, before: Inbound) -> None:
    for after in Inbound:
        row = standing_at(database, mailbox_id, before, error="old", reason="bug")
        with database.transaction() as connection:
            inbound.settle(connection, [Outcome(row.id, after, InboundReason.BOUNCE, {"ticket_id": 7})])
        found = inbound_mail(database, row.id)
        if after in INBOUND_MOVES[before]:
            ended = (found.state, found.reason, found.ticket_id, found.due_at, found.error)
            assert ended == (after, "bounce", 7, None, None)
            assert found.updated_at >= row.updated_at
        else:
            assert found == row, f"{before} became {after}"


@pytest.mark.parametrize("before", Inbound)
def test_a_bug_moves_open_mails_only(database: Database, mailbox_id: int, before: Inbound) -> None:
    row = standing_at(database, mailbox_id, before)
    with database.transaction() as connection:
        state = inbound.fail(connection, row.id, "Traceback", max_attempts=1, retry_at=LATER)
    found = inbound_mail(database, row.id)
    if before in INBOUND_OPEN:
        assert state is Inbound.FAILED
        assert (found.state, found.reason, found.error, found.due_at) == ("failed", "bug", "Traceback", None)
        assert Inbound.FAILED in INBOUND_MOVES[before]
    else:
        assert state is None
        assert found == row


@pytest.mark.parametrize("before", INBOUND_OPEN)
def test_a_bug_is_tried_again_until_the_tries_are_used_up(database: Database, mailbox_id: int, before: Inbound) -> None:
    row = standing_at(database, mailbox_id, before)
    for attempt in (1, 2):
        with database.transaction() as connection:
            assert inbound.fail(connection, row.id, "x", max_attempts=3, retry_at=LATER) is before
        found = inbound_mail(database, row.id)
        assert (found.state, found.attempts, found.due_at) == (before, attempt, LATER)
    with database.transaction() as connection:
        assert inbound.fail(connection, row.id, "x", max_attempts=3, retry_at=LATER) is Inbound.FAILED


@pytest.mark.parametrize("before", Inbound)
def test_a_person_reopens_what_is_held_failed_or_ignored(database: Database, mailbox_id: int, before: Inbound) -> None:
    row = standing_at(database, mailbox_id, before, attempts=5, reason="bug", error="Traceback")
    with database.transaction() as connection:
        reopened = inbound.reopen(connection, [row.id], LATER)
    found = inbound_mail(database, row.id)
    if before in inbound.REOPENABLE:
        assert reopened == [row.id]
        assert (found.state, found.attempts, found.reason, found.error, found.due_at) == (
            "received",
            0,
            None,
            None,
            LATER,
        )
        assert Inbound.RECEIVED in INBOUND_MOVES[before]
    else:
        assert reopened == []
        assert found == row


@pytest.mark.parametrize("before", Inbound)
def test_only_open_mails_are_postponed(database: Database, mailbox_id: int, before: Inbound) -> None:
    row = standing_at(database, mailbox_id, before)
    with database.transaction() as connection:
        inbound.postpone(connection, [row.id], LATER)
    found = inbound_mail(database, row.id)
    assert found.state == before
    assert found.due_at == (LATER if before in INBOUND_OPEN else None)


@pytest.mark.parametrize("wanted", Inbound)
def test_take_and_standing_give_only_mails_that_stand_there(
    database: Database, mailbox_id: int, wanted: Inbound
) -> None:
    rows = {state: standing_at(database, mailbox_id, state) for state in Inbound}
    with database.transaction() as connection:
        ids = [row.id for row in rows.values()] + [10**18]
        assert list(inbound.take(connection, ids, wanted)) == [rows[wanted]]
        (found,) = inbound.standing(connection, ids, wanted)
    assert found._mapping.items() <= rows[wanted]._mapping.items()


def test_a_batch_is_settled_each_to_its_own(database: Database, mailbox_id: int) -> None:
    rows = [standing_at(database, mailbox_id, Inbound.PARSED) for _ in range(5)]
    ends = [Inbound.TICKET_CREATED, Inbound.MESSAGE_ADDED, Inbound.IGNORED, Inbound.TICKET_CREATED, Inbound.PARSED]
    outcomes = [
        Outcome(row.id, end, None, {"decision": [{"step": "n", "n": index}]} | ({"ticket_id": index} if index else {}))
        for index, (row, end) in enumerate(zip(rows, ends, strict=True))
    ]
    with database.transaction() as connection:
        inbound.settle(connection, outcomes)
    found = [inbound_mail(database, row.id) for row in rows]
    assert [row.state for row in found] == ends
    assert [row.ticket_id for row in found] == [None, 1, 2, 3, None]
    assert [row.decision for row in found] == [*([{"step": "n", "n": index}] for index in range(4)), None]


def test_nothing_to_settle_is_no_trouble(database: Database) -> None:
    with database.transaction() as connection:
        inbound.settle(connection, [])
