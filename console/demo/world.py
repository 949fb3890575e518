"""The demo's world: the running Postroom, the mail server, and what customers can do and see with a mail program."""

from __future__ import annotations

import imaplib
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar

from backbone.runtime import Runtime
from console.demo import evidence
from console.demo.customers import COLLECTION
from console.demo.imap import Account
from console.demo.mailserver import HOST, MailServer

PATIENCE = 20.0
"""Seconds within which anything that is to happen must have been seen."""

LOOK_EVERY = 0.05
NETWORK_SECONDS = 10.0

T = TypeVar("T")


class NotSeenError(Exception):
    """What should have happened was not seen in time, or something else happened instead."""


class StoppedError(Exception):
    """Somebody asked the demo to end."""


@dataclass(slots=True)
class World:
    """Everything that the steps of the story act upon.

    By customer's address: the ticket ``opened``, the mail first ``written`` and the ``latest`` one if there was another
    since, and what arrived in the mailbox.
    """

    server: MailServer
    runtime: Runtime
    folder: Path
    stopping: threading.Event
    opened: dict[str, Any] = field(default_factory=dict)
    written: dict[str, EmailMessage] = field(default_factory=dict)
    latest: dict[str, EmailMessage] = field(default_factory=dict)
    notices: dict[str, EmailMessage] = field(default_factory=dict)
    replies: dict[str, EmailMessage] = field(default_factory=dict)

    def wait(self, what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
        """Look again and again until ``look`` returns something; raise NotSeenError naming ``what`` at the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise NotSeenError(f"not seen within {seconds:.0f} s: {what}; so far {self.counts().sentence()}")
            if self.stopping.wait(LOOK_EVERY):
                raise StoppedError

    def counts(self) -> evidence.Counts:
        """Count everything in the database."""
        with self.runtime.database.reading() as connection:
            return evidence.count(connection)

    def mails(self, **wanted: Any) -> list[Any]:
        """Return the ledger's rows of inbound mail with these values."""
        with self.runtime.database.reading() as connection:
            return evidence.mails(connection, **wanted)

    def sent_mails(self, **wanted: Any) -> list[Any]:
        """Return the ledger's rows of outbound mail with these values."""
        with self.runtime.database.reading() as connection:
            return evidence.sent_mails(connection, **wanted)

    def send(self, sender: Account | str, raw: bytes) -> None:
        """Hand a mail to the collection address in by SMTP: an account logs in, a plain address comes from outside."""
        with smtplib.SMTP(HOST, self.server.smtp_port, timeout=NETWORK_SECONDS) as client:
            if isinstance(sender, Account):
                client.login(sender.address, sender.password)
            address = sender.address if isinstance(sender, Account) else sender
            client.sendmail(address, [COLLECTION.address], raw, mail_options=["BODY=8BITMIME"])

    def inbox(self, account: Account) -> list[EmailMessage]:
        """Return the mails in somebody's inbox, oldest first, read over IMAP and left unread."""
        client = imaplib.IMAP4(HOST, self.server.imap_port, timeout=NETWORK_SECONDS)
        try:
            client.login(account.address, account.password)
            client.select("INBOX", readonly=True)
            _, answer = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
        finally:
            client.logout()
        return [read(item[1]) for item in answer if isinstance(item, tuple)]


def read(raw: bytes) -> EmailMessage:
    """Return a mail as the standard library's modern interface has it."""
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)  # noqa: S101 - the policy's message class
    return mail
