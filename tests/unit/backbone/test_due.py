"""Rows past due are claimed once, and wait longer each time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from backbone import clock
from backbone.database import Database
from backbone.ledger import due
from backbone.ledger.states import INBOUND_OPEN, OUTBOUND_OPEN, Inbound, Outbound
from backbone.ledger.tables import inbound, outbound
from tests.support.house import house
from tests.support.ledger import add_inbound, add_outbound, inbound_mail

OPEN = {(inbound.name, one) for one in INBOUND_OPEN} | {(outbound.name, one) for one in OUTBOUND_OPEN}
STUCK = {(ledger.name, state) for ledger in (inbound, outbound) for state in ("held", "failed")}


def overdue(database: Database, wait: float = 60, limit: int = 10) -> list[int]:
    with database.transaction() as connection:
        return due.overdue(connection, inbound, (Inbound.RECEIVED,), limit, wait)


def test_only_rows_past_due_in_the_states_asked_for_are_claimed(database: Database, mailbox_id: int) -> None:
    wanted = add_inbound(database, mailbox_id)
    add_inbound(database, mailbox_id, due_at=clock.after(5))
    add_inbound(database, mailbox_id, due_at=None, state="ignored")
    add_inbound(database, mailbox_id, state="parsed")
    assert overdue(database) == [wanted]
    assert overdue(database) == []


def test_the_oldest_come_first_and_no_more_than_asked_for(database: Database, mailbox_id: int) -> None:
    ids = [add_inbound(database, mailbox_id, due_at=clock.after(-seconds)) for seconds in (1, 3, 2)]
    assert overdue(database, limit=2) == [ids[1], ids[2]]
    assert overdue(database, limit=2) == [ids[0]]


@pytest.mark.parametrize(
    ("age", "wait", "expected"),
    [
        (0, 60, 60),
        (30, 60, 60),
        (100, 60, 100),
        (1000, 60, 1000),
        (100_000, 60, due.LONGEST_WAIT),
        (0, 0.5, 0.5),
        (0, 7200, 7200),
    ],
)
def test_the_wait_grows_with_the_age_up_to_a_limit(
    database: Database, mailbox_id: int, age: float, wait: float, expected: float
) -> None:
    row_id = add_inbound(database, mailbox_id, updated_at=clock.after(-age))
    before = clock.now()
    overdue(database, wait=wait)
    row = inbound_mail(database, row_id)
    assert timedelta(seconds=expected) <= row.due_at - before <= timedelta(seconds=expected + 5)
    assert row.updated_at < before


@pytest.fixture
def one_of_each(database: Database, mailbox_id: int) -> None:
    """An inbound and an outbound mail in each state, all of an hour ago."""
    hour_ago = clock.after(-3600)
    for state in Inbound:
        due_at = clock.now() if state in INBOUND_OPEN else None
        add_inbound(database, mailbox_id, state=state, due_at=due_at, created_at=hour_ago)
    for sending in Outbound:
        due_at = clock.now() if sending in OUTBOUND_OPEN else None
        add_outbound(database, mailbox_id, state=sending, due_at=due_at, created_at=hour_ago)


@pytest.mark.usefixtures("one_of_each")
def test_the_backlog_tells_the_age_of_what_is_open_and_what_is_stuck(database: Database) -> None:
    with database.reading() as connection:
        lines = due.backlog(connection)
    assert {(line["ledger"], line["state"]) for line in lines if line["oldest_seconds"] is None} == STUCK
    aged = [line for line in lines if line["oldest_seconds"] is not None]
    assert {(line["ledger"], line["state"]) for line in aged} == OPEN
    assert all(3600 <= line["oldest_seconds"] < 3700 for line in aged)
    assert len(lines) == len(OPEN | STUCK)
    assert all(line["count"] == 1 for line in lines)


@pytest.mark.usefixtures("one_of_each")
def test_on_request_every_state_is_counted(database: Database) -> None:
    with database.reading() as connection:
        lines = due.counted(connection)
    assert len(lines) == len(Inbound) + len(Outbound)
    assert all(line["count"] == 1 for line in lines)
    assert {(line["ledger"], line["state"]) for line in lines if line["oldest_seconds"] is not None} == OPEN


def test_to_see_that_nothing_is_to_be_released_takes_one_statement(tmp_path: Path) -> None:
    asked: list[str] = []

    def note(*about: object) -> None:
        asked.append(str(about[2]))

    with house(tmp_path) as office:
        office.add_mailbox()
        event.listen(office.runtime.database.engine, "before_cursor_execute", note)
        assert due.release_held(office.runtime) == 0
        assert [one for one in asked if one != "BEGIN"] == asked[-1:]
