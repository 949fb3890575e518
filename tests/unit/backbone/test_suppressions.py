"""Who gets nothing automatic, until when, and what lifts that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backbone import clock
from backbone.database import Database
from backbone.ledger import suppressions
from backbone.ledger.states import OUTBOUND_MOVES, Outbound, OutboundReason
from backbone.ledger.tables import suppressions as table
from tests.support.ledger import add_mailbox, add_outbound, outbound_mail, sqlite

IVAN, PETR = "ivan@customer.example", "petr@customer.example"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with sqlite(tmp_path) as made:
        yield made


def test_it_holds_for_a_while(database: Database) -> None:
    with database.transaction() as connection:
        suppressions.suppress(connection, {IVAN: "5.1.1 old"}, clock.after(-1))
        assert suppressions.among(connection, [IVAN, PETR]) == set()
        suppressions.suppress(connection, {IVAN: "5.1.1 new", PETR: "5.1.1"}, clock.after(60))
        assert suppressions.among(connection, [IVAN, "other@x"]) == {IVAN}
        assert [row.reason for row in connection.execute(select(table).order_by(table.c.address))] == [
            "5.1.1 new",
            "5.1.1",
        ]


@pytest.mark.parametrize("reason", [None, *OutboundReason])
@pytest.mark.parametrize("state", Outbound)
def test_automatic_mail_that_waits_is_cancelled(
    database: Database, state: Outbound, reason: OutboundReason | None
) -> None:
    box = add_mailbox(database)
    about = {"state": state, "reason": reason, "recipient": IVAN}
    automatic = add_outbound(database, box, kind="ticket_created", **about)
    others = [
        add_outbound(database, box, kind="chat_message", **about),
        add_outbound(database, box, kind="ticket_created", **about | {"recipient": PETR}),
    ]
    before = [outbound_mail(database, one) for one in (automatic, *others)]
    with database.transaction() as connection:
        suppressions.suppress(connection, {IVAN: "5.1.1"}, clock.after(60))
    waits = state in (Outbound.QUEUED, Outbound.DEFERRED) or (
        state is Outbound.HELD and reason is OutboundReason.BREAKER
    )
    found = outbound_mail(database, automatic)
    if waits:
        assert (found.state, found.reason, found.due_at) == (Outbound.CANCELLED, OutboundReason.SUPPRESSED, None)
        assert Outbound.CANCELLED in OUTBOUND_MOVES[state]
    else:
        assert found == before[0]
    assert [outbound_mail(database, one) for one in others] == before[1:]


def test_it_is_lifted(database: Database) -> None:
    with database.transaction() as connection:
        suppressions.suppress(connection, {IVAN: "5.1.1", PETR: "5.1.1"}, clock.after(60))
        suppressions.lift(connection, [IVAN, "other@x"])
        suppressions.lift(connection, [])
        assert suppressions.among(connection, [IVAN, PETR]) == {PETR}
        assert suppressions.among(connection, []) == set()
        suppressions.suppress(connection, {}, clock.now())
