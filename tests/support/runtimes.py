"""A runtime inside the test's own process, over real stores, and mailboxes in its catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from backbone import stage
from backbone.broker import Publisher, declare_queues, open_broker
from backbone.catalogue.tables import mailboxes, version
from backbone.ledger.tables import inbound
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings
from backbone.vault import new_key
from ingest import service
from ingest.settings import IngestSettings
from tests.support.mailboxes import Mailbox


@contextmanager
def runtime(folder: Path, database_url: str, amqp_url: str = "", **values: Any) -> Iterator[Runtime]:
    """Open a runtime over a migrated database; without a broker's URL its events are left to the scheduler."""
    given = {"data_dir": folder, "database_url": database_url, "amqp_url": amqp_url, "secret_key": new_key()}
    settings = Settings.model_validate(given | values)
    publisher = None
    stage.stopping.clear()  # as another test of this process may have left it
    if amqp_url:
        broker = open_broker(settings)
        declare_queues(broker)
        publisher = Publisher(broker)
    opened = open_runtime(settings, publisher, threads=8)
    try:
        yield opened
    finally:
        opened.close()


def add_mailbox(runtime: Runtime, box: Mailbox, **values: Any) -> int:
    """Write a mailbox into the catalogue, read by IMAPS unless told otherwise, and return its id."""
    password = values.pop("password", box.password)
    row = {
        "address": box.address,
        "poll_seconds": 60,
        "imap_host": box.host,
        "imap_port": box.port,
        "imap_security": "tls",
        "imap_ca_file": str(box.ca_file),
        "imap_login": box.address,
        "imap_password": runtime.vault.encrypt(password),
    }
    with runtime.database.transaction() as connection:
        made = connection.execute(insert(mailboxes).values(row | values).returning(mailboxes.c.id)).scalar_one()
        if not connection.execute(update(version).values(number=version.c.number + 1)).rowcount:
            connection.execute(insert(version).values(id=1, number=1))
    return int(made)


def change_mailbox(runtime: Runtime, mailbox_id: int, **values: Any) -> None:
    """Change a mailbox as ``postroom apply`` does."""
    with runtime.database.transaction() as connection:
        connection.execute(update(mailboxes).where(mailboxes.c.id == mailbox_id).values(values))
        connection.execute(update(version).values(number=version.c.number + 1))


def own_settings(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    """Give the ingest stage these settings for one test."""
    settings = IngestSettings.model_validate(values)
    monkeypatch.setattr(service, "own_settings", lambda: settings)


def mails(runtime: Runtime, **where: Any) -> list[Any]:
    """Return the ledger's inbound mails with these values, in order of folder, validity and UID."""
    statement = select(inbound).filter_by(**where)
    with runtime.database.reading() as connection:
        return list(connection.execute(statement.order_by(inbound.c.mailbox_id, inbound.c.uid_validity, inbound.c.uid)))


def count(runtime: Runtime) -> int:
    """Return how many inbound mails the ledger holds."""
    with runtime.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(inbound)) or 0
