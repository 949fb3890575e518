"""What staff write: a chat message, and the mail that a message to the customer also leaves as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import Address, Attachment, Entry, Letter
from backbone.errors import UserError
from backbone.ledger import outbound
from backbone.runtime import Runtime
from tickets import history, letters, lifecycle, queries

Chat = Literal["customer", "team"]
_OTHER: dict[Chat, Chat] = {"customer": "team", "team": "customer"}

LONGEST_HISTORY = 30
"""Messages that a reply mail shows, the new one among them."""

LONGEST_MESSAGE = 100_000
LONGEST_AUTHOR = 200
MOST_ATTACHMENTS = 10
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody of the house says on a ticket, in which chat, and whether ``also`` in the other one.

    ``files`` name blobs that are stored already.
    """

    number: str
    text: str
    author: str
    files: Sequence[Attachment] = ()
    chat: Chat = "customer"
    also: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A chat message that was written; ``outbound_id`` is None, and ``why`` says why, when no mail leaves.

    ``other_message_id`` is the same message in the other chat. The mail leaves through ``mailbox_id``.
    """

    chat_message_id: int
    mailbox_id: int
    outbound_id: int | None = None
    why: str = ""
    other_message_id: int | None = None


def post(
    runtime: Runtime,
    number: str,
    text: str,
    author: str,
    files: Sequence[Attachment] = (),
    *,
    chat: Chat = "customer",
    also: bool = False,
) -> Posted:
    """Write a message of ``author`` into a ticket's chat; to the customer it also leaves as a mail.

    Raises UserError as :func:`post_in` does.
    """
    with runtime.database.transaction() as connection:
        posted = post_in(runtime, connection, Said(number, text, author, files, chat, also))
    announce(runtime, [posted])
    return posted


def post_in(runtime: Runtime, connection: Connection, said: Said) -> Posted:
    """Write a message within the caller's transaction; after its commit, :func:`announce` tells of the mail.

    Raises UserError, and has written nothing, when there is no such ticket, when it was merged into another, or when
    there is nothing to say. A closed ticket stays closed: the customer's answer opens it again.
    """
    _check(said)
    catalogue = runtime.catalogue.current(connection)
    ticket = queries.ticket_by_number(connection, said.number)
    if ticket is None:
        raise UserError(f"There is no ticket {said.number!r}; 'postroom tickets' lists the newest ones.")
    lifecycle.refuse_merged(connection, ticket)
    mailbox = catalogue.mailboxes[ticket.mailbox_id]
    chats = (said.chat, _OTHER[said.chat]) if said.also else (said.chat,)
    ids = queries.add_messages(
        connection, [_message_row(ticket.id, said, chat) for chat in chats], [said.files] * len(chats)
    )
    by_chat = dict(zip(chats, ids, strict=True))
    other = ids[1] if said.also else None
    why = _silent(ticket, catalogue, mailbox) if "customer" in by_chat else "the team chat stays in the house"
    if why:
        return Posted(ids[0], mailbox.id, why=why, other_message_id=other)
    letter = _letter(connection, ticket, said.files)
    outbound_id = _queue(
        runtime, connection, mailbox=mailbox, ticket=ticket, letter=letter, message_id=by_chat["customer"]
    )
    return Posted(ids[0], mailbox.id, outbound_id, other_message_id=other)


def announce(runtime: Runtime, posted: Iterable[Posted]) -> None:
    """Tell the replies stage of the mails of messages that are committed."""
    queued = {one.outbound_id: one.mailbox_id for one in posted if one.outbound_id is not None}
    runtime.publisher.publish(*outbound.events(queued))


def _message_row(ticket_id: int, said: Said, chat: Chat) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "chat": chat,
        "author_kind": "staff",
        "author": said.author,
        "text": said.text,
        "created_at": clock.now(),
    }


def _check(said: Said) -> None:
    text, author, files = said.text, said.author, said.files
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


def _silent(ticket: Row[Any], catalogue: Catalogue, mailbox: Mailbox) -> str:
    """Return why no mail leaves, or an empty text."""
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
    said = history.conversation(connection, ticket.id, LONGEST_HISTORY)
    chain = queries.thread_ids(connection, ticket.id)
    received = [link.message_id for link in chain if link.received]
    return Letter(
        kind="chat_message",
        number=ticket.number,
        subject=ticket.subject,
        to=Address(name=ticket.reply_name, address=ticket.reply_address),
        in_reply_to=received[-1] if received else (chain[-1].message_id if chain else None),
        references=letters.references([link.message_id for link in chain]),
        entries=letters.shown(Entry(author=one.author, written_at=one.created_at, text=one.text) for one in said),
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
