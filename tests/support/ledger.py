"""Rows of the catalogue and the ledger, written straight into a database: a test names only what it is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, insert, select

import tickets.models  # noqa: F401 - every table has to be known to the metadata
from backbone import clock
from backbone.catalogue.tables import mailboxes, version
from backbone.database import Database, metadata
from backbone.ledger.tables import inbound, outbound

LETTER = {"kind": "chat_message"}


@contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    """Give an embedded database with every table, and with the catalogue's version."""
    database = Database(f"sqlite:///{folder}/postroom.db")
    with database.transaction() as connection:
        metadata.create_all(connection)
        connection.execute(insert(version).values(id=1, number=1))
    try:
        yield database
    finally:
        database.close()


def add_mailbox(database: Database, **values: Any) -> int:
    """Write a mailbox and return its id."""
    row = {
        "address": f"{uuid4().hex[:12]}@postroom.test",
        "imap_host": "127.0.0.1",
        "imap_port": 993,
        "imap_security": "tls",
        "imap_login": "login",
        "imap_password": "",
    }
    with database.transaction() as connection:
        return int(connection.execute(insert(mailboxes).values(row | values).returning(mailboxes.c.id)).scalar_one())


def add_inbound(database: Database, mailbox_id: int, **values: Any) -> int:
    """Write an inbound mail, received and due now unless told otherwise, and return its id."""
    now = clock.now()
    row = {
        "mailbox_id": mailbox_id,
        "folder": "INBOX",
        "uid_validity": 1,
        "uid": uuid4().int >> 66,
        "dedup_key": uuid4().hex,
        "raw_key": "0" * 64,
        "size": 1,
        "state": "received",
        "due_at": now,
        "correlation_id": uuid4().hex,
        "created_at": now,
        "updated_at": now,
    }
    with database.transaction() as connection:
        return int(connection.execute(insert(inbound).values(row | values).returning(inbound.c.id)).scalar_one())


def outbound_row(mailbox_id: int, **values: Any) -> dict[str, Any]:
    """Return what a stage hands to the ledger to have a mail sent."""
    return {
        "mailbox_id": mailbox_id,
        "kind": "chat_message",
        "ticket_id": 1,
        "recipient": "client@customer.example",
        "message_id": f"<{uuid4().hex}@postroom.test>",
        "letter": LETTER,
        "correlation_id": uuid4().hex,
    } | values


def add_outbound(database: Database, mailbox_id: int, **values: Any) -> int:
    """Write an outbound mail, queued and due now unless told otherwise, and return its id."""
    now = clock.now()
    row = outbound_row(mailbox_id) | {"state": "queued", "due_at": now, "created_at": now, "updated_at": now} | values
    with database.transaction() as connection:
        return int(connection.execute(insert(outbound).values(row).returning(outbound.c.id)).scalar_one())


def inbound_mail(database: Database, mail_id: int) -> Row[Any]:
    """Return a row of inbound mail."""
    with database.reading() as connection:
        return connection.execute(select(inbound).where(inbound.c.id == mail_id)).one()


def outbound_mail(database: Database, outbound_id: int) -> Row[Any]:
    """Return a row of outbound mail."""
    with database.reading() as connection:
        return connection.execute(select(outbound).where(outbound.c.id == outbound_id)).one()
