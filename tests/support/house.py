"""A Postroom without processes: its stores, a mailbox, and the stages' work done when the test says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, insert, select, update

from backbone import clock
from backbone.catalogue.tables import mailboxes, sender_rules, templates, version
from backbone.ledger import inbound
from backbone.ledger.inbound import Seen
from backbone.ledger.tables import inbound as inbound_mails
from backbone.ledger.tables import outbound as outbound_mails
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings
from backbone.vault import new_key
from ingest.identity import identify
from parse import service as parsing
from tests.support import schema
from tickets import service as deciding

HELP = "help@postroom.test"
_uids = count(1)


@dataclass(frozen=True)
class House:
    """The stores, and what a test does with them."""

    runtime: Runtime

    def add_mailbox(self, address: str = HELP, *, senders: Sequence[str] = ("*@customer.example",), **smtp: Any) -> int:
        """Add a mailbox; ``smtp`` are columns without their prefix, such as host and port."""
        server: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": 1,
            "security": "none",
            "login": "",
            "password": "",
        } | smtp
        server["password"] = self.runtime.vault.encrypt(server["password"])
        with self.runtime.database.transaction() as connection:
            box = connection.execute(
                insert(mailboxes)
                .values(
                    address=address,
                    name="Служба поддержки",
                    language="ru",
                    time_zone="Europe/Moscow",
                    imap_host="127.0.0.1",
                    imap_port=1,
                    imap_security="none",
                    imap_login=address,
                    imap_password=self.runtime.vault.encrypt("secret"),
                    **{f"smtp_{name}": value for name, value in server.items()},
                )
                .returning(mailboxes.c.id)
            ).scalar_one()
            template = (
                connection.scalar(select(templates.c.id))
                or connection.execute(insert(templates).values(name="Почта").returning(templates.c.id)).scalar_one()
            )
            if senders:
                connection.execute(
                    insert(sender_rules),
                    [{"mailbox_id": box, "pattern": pattern, "template_id": template} for pattern in senders],
                )
            newest = connection.scalar(select(version.c.number))
            change = (
                insert(version).values(id=1, number=1) if newest is None else update(version).values(number=newest + 1)
            )
            connection.execute(change)
        return int(box)

    def configure(self, mailbox_id: int = 1, **columns: Any) -> None:
        """Change a mailbox, as an administrator does."""
        self.change(mailboxes, mailboxes.c.id == mailbox_id, **columns)
        self.change(version, number=version.c.number + 1)

    def receive(self, *mails: bytes, mailbox_id: int = 1, oversize: bool = False) -> list[int]:
        """Do what ingest does with mails; return their ledger ids."""
        seen = [
            Seen(mailbox_id, "INBOX", 1, next(_uids), *identify(raw), self.runtime.blobs.put(raw), len(raw), oversize)
            for raw in mails
        ]
        with self.runtime.database.transaction() as connection:
            return inbound.record(connection, seen, clock.now())

    def read(self, *mails: bytes, **about: Any) -> list[int]:
        """Receive mails and do what parse does; return their ledger ids."""
        ids = self.receive(*mails, **about)
        parsing.read(self.runtime, ids)
        return ids

    def take(self, *mails: bytes, **about: Any) -> list[int]:
        """Receive, parse and decide; return the ledger ids."""
        ids = self.read(*mails, **about)
        deciding.decide(self.runtime, ids)
        return ids

    def rows(self, table: Table, *conditions: Any) -> list[Row[Any]]:
        """Return the rows of a table, by id."""
        with self.runtime.database.reading() as connection:
            return list(connection.execute(select(table).where(*conditions).order_by(*table.primary_key)))

    def mail(self, mail_id: int) -> Row[Any]:
        """Return one inbound row."""
        return self.rows(inbound_mails, inbound_mails.c.id == mail_id)[0]

    def owed(self) -> list[Row[Any]]:
        """Return all outbound rows."""
        return self.rows(outbound_mails)

    def change(self, table: Table, *conditions: Any, **values: Any) -> None:
        """Change rows, as time or a crash would."""
        with self.runtime.database.transaction() as connection:
            connection.execute(update(table).where(*conditions).values(**values))


def settings(folder: Path, **changes: Any) -> Settings:
    """Return the settings of an embedded Postroom in a folder."""
    usual: dict[str, Any] = {"data_dir": folder, "secret_key": new_key(), "requeue_after": 5}
    return Settings(**usual | changes)


@contextmanager
def house(folder: Path, *, threads: int = 1, migrate: bool = True, **changes: Any) -> Iterator[House]:
    """Open a house with no mailbox in it yet."""
    if migrate and "database_url" not in changes:
        schema.put(folder)
    runtime = open_runtime(settings(folder, **changes), threads=threads)
    try:
        if migrate and "database_url" in changes:
            runtime.database.migrate()
        yield House(runtime)
    finally:
        runtime.close()


def letter(subject: str = "Тема", text: str = "Добрый день!", **fields: str) -> bytes:
    """Return a customer's mail; ``fields`` are header fields, with underscores for hyphens."""
    usual = {
        "From": "Иван Петров <ivan@customer.example>",
        "To": HELP,
        "Date": "Mon, 23 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<{next(_uids)}@customer.example>",
        "Subject": subject,
    }
    head = usual | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text, ""]).encode(
        "utf-8", "surrogateescape"
    )
