"""A ticket with thousands of messages, and an address with thousands of mails, cost no more than what is asked."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, column, func, insert, select, table, text

from backbone import clock
from backbone.ledger import breakers, suppressions
from backbone.ledger.states import Outbound
from backbone.ledger.tables import inbound, outbound
from tests.support.databases import Databases
from tests.support.house import House, house, letter
from tickets import queries
from tickets.models import messages, tickets

MANY = 3_000
FEW = 20
"""Rows that may be read where a handful is wanted."""

IVAN = "ivan@customer.example"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, postgres_databases: Databases) -> Iterator[House]:
    """A house with one ticket of very many mails and messages, all of last year, and very many mails to its writer."""
    folder: Path = tmp_path_factory.mktemp("long")
    with house(folder, database_url=postgres_databases.create()) as made:
        made.add_mailbox()
        made.take(letter())
        made.change(outbound, state=Outbound.SENT, due_at=None)
        for of_all in (inbound, outbound, messages):
            _repeat(made, of_all)
        with made.runtime.database.transaction() as connection:
            connection.execute(text("ANALYZE"))
        yield made


def _repeat(made: House, of_all: Table) -> None:
    """Write the table's row very many times, with an old time and nothing in it that may be there but once."""
    (row,) = made.rows(of_all)
    old = {**row._mapping, "created_at": clock.now() - timedelta(days=365)}
    del old["id"]
    unique: dict[str, Callable[[int], Any]] = {"uid": lambda number: number + MANY, "inbound_id": lambda _: None}
    unique |= dict.fromkeys(("dedup_key", "message_id"), "old {}".format)
    rows = [old | {name: make(number) for name, make in unique.items() if name in old} for number in range(MANY)]
    with made.runtime.database.transaction() as connection:
        connection.execute(insert(of_all), rows)


def rows_read(office: House, name: str, work: Callable[[Connection], object]) -> int:
    """Return how many rows of a table were read by ``work``, in a transaction of its own."""
    seen = table("pg_stat_xact_user_tables", column("relname"), column("seq_tup_read"), column("idx_tup_fetch"))
    read = select(func.sum(seen.c.seq_tup_read + seen.c.idx_tup_fetch)).where(seen.c.relname == name)
    with office.runtime.database.transaction() as connection:
        before = connection.scalar(read) or 0
        work(connection)
        return int((connection.scalar(read) or 0) - before)


def test_the_mails_that_came_to_a_ticket_lately(office: House) -> None:
    (ticket,) = office.rows(tickets)
    counted: list[int] = []

    def count(connection: Connection) -> None:
        counted.append(breakers.come_to_ticket(connection, ticket.id, clock.after(-3600)))

    assert rows_read(office, "inbound_mails", count) <= FEW
    assert counted == [1]


def test_the_notes_of_a_ticket(office: House) -> None:
    (ticket,) = office.rows(tickets)
    note = {"ticket_id": ticket.id, "chat": "team", "author_kind": "system", "author": "Postroom", "text": "a note"}
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(messages).values(note | {"created_at": clock.now()}))
    found: list[set[tuple[int, str]]] = []

    def look(connection: Connection) -> None:
        found.append(queries.notes_of(connection, {ticket.id}))

    assert rows_read(office, "chat_messages", look) <= FEW
    assert found == [{(ticket.id, "a note")}]


def test_what_waits_for_an_address_that_died(office: House) -> None:
    office.change(outbound, outbound.c.id == 1, state=Outbound.QUEUED)

    def kill(connection: Connection) -> None:
        suppressions.suppress(connection, {IVAN: "5.1.1"}, clock.after(3600))

    assert rows_read(office, "outbound_mails", kill) <= FEW
    assert [row.id for row in office.rows(outbound, outbound.c.state == Outbound.CANCELLED)] == [1]
