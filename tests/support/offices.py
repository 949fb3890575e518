"""Postrooms that write to each other and to machines over real servers, and what gateways do to their mail on the way.

Everybody sends by the SMTP server. The way between them takes each mail there and brings it to its recipient: into the
IMAP mailbox of a Postroom, or to a machine that answers it by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from smtplib import SMTP
from typing import Any

from sqlalchemy import Row, Table

from backbone.ledger.states import Inbound, Outbound
from backbone.ledger.tables import inbound, outbound
from ingest import service as fetching
from parse import service as parsing
from replies import service as sending
from tests.support.clients import parsed
from tests.support.house import House, house, letter
from tests.support.mailboxes import Mailbox
from tests.support.post import without
from tests.support.smtp import SmtpServer
from tickets import chat
from tickets import service as deciding
from tickets.models import tickets

MOST_ROUNDS = 100
"""After so many rounds nobody believes any more that it will end."""


@dataclass
class Office:
    """A Postroom with stores of its own, which reads one IMAP mailbox and sends by the SMTP server.

    With a ``robot``, each mail is answered in the chat, as by a dispatcher.
    """

    house: House
    mailbox: Mailbox
    robot: bool = False
    answered: int = 0

    @property
    def address(self) -> str:
        """The mailbox's address."""
        return self.mailbox.address

    def work(self) -> None:
        """Fetch what has come, and bring it, and what is owed for it, as far as they go."""
        runtime = self.house.runtime
        fetching.fetch(runtime, 1)
        parsing.read(runtime, self._standing(inbound, Inbound.RECEIVED))
        deciding.decide(runtime, self._standing(inbound, Inbound.PARSED))
        if self.robot:
            self._answer()
        sending.send(runtime, self._standing(outbound, Outbound.QUEUED))

    def receive(self, raw: bytes) -> None:
        """Let a mail arrive."""
        self.mailbox.append([raw])

    def sent(self) -> list[Row[Any]]:
        """Return what has left."""
        return self.house.rows(outbound, outbound.c.sent_at.is_not(None))

    def add_mailbox(self, mailbox: Mailbox, smtp: SmtpServer) -> Mailbox:
        """Add a mailbox of which only the address is of interest."""
        self.house.add_mailbox(mailbox.address, senders=(), host=smtp.host, port=smtp.plain_port)
        return mailbox

    def states(self, table: Table = inbound) -> Counter[str]:
        """Count the mails of a ledger by state."""
        return Counter(row.state for row in self.house.rows(table))

    def _answer(self) -> None:
        mails = self.house.rows(inbound)
        for mail in mails[self.answered :]:
            (ticket,) = self.house.rows(tickets, tickets.c.id == mail.ticket_id)
            chat.post(self.house.runtime, ticket.number, f"Спасибо за письмо {mail.id}.", "Робот")
        self.answered = len(mails)

    def _standing(self, table: Table, state: str) -> list[int]:
        return [row.id for row in self.house.rows(table, table.c.state == state)]


@contextmanager
def office(folder: Path, mailbox: Mailbox, smtp: SmtpServer, **changes: Any) -> Iterator[Office]:
    """Open a Postroom that lets everybody in; ``changes`` are its settings."""
    folder.mkdir()
    with house(folder, **changes) as made:
        made.add_mailbox(
            mailbox.address,
            senders=["*@*"],
            host=smtp.host,
            port=smtp.tls_port,
            security="tls",
            ca_file=str(smtp.ca_file),
            login=mailbox.address,
            password=smtp.password,
        )
        made.configure(
            imap_host=mailbox.host,
            imap_port=mailbox.port,
            imap_security="tls",
            imap_ca_file=str(mailbox.ca_file),
            imap_password=made.runtime.vault.encrypt(mailbox.password),
        )
        yield Office(made, mailbox)


Change = Callable[[bytes], bytes]


def losing(*names: str) -> Change:
    """Return a gateway that loses these header fields."""
    return lambda raw: without(raw, names)


def renaming(raw: bytes) -> bytes:
    """Give a mail another Message-ID, as some Exchange servers and mail services do."""
    mail = parsed(raw)
    ours = str(mail["Message-ID"])
    mail.replace_header("Message-ID", f"<{sha256(ours.encode()).hexdigest()[:32].upper()}@eurprd04.outlook.com>")
    mail["X-Microsoft-Original-Message-ID"] = ours
    return mail.as_bytes()


def untagged(address: str) -> str:
    """Return whose a plus-address is (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


@dataclass
class Way:
    """The way between all of them: who lives where, and what happens to a mail before it arrives."""

    smtp: SmtpServer
    changes: Sequence[Change] = ()
    homes: dict[str, Callable[[bytes], None]] = field(default_factory=dict)
    carried: int = 0

    def send(self, sender: str, recipient: str, raw: bytes) -> None:
        """Send a mail as a machine does; a report has no ``sender``."""
        with SMTP(self.smtp.host, self.smtp.plain_port, timeout=30) as client:
            client.sendmail(sender, [recipient], raw)

    def carry(self) -> bool:
        """Bring what was sent since the last time to its recipients; False when there was nothing."""
        taken = self.smtp.mails(self.carried)
        self.carried += len(taken)
        for mail in taken:
            raw = mail.content
            for change in self.changes:
                raw = change(raw)
            for recipient in mail.recipients:
                self.homes[untagged(recipient)](f"Return-Path: <{mail.sender}>\r\n".encode() + raw)
        return bool(taken)

    def until_silence(self, *offices: Office) -> None:
        """Let everybody work and write until nobody has anything to say."""
        for _ in range(MOST_ROUNDS):
            for one in offices:
                one.work()
            if not self.carry():
                return
        raise AssertionError(f"They still write to each other: {self.counts()}")

    def counts(self) -> Counter[str]:
        """Count the mails that were sent, by envelope sender; that of a plus-address is who has the address."""
        return Counter(untagged(mail.sender) for mail in self.smtp.mails())

    def count(self, sender: str) -> int:
        """Return how many mails somebody sent; those without an envelope sender are nobody's."""
        return self.counts()[sender]


@dataclass
class Responder:
    """A machine that tells everybody who writes when its owner will be back.

    With ``marks`` it says so as RFC 3834 asks it to, and answers no mail without an envelope sender; else it looks like
    a person who confirms each mail. Without ``threads`` it does not say which mail it answers.
    """

    way: Way
    address: str
    marks: bool
    threads: bool

    def __call__(self, raw: bytes) -> None:
        """Answer a mail."""
        mail = parsed(raw)
        returns = str(mail["Return-Path"]).strip("<> ")
        to = returns if self.marks else mail["From"].addresses[0].addr_spec
        if not to:
            return
        fields = {"From": self.address, "To": to}
        if self.marks:
            fields["Auto-Submitted"] = "auto-replied"
        if self.threads:
            fields |= {"In-Reply-To": str(mail["Message-ID"]), "References": str(mail["Message-ID"])}
        subject = f"Re: {mail['Subject']}" if self.threads else "Ваше письмо"
        text = "Я в отпуске до понедельника." if self.marks else "Спасибо, прочитаю в понедельник."
        answer = letter(subject, text, **fields)
        self.way.send("" if self.marks else self.address, to, answer)


@dataclass
class DeadEnd:
    """The server of an address that does not exist: it takes mail, and reports later that it could not be delivered."""

    way: Way
    address: str

    def __call__(self, raw: bytes) -> None:
        """Report a mail (RFC 3464), unless it is a report itself."""
        to = str(parsed(raw)["Return-Path"]).strip("<> ")
        if to:
            self.way.send("", to, self.report(raw, to))

    def report(self, raw: bytes, to: str) -> bytes:
        """Return the report about a mail, which it holds whole."""
        head = (
            f"From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>\r\nTo: {to}\r\n"
            f"Message-ID: <{sha256(raw).hexdigest()[:24]}@mx.customer.example>\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n'
            f"--=_b\r\nContent-Type: text/plain\r\n\r\n<{self.address}>: user unknown\r\n"
            "--=_b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
            f"Final-Recipient: rfc822; {self.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n--=_b\r\nContent-Type: message/rfc822\r\n\r\n"
        )
        return head.encode() + raw + b"\r\n--=_b--\r\n"
