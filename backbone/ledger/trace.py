"""The story of a mail, for people: found by any id they may have at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, literal, or_, select, union_all

from backbone.catalogue.tables import mailboxes
from backbone.ledger.states import Inbound, Outbound
from backbone.ledger.tables import inbound, outbound

MOST = 500


def find(connection: Connection, wanted: str, ticket_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the inbound mails that ``wanted`` means, and those of ``ticket_ids``, with their outbound mails.

    ``wanted`` is a ledger id, a Message-ID (with or without angle brackets; of a mail received or sent) or a
    correlation id.
    """
    wanted = wanted.strip()
    message_id = f"<{wanted.strip('<>')}>"
    conditions = [inbound.c.message_id == message_id, inbound.c.correlation_id == wanted]
    if wanted.isdecimal() and len(wanted) < 19:  # noqa: PLR2004 - more digits are no id of 64 bits
        conditions.append(inbound.c.id == int(wanted))
    tickets = [
        *ticket_ids,
        *connection.scalars(select(outbound.c.ticket_id).where(outbound.c.message_id == message_id)),
    ]
    if tickets:
        conditions.append(inbound.c.ticket_id.in_(tickets))
    rows = connection.execute(
        select(inbound, mailboxes.c.address.label("mailbox"))
        .join_from(inbound, mailboxes)
        .where(or_(*conditions))
        .order_by(inbound.c.id)
        .limit(MOST)
    ).all()
    return _with_outbound(connection, rows)


def stuck(connection: Connection) -> list[Row[Any]]:
    """Return failed and held mails of both ledgers, newest first."""
    received = select(
        literal("inbound").label("ledger"),
        inbound.c.id,
        inbound.c.state,
        inbound.c.reason,
        inbound.c.error,
        inbound.c.updated_at,
    ).where(inbound.c.state.in_((Inbound.FAILED, Inbound.HELD)))
    owed = select(
        literal("outbound").label("ledger"),
        outbound.c.id,
        outbound.c.state,
        outbound.c.reason,
        outbound.c.answer.label("error"),
        outbound.c.updated_at,
    ).where(outbound.c.state.in_((Outbound.FAILED, Outbound.HELD)))
    both = union_all(received, owed).subquery()
    return list(connection.execute(select(both).order_by(both.c.updated_at.desc())))


def _with_outbound(connection: Connection, rows: Any) -> list[dict[str, Any]]:
    tickets = sorted({row.ticket_id for row in rows if row.ticket_id})
    sent = connection.execute(select(outbound).where(outbound.c.ticket_id.in_(tickets)).order_by(outbound.c.id)).all()
    return [
        dict(row._mapping)
        | {
            "outbound": [
                {name: value for name, value in one._mapping.items() if name != "letter"}
                for one in sent
                if one.correlation_id == row.correlation_id
            ],
        }
        for row in rows
    ]
