"""The breakers of sending, one for each mailbox and recipient domain: tripped by a flood, reset by a person.

A breaker is open until a person closes it; it never closes by itself. Open, it holds every mail but those that a person
has let through (``allowed``). Closed, its row stays as the moment from which mails are counted anew.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from backbone import clock
from backbone.catalogue.tables import mailboxes
from backbone.database import upsert
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import inbound, outbound, send_breakers
from backbone.routing import batches

SAMPLES = 5
AT_ONCE = 1000
"""Mails that one statement lets go; it takes only so many."""

_LEFT = (Outbound.SENDING, Outbound.SENT, Outbound.BOUNCED)
_OPEN = send_breakers.c.resumed_at.is_(None)


class Trip(StrEnum):
    """Why a breaker tripped."""

    BURST = "burst"
    PING_PONG = "ping_pong"


def opened(connection: Connection) -> frozenset[tuple[int, str]]:
    """Return the mailbox and the domain of every open breaker."""
    rows = connection.execute(select(send_breakers.c.mailbox_id, send_breakers.c.domain).where(_OPEN))
    return frozenset((row.mailbox_id, row.domain) for row in rows)


def count_open(connection: Connection) -> int:
    """Return how many breakers are open."""
    return connection.scalar(select(func.count()).select_from(send_breakers).where(_OPEN)) or 0


def since(connection: Connection, mailbox_id: int, domain: str, start: datetime) -> datetime:
    """Return from when on mails to ``domain`` count: ``start``, or when a person last let them go on."""
    resumed = connection.scalar(select(send_breakers.c.resumed_at).where(*_this(mailbox_id, domain)))
    return max(start, resumed) if resumed else start


def gone_to_domain(connection: Connection, mailbox_id: int, domain: str, start: datetime) -> int:
    """Return how many mails to ``domain``, queued since ``start``, left or are leaving."""
    return _count(
        connection, outbound.c.mailbox_id == mailbox_id, outbound.c.domain == domain, outbound.c.created_at >= start
    )


def gone_to_person(connection: Connection, ticket_id: int, recipient: str, start: datetime) -> int:
    """Return how many mails about a ticket to ``recipient``, queued since ``start``, left or are leaving."""
    return _count(
        connection, outbound.c.ticket_id == ticket_id, outbound.c.recipient == recipient, outbound.c.created_at >= start
    )


def come_to_ticket(connection: Connection, ticket_id: int, start: datetime) -> int:
    """Return how many mails came to a ticket since ``start``.

    Whoever answers a mail may do so under another address: Reply-To, an alias, a machine's own, a report of failure.
    """
    wanted = select(func.count()).where(inbound.c.ticket_id == ticket_id, inbound.c.created_at >= start)
    return connection.scalar(wanted) or 0


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).where(*conditions, outbound.c.state.in_(_LEFT))) or 0


def trip(connection: Connection, mailbox_id: int, domain: str, reason: Trip) -> None:
    """Open the breaker."""
    values = {"reason": reason, "tripped_at": clock.now(), "resumed_at": None}
    statement = upsert(connection, send_breakers).values(mailbox_id=mailbox_id, domain=domain, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["mailbox_id", "domain"], set_=values))


def hold(connection: Connection, claimed: Row[Any], words: str, otherwise: datetime) -> bool:
    """Hold a claimed mail, or give it back until ``otherwise`` if its breaker is open no more; whether it is held.

    The breaker stays locked meanwhile, lest a person closes it and nobody lets this mail go.
    """
    still = select(send_breakers.c.domain).where(*_this(claimed.mailbox_id, claimed.domain), _OPEN)
    if connection.scalar(still.with_for_update(read=True)) is None:
        ledger.put_back(connection, claimed, otherwise)
        return False
    return ledger.settle(connection, claimed, Outbound.HELD, reason=OutboundReason.BREAKER, answer=words)


def shown(connection: Connection) -> list[dict[str, Any]]:
    """Return the open breakers, the newest first, each with how many mails it holds and samples of them."""
    found = connection.execute(
        select(send_breakers, mailboxes.c.address.label("mailbox"))
        .join(mailboxes, mailboxes.c.id == send_breakers.c.mailbox_id)
        .where(_OPEN)
        .order_by(send_breakers.c.tripped_at.desc())
    ).all()
    return [
        {
            "mailbox": row.mailbox,
            "domain": row.domain,
            "reason": row.reason,
            "tripped_at": row.tripped_at,
            "held": connection.scalar(select(func.count()).where(*_held_by(row.mailbox_id, row.domain))) or 0,
            "samples": _samples(connection, row.mailbox_id, row.domain),
        }
        for row in found
    ]


def _samples(connection: Connection, mailbox_id: int, domain: str) -> list[dict[str, Any]]:
    columns = ("id", "kind", "recipient", "ticket_id", "created_at")
    wanted = select(*(outbound.c[name] for name in columns)).where(*_held_by(mailbox_id, domain))
    return [dict(row._mapping) for row in connection.execute(wanted.order_by(outbound.c.id).limit(SAMPLES))]


def _held_by(mailbox_id: int, domain: str) -> tuple[ColumnElement[bool], ...]:
    return (
        outbound.c.mailbox_id == mailbox_id,
        outbound.c.domain == domain,
        outbound.c.state == Outbound.HELD,
        outbound.c.reason == OutboundReason.BREAKER,
    )


def resume(
    connection: Connection, mailbox_id: int, domain: str, mails: int | None, due_at: datetime
) -> list[int] | None:
    """Let the oldest ``mails`` that are held go, or with None all of them, and close the breaker; None if none is open.

    Returns the ids of the mails that are queued again. They alone pass the breaker, fewer if fewer are held.
    """
    this = (*_this(mailbox_id, domain), _OPEN)
    if connection.scalar(select(send_breakers.c.domain).where(*this).with_for_update()) is None:
        return None
    wanted = select(outbound.c.id).where(*_held_by(mailbox_id, domain)).order_by(outbound.c.id).limit(mails)
    again: list[int] = []
    for ids in batches(list(connection.scalars(wanted)), AT_ONCE):
        again += ledger.reopen(connection, ids, due_at, allowed=mails is not None)
    if mails is None:
        connection.execute(update(send_breakers).where(*this).values(resumed_at=clock.now()))
    return again


def _this(mailbox_id: int, domain: str) -> tuple[ColumnElement[bool], ...]:
    return send_breakers.c.mailbox_id == mailbox_id, send_breakers.c.domain == domain
