"""What was said on a ticket: as the customer may read it in a mail, and as staff see it with the state of each mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from backbone.ledger.tables import outbound
from tickets.models import attachments, messages


def conversation(connection: Connection, ticket_id: int, limit: int) -> list[Row[Any]]:
    """Return the newest ``limit`` messages of a ticket's customer chat that the customer may see, newest first.

    Guests' messages, notes of the system's and what was taken back are left out.
    """
    return list(
        connection.execute(
            select(messages)
            .where(
                messages.c.ticket_id == ticket_id,
                messages.c.chat == "customer",
                messages.c.author_kind != "system",
                messages.c.guest.is_(False),
                messages.c.undone_at.is_(None),
            )
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
    )


def messages_of(connection: Connection, ticket_ids: Iterable[int]) -> list[Row[Any]]:
    """Return all chat messages of tickets, in order, with what became of the mail that each left as."""
    mail = outbound.c
    columns = [
        getattr(mail, name).label(f"mail_{name}")
        for name in ("id", "state", "reason", "answer", "due_at", "not_before", "sent_at", "put_off")
    ]
    # The ticket's id is what outbound mails have an index for.
    its_mail = and_(mail.ticket_id == messages.c.ticket_id, mail.chat_message_id == messages.c.id)
    return list(
        connection.execute(
            select(messages, *columns)
            .join_from(messages, outbound, its_mail, isouter=True)
            .where(messages.c.ticket_id.in_(list(ticket_ids)))
            .order_by(messages.c.id)
        )
    )


def attachments_of(connection: Connection, message_ids: Iterable[int]) -> list[Row[Any]]:
    """Return the attachments of chat messages, in order."""
    return list(
        connection.execute(
            select(attachments)
            .where(attachments.c.chat_message_id.in_(list(message_ids)))
            .order_by(attachments.c.chat_message_id, attachments.c.position)
        )
    )
