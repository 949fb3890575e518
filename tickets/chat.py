"""What staff write: a chat message, and the mail that a message to the customer also leaves as."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import Address, Attachment, Entry, Letter, MailQueued
from backbone.errors import UserError
from backbone.ledger import outbound
from backbone.runtime import Runtime
from tickets import letters, lifecycle, queries

LONGEST_HISTORY = 30
"""Messages that a reply mail shows, the new one among them."""

LONGEST_MESSAGE = 100_000
LONGEST_AUTHOR = 200
MOST_ATTACHMENTS = 10
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Posted:
    """A chat message that was written; ``outbound_id`` is None, and ``why`` says why, when no mail leaves."""

    chat_message_id: int
    outbound_id: int | None
    why: str = ""


def post(
    runtime: Runtime, number: str, text: str, author: str, files: Sequence[Attachment] = (), *, chat: str = "customer"
) -> Posted:
    """Write a message of ``author`` into a ticket's chat; to the customer it also leaves as a mail.

    ``files`` name blobs that are stored already. Raises UserError when there is no such ticket, when it was merged into
    another, or when there is nothing to say. A closed ticket stays closed: the customer's answer opens it again.
    """
    _check(text, author, files)
    with runtime.database.transaction() as connection:
        catalogue = runtime.catalogue.current(connection)
        ticket = queries.ticket_by_number(connection, number)
        if ticket is None:
            raise UserError(f"There is no ticket {number!r}; 'postroom tickets' lists the newest ones.")
        lifecycle.refuse_merged(connection, ticket)
        row = {
            "ticket_id": ticket.id,
            "chat": chat,
            "author_kind": "staff",
            "author": author,
            "text": text,
            "created_at": clock.now(),
        }
        message_id = queries.add_messages(connection, [row], [files])[0]
        why = _silent(ticket, catalogue, chat)
        if why:
            return Posted(message_id, None, why)
        letter = _letter(connection, ticket, files)
        mailbox = catalogue.mailboxes[ticket.mailbox_id]
        outbound_id = _queue(runtime, connection, mailbox=mailbox, ticket=ticket, letter=letter, message_id=message_id)
    runtime.publisher.publish(MailQueued(outbound_ids=(outbound_id,)))
    return Posted(message_id, outbound_id)


def _check(text: str, author: str, files: Sequence[Attachment]) -> None:
    if not author.strip() or not author.isprintable() or len(author) > LONGEST_AUTHOR:
        raise UserError(f"The author must be a name on one line, of at most {LONGEST_AUTHOR} characters.")
    if "\0" in text or _SURROGATE.search(text):
        raise UserError("The message holds bytes that are no text; write it in UTF-8, or attach it as a file.")
    if not text.strip() and not files:
        raise UserError("The message is empty; write a text or attach a file.")
    if len(text) > LONGEST_MESSAGE:
        raise UserError(f"The message has {len(text)} characters; {LONGEST_MESSAGE} are allowed: attach it as a file.")
    if len(files) > MOST_ATTACHMENTS:
        raise UserError(f"The message has {len(files)} files; {MOST_ATTACHMENTS} are allowed: send two messages.")


def _silent(ticket: Row[Any], catalogue: Catalogue, chat: str) -> str:
    """Return why no mail leaves, or an empty text."""
    mailbox = catalogue.mailboxes[ticket.mailbox_id]
    if chat != "customer":
        return "the team chat stays in the house"
    if not ticket.reply_address:
        return "the ticket's mail named no sender"
    if not ticket.reply_by_chat:
        return "the sender rule does not answer through the chat"
    if mailbox.smtp is None:
        return f"the mailbox {mailbox.address} has no SMTP server"
    if normalise(ticket.reply_address) in catalogue.addresses:
        return "the answer would go to a mailbox of ours"
    return ""


def _letter(connection: Connection, ticket: Row[Any], files: Sequence[Attachment]) -> Letter:
    history = queries.conversation(connection, ticket.id, LONGEST_HISTORY)
    chain = queries.thread_ids(connection, ticket.id)
    received = [link.message_id for link in chain if link.received]
    return Letter(
        kind="chat_message",
        number=ticket.number,
        subject=ticket.subject,
        to=Address(name=ticket.reply_name, address=ticket.reply_address),
        in_reply_to=received[-1] if received else (chain[-1].message_id if chain else None),
        references=letters.references([link.message_id for link in chain]),
        entries=letters.shown(Entry(author=one.author, written_at=one.created_at, text=one.text) for one in history),
        attachments=tuple(files),
    )


def _queue(
    runtime: Runtime,
    connection: Connection,
    *,
    mailbox: Mailbox,
    ticket: Row[Any],
    letter: Letter,
    message_id: int,
) -> int:
    row = letters.outbound_row(
        letter,
        keys=runtime.vault.signing_keys,
        mailbox=mailbox,
        ticket_id=ticket.id,
        chat_message_id=message_id,
        correlation_id=queries.correlation_of(connection, ticket.inbound_id) or uuid4().hex,
    )
    return outbound.queue(connection, [row], runtime.due())[0]
