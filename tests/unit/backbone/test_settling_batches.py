from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from backbone.catalogue.tables import mailboxes
from backbone.database import Database
from backbone.ledger import inbound
from backbone.ledger.states import Inbound
from backbone.ledger.tables import inbound as table
from tests.support import schema

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SERVER = {"imap_host": "h", "imap_port": 143, "imap_security": "none", "imap_login": "l", "imap_password": "p"}


def test_a_batch_of_mails_moves_in_one_statement_and_finished_ones_stay(tmp_path: Path) -> None:
    schema.put(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/postroom.db")
    with database.transaction() as connection:
        box = connection.execute(
            insert(mailboxes).values(address="a@b.example", **SERVER).returning(mailboxes.c.id)
        ).scalar_one()
        seen = [inbound.Seen(box, "INBOX", 1, uid, f"key {uid}", None, "raw", 10) for uid in (1, 2, 3)]
        ids = inbound.record(connection, seen, NOW)
        inbound.settle(connection, [inbound.Outcome(ids[0], Inbound.FAILED)])
        inbound.settle(connection, [inbound.Outcome(one, Inbound.PARSED, values={"subject": str(one)}) for one in ids])
        found = connection.execute(select(table.c.state, table.c.subject).order_by(table.c.id)).all()
    database.close()
    assert [tuple(row) for row in found] == [
        (Inbound.FAILED, None),
        (Inbound.PARSED, str(ids[1])),
        (Inbound.PARSED, str(ids[2])),
    ]
