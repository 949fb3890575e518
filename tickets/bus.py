"""From a chat event of another system to a message in our chat, and the mail that it leaves as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog
from sqlalchemy import Connection, update

from backbone import clock
from backbone.catalogue.model import Permission, ServiceUser
from backbone.contracts import Attachment
from backbone.database import insert_ignoring
from backbone.errors import UserError
from backbone.exchange.messages import ChatMessagePosted, QuarantineReason, RefusedError
from backbone.runtime import Runtime
from tickets import chat, lifecycle, permissions, state_queries
from tickets.chat import Posted, Said
from tickets.models import chat_events

log = structlog.get_logger(__name__)


def receive(runtime: Runtime, event: ChatMessagePosted, user: ServiceUser) -> None:
    """Write the message of ``event`` on behalf of ``user``, in one transaction with the note that it was taken.

    An event that was taken before does nothing. Raises RefusedError, and has written nothing, when it cannot become a
    message.
    """
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
        taken = {"event_id": str(event.event_id), "received_at": clock.now()}
        fresh = insert_ignoring(connection, chat_events).values(taken).returning(chat_events.c.event_id)
        if connection.scalar(fresh) is None:
            log.info("chat.repeated")
            return
        posted = _post(runtime, connection, event, files, user)
        connection.execute(
            update(chat_events)
            .where(chat_events.c.event_id == taken["event_id"])
            .values(chat_message_id=posted.chat_message_id)
        )
    chat.announce(runtime, [posted])
    log.info("chat.posted", chat_message_id=posted.chat_message_id, outbound_id=posted.outbound_id)


def _post(
    runtime: Runtime,
    connection: Connection,
    event: ChatMessagePosted,
    files: Sequence[Attachment],
    user: ServiceUser,
) -> Posted:
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
    try:
        lifecycle.refuse_merged(connection, ticket)
    except UserError as error:
        raise RefusedError(QuarantineReason.MERGED_TICKET, str(error)) from None
    said = Said(number, event.text, event.author.name, files, event.chat, event.also, event.event_id)
    try:
        return chat.post_in(runtime, connection, said)
    except UserError as error:
        raise RefusedError(QuarantineReason.REFUSED, str(error)) from None
