"""What staff write: a chat message, and the mail that a message to the customer also leaves as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from backbone import clock
from backbone.contracts import Attachment
from backbone.errors import UserError
from backbone.ledger import outbound
from backbone.runtime import Runtime
from tickets import answers, files, lifecycle, queries, telling

Chat = Literal["customer", "team"]
_OTHER: dict[Chat, Chat] = {"customer": "team", "team": "customer"}

LONGEST_MESSAGE = 100_000
LONGEST_AUTHOR = 200
MOST_ATTACHMENTS = 10
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody of the house says on a ticket, in which chat, and whether ``also`` in the other one.

    ``files`` name blobs that are stored already. ``event_id`` is that of the chat event that brought it, if one did.
    """

    number: str
    text: str
    author: str
    files: Sequence[Attachment] = ()
    chat: Chat = "customer"
    also: bool = False
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A chat message that was written; ``outbound_id`` is None, and ``why`` says why, when no mail leaves.

    ``other_message_id`` is the same message in the other chat. The mail leaves through ``mailbox_id``, and until
    ``not_before`` it may be taken back.
    """

    chat_message_id: int
    mailbox_id: int
    outbound_id: int | None = None
    why: str = ""
    other_message_id: int | None = None
    not_before: datetime | None = None


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
    why = answers.why_silent(ticket, catalogue) if "customer" in chats else "the team chat stays in the house"
    if not why:
        files.check_links(said.files, mailbox, runtime.settings)
    now = clock.now()
    rows = [_message_row(ticket.id, said, chat) | {"created_at": now} for chat in chats]
    ids = queries.add_messages(connection, rows, [said.files] * len(chats))
    if said.also:
        queries.join_twins(connection, *ids)
    posted = Posted(ids[0], mailbox.id, why=why, other_message_id=ids[1] if said.also else None)
    if not why:
        row = answers.outbound_row(runtime, connection, catalogue, ticket, ids[chats.index("customer")], said.files)
        queued = outbound.queue(connection, [row], runtime.due())[0]
        posted = replace(posted, outbound_id=queued, not_before=row["not_before"])
    telling.tell_of_messages(runtime, connection, ids, undo_until=posted.not_before, event_id=said.event_id)
    return posted


def announce(runtime: Runtime, posted: Iterable[Posted]) -> None:
    """Tell the replies stage of the mails of messages that are committed; not of those that may be taken back."""
    queued = {
        one.outbound_id: one.mailbox_id for one in posted if one.outbound_id is not None and one.not_before is None
    }
    runtime.publisher.publish(*outbound.events(queued))


def _message_row(ticket_id: int, said: Said, chat: Chat) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "chat": chat,
        "author_kind": "staff",
        "author": said.author,
        "text": said.text,
    }


def _check(said: Said) -> None:
    text, author = said.text, said.author
    if not author.strip() or not author.isprintable() or len(author) > LONGEST_AUTHOR:
        raise UserError(f"The author must be a name on one line, of at most {LONGEST_AUTHOR} characters.")
    if "\0" in text or _SURROGATE.search(text):
        raise UserError("The message holds bytes that are no text; write it in UTF-8, or attach it as a file.")
    if not text.strip() and not said.files:
        raise UserError("The message is empty; write a text or attach a file.")
    if len(text) > LONGEST_MESSAGE:
        raise UserError(f"The message has {len(text)} characters; {LONGEST_MESSAGE} are allowed: attach it as a file.")
    if len(said.files) > MOST_ATTACHMENTS:
        raise UserError(f"The message has {len(said.files)} files; {MOST_ATTACHMENTS} are allowed: send two messages.")
