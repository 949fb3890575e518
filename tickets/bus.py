"""From a chat event of another system to a message in our chat and its mail, or to one that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, update

from backbone import clock
from backbone.catalogue.model import Permission, ServiceUser
from backbone.contracts import Attachment
from backbone.database import insert_ignoring
from backbone.errors import UserError
from backbone.exchange.messages import ChatEvent, ChatMessagePosted, ChatUndo, QuarantineReason, RefusedError
from backbone.runtime import Runtime
from tickets import chat, lifecycle, permissions, state_queries, telling, undo
from tickets.chat import Posted, Said
from tickets.models import chat_events, messages
from tickets.undo import KeptError

log = structlog.get_logger(__name__)


def receive(runtime: Runtime, event: ChatEvent, user: ServiceUser) -> None:
    """Do what ``event`` says on behalf of ``user``, in one transaction with the note that it was taken.

    An event that was taken before does nothing. Raises RefusedError, and has written nothing, when it cannot be done.
    """
    if isinstance(event, ChatUndo):
        _take_back(runtime, event, user)
    else:
        _post(runtime, event, user)


def _post(runtime: Runtime, event: ChatMessagePosted, user: ServiceUser) -> None:
    files = [
        Attachment(
            filename=one.filename,
            content_type=one.content_type,
            size=len(one.content),
            sha256=runtime.blobs.put(one.content, durable=True),
        )
        for one in event.attachments
    ]
    with runtime.database.transaction() as connection:
        if not _is_new(connection, event):
            return
        posted = _written(runtime, connection, event, files, user)
        connection.execute(
            update(chat_events)
            .where(chat_events.c.event_id == str(event.event_id))
            .values(chat_message_id=posted.chat_message_id)
        )
    chat.announce(runtime, [posted])
    log.info("chat.posted", chat_message_id=posted.chat_message_id, outbound_id=posted.outbound_id)


def _take_back(runtime: Runtime, event: ChatUndo, user: ServiceUser) -> None:
    """Take a message back, or tell that it stays: a person could mend nothing of an undo that came too late."""
    with runtime.database.transaction() as connection:
        if not _is_new(connection, event):
            return
        message = _meant(connection, event, _ticket(runtime, connection, event, user))
        if message.undone_at is not None:
            log.info("chat.undone_before", chat_message_id=message.id)
            return
        try:
            with connection.begin_nested():
                undo.take_back_in(runtime, connection, message.id, author=event.author.name, event_id=event.event_id)
        except KeptError as error:
            telling.tell_of_kept(runtime, connection, message.id, error.reason, event.event_id)
            log.info("chat.kept", chat_message_id=message.id, reason=error.reason)
        else:
            log.info("chat.undone", chat_message_id=message.id)


def _is_new(connection: Connection, event: ChatEvent) -> bool:
    """Note that an event is taken; False when it was before."""
    taken = {"event_id": str(event.event_id), "received_at": clock.now()}
    noted = insert_ignoring(connection, chat_events).values(taken).returning(chat_events.c.event_id)
    if connection.scalar(noted) is not None:
        return True
    log.info("chat.repeated")
    return False


def _ticket(runtime: Runtime, connection: Connection, event: ChatEvent, user: ServiceUser) -> Row[Any]:
    """Return the ticket of an event, locked, if the user may write on it; raise RefusedError else."""
    number = event.ticket.strip()
    ticket = state_queries.lock(connection, [number]).get(number)
    if ticket is None:
        raise RefusedError(
            QuarantineReason.UNKNOWN_TICKET, "There is no ticket of that number; 'postroom tickets' lists the newest."
        )
    catalogue = replace(runtime.catalogue.current(connection), api_user=user)
    refused = permissions.refusal(catalogue, {Permission.ADD_MESSAGES}, ticket.object_id)
    if refused:
        raise RefusedError(QuarantineReason.NO_PERMISSION, f"It is not permitted: {refused[1]}.")
    return ticket


def _written(
    runtime: Runtime,
    connection: Connection,
    event: ChatMessagePosted,
    files: Sequence[Attachment],
    user: ServiceUser,
) -> Posted:
    ticket = _ticket(runtime, connection, event, user)
    try:
        lifecycle.refuse_merged(connection, ticket)
    except UserError as error:
        raise RefusedError(QuarantineReason.MERGED_TICKET, str(error)) from None
    said = Said(ticket.number, event.text, event.author.name, files, event.chat, event.also, event.event_id)
    try:
        return chat.post_in(runtime, connection, said)
    except UserError as error:
        raise RefusedError(QuarantineReason.REFUSED, str(error)) from None


def _meant(connection: Connection, event: ChatUndo, ticket: Row[Any]) -> Row[Any]:
    """Return the message that an event takes back; raise RefusedError when there is none on its ticket."""
    message = connection.execute(
        select(messages)
        .join(chat_events, chat_events.c.chat_message_id == messages.c.id)
        .where(chat_events.c.event_id == str(event.message_event_id))
    ).first()
    if message is None:
        raise RefusedError(
            QuarantineReason.UNKNOWN_MESSAGE,
            "No chat.message of that event_id became a message; if it stands in the quarantine too, replay it first.",
        )
    if message.ticket_id != ticket.id:
        raise RefusedError(
            QuarantineReason.UNKNOWN_MESSAGE,
            "The message of that event_id stands on another ticket; name the ticket that the message was written on.",
        )
    return message
