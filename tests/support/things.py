"""Mailboxes, rules, templates and mails as objects, each whole, so that a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Mailbox, Rule, Server, Template
from backbone.contracts import Address, Entry, Letter, ParsedMail

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SERVER = Server("mail.postroom.test", 465, "tls", True, "", "help@postroom.test", "sealed")
TEMPLATE = Template(id=5, name="Почта", ticket_type_id=1, customer_id=2, object_id=3, work_type_id=4, criticality_id=6)
RULE = Rule(id=9, pattern="*@customer.example", template_id=TEMPLATE.id)
MAILBOX = Mailbox(
    id=1,
    address="help@postroom.test",
    enabled=True,
    name="Служба поддержки",
    language="ru",
    time_zone="Europe/Moscow",
    poll_seconds=60,
    folder="INBOX",
    imap=SERVER,
    smtp=SERVER,
    rules=(RULE,),
)


def mailbox(**changes: Any) -> Mailbox:
    """Return a mailbox whose customers are those of customer.example."""
    return replace(MAILBOX, **changes)


def catalogue(*boxes: Mailbox, **changes: Any) -> Catalogue:
    """Return a catalogue of these mailboxes, or of the usual one, with a template that is changed as asked."""
    held = boxes or (MAILBOX,)
    return Catalogue(
        1,
        {box.id: box for box in held},
        {TEMPLATE.id: replace(TEMPLATE, **changes)},
        frozenset(normalise(box.address) for box in held),
    )


def mail(**changes: Any) -> ParsedMail:
    """Return a customer's mail."""
    usual: dict[str, Any] = {
        "subject": "Не работает кондиционер",
        "from_": Address(name="Иван Петров", address="ivan@customer.example"),
        "message_id": "<one@customer.example>",
        "date": NOON,
        "text": "Добрый день!\n> прежнее",
        "new_text": "Добрый день!",
    }
    return ParsedMail(**usual | changes)


def entry(text: str = "Мастер приедет завтра.", author: str = "Анна", written_at: datetime = NOON) -> Entry:
    """Return one message of a conversation."""
    return Entry(author=author, written_at=written_at, text=text)


def letter(**changes: Any) -> Letter:
    """Return a chat message that leaves as mail."""
    usual: dict[str, Any] = {
        "kind": "chat_message",
        "number": "O2311000",
        "subject": "Не работает кондиционер",
        "to": Address(name="Иван Петров", address="ivan@customer.example"),
        "entries": (entry(),),
    }
    return Letter(**usual | changes)
