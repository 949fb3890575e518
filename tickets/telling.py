"""What other systems are told of tickets and messages: the events, made of what was just written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select

from backbone.exchange.events import (
    LONGEST_TEXT,
    Kept,
    MailHeld,
    MessageAdded,
    MessageKept,
    MessageUndone,
    ReplyBounced,
    TicketCreated,
    TicketReopened,
)
from backbone.ledger import events
from backbone.ledger.events import Happened
from backbone.ledger.tables import inbound
from backbone.runtime import Runtime
from tickets.bounces import Recorded
from tickets.models import attachments, messages, tickets
from tickets.planning import Action, Plan


def tell_of_messages(
    runtime: Runtime,
    connection: Connection,
    message_ids: Sequence[int],
    *,
    undo_until: datetime | None = None,
    event_id: UUID | None = None,
) -> None:
    """Tell that these messages were added, in this order, by the transaction of ``connection``."""
    if runtime.settings.embedded:
        return
    written = _written(connection, message_ids)
    told = (_added(written[one], undo_until=undo_until, event_id=event_id) for one in message_ids)
    events.record(runtime, connection, list(told))


def tell_of_undone(
    runtime: Runtime,
    connection: Connection,
    number: str,
    undone: Sequence[Row[Any]],
    correlation_id: str,
    *,
    author: str | None = None,
    event_id: UUID | None = None,
) -> None:
    """Tell that these messages of a ticket were taken back by the transaction of ``connection``."""
    told = [
        MessageUndone(ticket=number, message_id=row.id, chat=row.chat, author=author, event_id=event_id)
        for row in undone
    ]
    events.record(runtime, connection, [Happened(number, one, correlation_id) for one in told])


def tell_of_kept(runtime: Runtime, connection: Connection, message_id: int, reason: Kept, event_id: UUID) -> None:
    """Tell that a message stays that the chat event ``event_id`` wanted taken back."""
    row = _written(connection, [message_id])[message_id]
    told = MessageKept(ticket=row.number, message_id=row.id, chat=row.chat, reason=reason, event_id=event_id)
    events.record(runtime, connection, [Happened(row.number, told, row.correlation_id)])


def tell_of_mails(runtime: Runtime, connection: Connection, plans: Sequence[Plan], returned: Recorded) -> None:
    """Tell what mails became by the transaction of ``connection``, which mails of ours came back, and the notes."""
    if runtime.settings.embedded:
        return
    said = [one.chat_message_id for one in plans if one.talks and one.chat_message_id]
    written = _written(connection, [*said, *returned.notes])
    happened: list[Happened] = []
    for made in plans:
        row = written.get(made.chat_message_id or 0) if made.talks else None
        if row is not None:
            happened += _of_ticket(made, row)
            happened.append(_added(row, silent=made.silent))
        elif made.action is Action.HOLD:
            held = MailHeld(mail_id=made.mail_id, mailbox=made.mailbox.address, reason=made.reason or "")
            happened.append(Happened(str(made.mail_id), held))
    happened += [_came_back(row) for row in returned.bounced if row.chat_message_id]
    happened += [_added(written[one]) for one in returned.notes]
    events.record(runtime, connection, happened)


def _of_ticket(made: Plan, row: Row[Any]) -> Iterable[Happened]:
    if made.action is Action.OPEN:
        told = TicketCreated(
            ticket=row.number,
            mailbox=made.mailbox.address,
            subject=row.subject,
            mail_id=made.mail_id,
            silent=made.silent,
        )
        yield Happened(row.number, told, row.correlation_id)
    elif made.reopens:
        yield Happened(row.number, TicketReopened(ticket=row.number, by="mail"), row.correlation_id)


def _added(row: Row[Any], **more: Any) -> Happened:
    """Return that a message was added, with what its row does not say."""
    told = MessageAdded(
        ticket=row.number,
        message_id=row.id,
        chat=row.chat,
        author_kind=row.author_kind,
        author=row.author,
        text=row.text[:LONGEST_TEXT] if row.chat == "customer" else None,
        files=row.files,
        automatic=row.automatic,
        guest=row.guest,
        twin_id=row.twin_id,
        **more,
    )
    return Happened(row.number, told, row.correlation_id)


def _came_back(row: Row[Any]) -> Happened:
    number = row.letter["number"]
    told = ReplyBounced(
        ticket=number,
        message_id=row.chat_message_id,
        outbound_id=row.id,
        recipient=row.recipient,
        answer=row.answer,
    )
    return Happened(number, told, row.correlation_id)


def _written(connection: Connection, message_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return the messages of these ids with what their tickets say of themselves."""
    if not message_ids:
        return {}
    files = select(func.count()).where(attachments.c.chat_message_id == messages.c.id).scalar_subquery()
    rows = connection.execute(
        select(messages, tickets.c.number, tickets.c.subject, inbound.c.correlation_id, files.label("files"))
        .join_from(messages, tickets, messages.c.ticket_id == tickets.c.id)
        .join(inbound, tickets.c.inbound_id == inbound.c.id)
        .where(messages.c.id.in_(message_ids))
    )
    return {row.id: row for row in rows}
