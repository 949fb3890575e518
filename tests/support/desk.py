"""The dispatcher's and the customers' sides of a running pipeline."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sqlalchemy import select

from backbone.contracts import Attachment
from backbone.ledger.tables import inbound
from backbone.runtime import Runtime
from tests.support import mails
from tests.support.clients import parsed
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.runtimes import runtime
from tests.support.smtp import AcceptedMail, SmtpServer
from tickets import chat, history, queries
from tickets.models import tickets


@dataclass
class Desk:
    """Who writes to the mailbox, and who answers in the chat; the latter within the test's own process."""

    running: Pipeline
    mailbox: Mailbox
    smtp: SmtpServer
    runtime: Runtime
    written: int = 0

    def deliver(self, *raws: bytes, box: Mailbox | None = None) -> list[Any]:
        """Put mails into a mailbox, and return their rows once nothing is left to do."""
        (box or self.mailbox).append(raws)
        before, self.written = self.written, self.written + len(raws)
        self.running.wait_until_settled(self.written, 60)
        return self.running.rows(select(inbound).order_by(inbound.c.id))[before:]

    def number(self, row: Any) -> str:
        """Return the number of the ticket that a mail belongs to."""
        return str(self.running.rows(select(tickets.c.number).where(tickets.c.id == row.ticket_id))[0][0])

    def open(self) -> str:
        """Let a customer write; return the number of his ticket."""
        return self.number(*self.deliver(mails.make("attachment", 0, self.mailbox.address)))

    def chat(self, number: str, text: str, files: Sequence[Attachment] = ()) -> AcceptedMail:
        """Write to the customer, and return the mail as it left."""
        sent = len(self.smtp.mails())
        posted = chat.post(self.runtime, number, text, "Анна", files)
        assert posted.outbound_id is not None, posted.why
        return self.smtp.wait_for_mails(sent + 1)[sent]

    def stored(self, name: str, content_type: str, content: bytes) -> Attachment:
        """Store a file for a message to the customer."""
        key = self.runtime.blobs.put(content, durable=True)
        return Attachment(filename=name, content_type=content_type, size=len(content), sha256=key)

    def said(self, number: str) -> list[tuple[Any, list[str]]]:
        """Return the messages of a ticket, each with the hashes of its files."""
        with self.runtime.database.reading() as connection:
            shown = history.messages_of(connection, [one.id for one in queries.tickets_by_number(connection, number)])
            files = history.attachments_of(connection, [one.id for one in shown])
        return [(one, [file.sha256 for file in files if file.chat_message_id == one.id]) for one in shown]

    def asked(self, *command: str) -> Any:
        """Return what a command prints as JSON."""
        return json.loads(self.running.command(*command, "--json").stdout)

    def last_sent(self) -> EmailMessage:
        """Return the newest mail that left."""
        return parsed(self.smtp.mails()[-1].content)


@contextmanager
def desk(running: Pipeline, mailbox: Mailbox, smtp: SmtpServer) -> Iterator[Desk]:
    """Start all processes of the pipeline and sit down at the desk."""
    running.start_all(watching=True)
    given = {name.removeprefix("POSTROOM_").lower(): value for name, value in running.environment.items()}
    with runtime(running.folder, **given) as opened:
        yield Desk(running, mailbox, smtp, opened)
