"""The mail that a chat message leaves as: whether it does, to whom, in which language, with what history and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.catalogue.model import Catalogue, Directory, Mailbox
from backbone.contracts import Address, Attachment, Entry, FileLink, Language, Letter
from backbone.runtime import Runtime
from tickets import addressing, files, history, letters, participants, queries

LONGEST_HISTORY = 30
"""Messages that a reply mail shows, the new one among them."""


def why_silent(ticket: Row[Any], catalogue: Catalogue) -> str:
    """Return why no mail leaves for a message to the customer of ``ticket``, or an empty text when one does."""
    mailbox = catalogue.mailboxes[ticket.mailbox_id]
    if not ticket.reply_address:
        return "the ticket's mail named no sender"
    if not ticket.reply_by_chat:
        return "the sender rule does not answer through the chat"
    if mailbox.smtp is None:
        return f"the mailbox {mailbox.address} has no SMTP server"
    if addressing.is_ours(ticket.reply_address, catalogue.addresses):
        return "the answer would go to a mailbox of ours"
    return ""


def outbound_row(
    runtime: Runtime,
    connection: Connection,
    catalogue: Catalogue,
    ticket: Row[Any],
    message_id: int,
    sent: Sequence[Attachment],
) -> dict[str, Any]:
    """Return the ledger row of the mail that the newest message of ``ticket`` leaves as, with its ``sent`` files."""
    mailbox = catalogue.mailboxes[ticket.mailbox_id]
    fits = files.attached(sent, mailbox)
    thread = _thread(connection, ticket.id)
    letter = Letter(
        kind="chat_message",
        number=ticket.number,
        subject=ticket.subject,
        to=Address(name=ticket.reply_name, address=ticket.reply_address),
        cc=participants.copies(connection, catalogue, ticket),
        language=language_of(ticket, catalogue.directory),
        in_reply_to=thread[-1] if thread else None,
        references=letters.references(thread),
        entries=_entries(connection, ticket.id),
        attachments=tuple(file for file, fit in zip(sent, fits, strict=True) if fit),
        links=() if all(fits) else _links(runtime, connection, mailbox, message_id, fits),
    )
    row = letters.outbound_row(
        letter,
        keys=runtime.vault.signing_keys,
        mailbox=mailbox,
        ticket_id=ticket.id,
        chat_message_id=message_id,
        correlation_id=queries.correlation_of(connection, ticket.inbound_id) or uuid4().hex,
    )
    pause = mailbox.outgoing.undo_seconds
    return row | {"not_before": clock.after(pause) if pause else None}


def language_of(ticket: Row[Any], directory: Directory) -> Language | None:
    """Return the language of whom answers go to, or of who asked, as far as they are registered; None if not."""
    addresses = (ticket.reply_address, ticket.sender_address)
    return next((known for one in addresses if one and (known := addressing.language_of(one, directory))), None)


def language_in(ticket: Row[Any], catalogue: Catalogue) -> str:
    """Return the language in which the customer of ``ticket`` is written to."""
    return language_of(ticket, catalogue.directory) or catalogue.mailboxes[ticket.mailbox_id].language


def _thread(connection: Connection, ticket_id: int) -> list[str]:
    """Return the Message-IDs of the conversation up to the mail that is answered: the customer's newest, if any.

    Ours after it are left out, as programs show a mail below the last of its References (RFC 5322 section 3.6.4).
    """
    chain = queries.thread_ids(connection, ticket_id)
    answered = max((number for number, one in enumerate(chain) if one.received), default=len(chain) - 1)
    return [one.message_id for one in chain[: answered + 1]]


def _entries(connection: Connection, ticket_id: int) -> tuple[Entry, ...]:
    said = history.conversation(connection, ticket_id, LONGEST_HISTORY)
    return letters.shown(
        Entry(author=one.author, written_at=one.created_at, text=one.text, chat_message_id=one.id) for one in said
    )


def _links(
    runtime: Runtime, connection: Connection, mailbox: Mailbox, message_id: int, fits: Sequence[bool]
) -> tuple[FileLink, ...]:
    until = clock.now() + timedelta(days=mailbox.outgoing.link_days)
    return tuple(
        files.link(row, runtime.vault.signing_keys, runtime.settings, until)
        for row, fit in zip(history.attachments_of(connection, [message_id]), fits, strict=True)
        if not fit
    )
