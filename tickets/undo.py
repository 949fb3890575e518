"""Taking a message to the customer back, within the seconds that its mailbox gives for that.

Whoever moves the ledger row of its mail first wins: the sender that claims it, or the one who takes it back.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from backbone import clock
from backbone.contracts import Entry, Letter
from backbone.errors import UserError
from backbone.exchange.events import Kept
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from backbone.runtime import Runtime
from tickets import queries, telling
from tickets.models import messages, tickets


class KeptError(UserError):
    """A message stays. The sentence says why to people, the reason to programs."""

    def __init__(self, reason: Kept, sentence: str) -> None:
        """Carry both."""
        super().__init__(sentence)
        self.reason = reason


def take_back(runtime: Runtime, message_id: int) -> list[int]:
    """Cancel the mail of a chat message and hide the message, in both chats if it stands in both.

    Returns the ids of the messages. Raises UserError, and has changed nothing, when it cannot be taken back.
    """
    with runtime.database.transaction() as connection:
        return take_back_in(runtime, connection, message_id)


def take_back_in(
    runtime: Runtime,
    connection: Connection,
    message_id: int,
    *,
    author: str | None = None,
    event_id: UUID | None = None,
) -> list[int]:
    """Take a message back within the caller's transaction, as :func:`take_back`; who does so is told to others.

    When it raises, what it has written is to be rolled back.
    """
    number = connection.scalar(
        select(tickets.c.number)
        .join_from(messages, tickets, messages.c.ticket_id == tickets.c.id)
        .where(messages.c.id == message_id)
    )
    if number is None:
        raise UserError(f"There is no chat message {message_id}; 'postroom tickets NUMBER' shows their ids.")
    queries.ticket_by_number(connection, number)  # locked, so that nobody quotes meanwhile what is taken back
    copies = _copies(connection, message_id)
    mail = _waiting(_mail(connection, copies), message_id)
    if not ledger.cancel(connection, mail.id):
        raise KeptError("too_late", f"The mail of message {message_id} is on its way already and cannot be taken back.")
    _unquote(connection, mail, next(one for one in copies if one.id == mail.chat_message_id))
    ids = [one.id for one in copies]
    connection.execute(update(messages).where(messages.c.id.in_(ids)).values(undone_at=clock.now()))
    telling.tell_of_undone(runtime, connection, number, copies, mail.correlation_id, author=author, event_id=event_id)
    return ids


def newest(runtime: Runtime, number: str) -> int:
    """Return the id of the last message of staff to the customer of a ticket; raise UserError when there is none."""
    with runtime.database.reading() as connection:
        found: int | None = connection.scalar(
            select(messages.c.id)
            .join_from(messages, tickets, messages.c.ticket_id == tickets.c.id)
            .where(
                tickets.c.number == number,
                messages.c.chat == "customer",
                messages.c.author_kind == "staff",
                messages.c.undone_at.is_(None),
            )
            .order_by(messages.c.id.desc())
            .limit(1)
        )
    if found is None:
        raise UserError(f"There is no message to the customer on a ticket {number!r} that could be taken back.")
    return found


def _copies(connection: Connection, message_id: int) -> list[Row[Any]]:
    """Return the message and, if it was written into both chats at once, its twin."""
    one = connection.execute(select(messages).where(messages.c.id == message_id)).one()
    if one.undone_at is not None:
        raise UserError(f"The message {message_id} was taken back already.")
    if one.author_kind != "staff":
        raise UserError(f"The message {message_id} was not written by staff; nobody but its author could take it back.")
    both = [one.id] if one.twin_id is None else [one.id, one.twin_id]
    return list(connection.execute(select(messages).where(messages.c.id.in_(both)).order_by(messages.c.id)))


def _mail(connection: Connection, copies: list[Row[Any]]) -> Row[Any] | None:
    return connection.execute(
        select(outbound).where(
            outbound.c.ticket_id == copies[0].ticket_id, outbound.c.chat_message_id.in_([one.id for one in copies])
        )
    ).first()


def _waiting(mail: Row[Any] | None, message_id: int) -> Row[Any]:
    """Return the mail, if the time for it has not come yet; raise KeptError else.

    Whoever wrote it, or was told of it, may rely on the end of that time: a mail that waits longer, for a limit or for
    its server, leaves.
    """
    if mail is None:
        raise KeptError("no_mail", f"The message {message_id} left as no mail, so there is nothing to take back.")
    if mail.not_before is None and mail.renewed_at is None:
        raise KeptError(
            "no_undo",
            f"The message {message_id} cannot be taken back: its mailbox gives no time for that; "
            "outgoing: {undo_seconds: 30} in the mail configuration would.",
        )
    if mail.state != Outbound.QUEUED or mail.attempts:  # then not_before is the pause after a failure
        raise KeptError(
            "too_late",
            f"The mail of message {message_id} is on its way already ({mail.state}); it cannot be taken back.",
        )
    if mail.not_before <= clock.now():
        raise KeptError(
            "too_late", f"The time to take message {message_id} back was over at {mail.not_before:%H:%M:%S} UTC."
        )
    return mail


def _unquote(connection: Connection, mail: Row[Any], said: Row[Any]) -> None:
    """Take the message of ``mail`` out of the mails written after it, which all wait longer than it did.

    Only a mailbox whose setting was changed meanwhile may have sent one before.
    """
    later = connection.execute(
        select(outbound).where(
            outbound.c.ticket_id == mail.ticket_id,
            outbound.c.id > mail.id,
            outbound.c.kind == "chat_message",
            outbound.c.state != Outbound.CANCELLED,
        )
    ).all()
    for row in later:
        letter = Letter.model_validate(row.letter)
        entries = tuple(one for one in letter.entries if not _quotes(one, said))
        references = tuple(one for one in letter.references if one != mail.message_id)
        answered = letter.in_reply_to
        if answered == mail.message_id:
            answered = references[-1] if references else None
        clean = letter.model_copy(update={"entries": entries, "references": references, "in_reply_to": answered})
        if clean == letter:
            continue
        changed = connection.execute(
            update(outbound)
            .where(outbound.c.id == row.id, outbound.c.state == Outbound.QUEUED, outbound.c.attempts == 0)
            .values(letter=clean.model_dump(mode="json"))
        )
        if not changed.rowcount:
            raise KeptError(
                "too_late", "A later mail of the ticket quotes the message and is on its way, so it cannot be undone."
            )


def _quotes(entry: Entry, said: Row[Any]) -> bool:
    """Whether ``entry`` is that message; in letters written before entries had ids, by its author and moment."""
    if entry.chat_message_id is None:
        return (entry.written_at, entry.author) == (said.created_at, said.author)
    return bool(entry.chat_message_id == said.id)
