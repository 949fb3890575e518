"""Domain events: written in the transaction that they tell of, told on ``postroom.events``, and then deleted.

Their ids grow in the order in which they are written. Who writes about a ticket holds its row, or wrote the earlier
event of it in an earlier transaction, so that the order of the ids is the order of what happened to a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from backbone import clock
from backbone.exchange.events import Data
from backbone.ledger.tables import domain_events

if TYPE_CHECKING:
    from backbone.runtime import Runtime

_LOCK = 7307372
"""PostgreSQL's advisory lock that one relay at a time has."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something to tell. ``subject`` is the number of the ticket, or the id of a mail that has none."""

    subject: str
    data: Data
    correlation_id: str = ""


def record(runtime: Runtime, connection: Connection, events: Sequence[Happened]) -> None:
    """Write events to be told in this order; embedded there is nobody to tell."""
    if runtime.settings.embedded or not events:
        return
    now = clock.now()
    rows = [
        {
            "type": one.data.type,
            "subject": one.subject,
            "data": one.data.model_dump(mode="json"),
            "correlation_id": one.correlation_id,
            "occurred_at": now,
        }
        for one in events
    ]
    connection.execute(insert(domain_events), rows)


def claim(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return the oldest events; none when another relay has them in hand until the end of its transaction."""
    if connection.dialect.name == "postgresql" and not connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return []
    return connection.execute(select(domain_events).order_by(domain_events.c.id).limit(limit)).all()


def forget(connection: Connection, ids: Sequence[int]) -> None:
    """Delete events that have been told."""
    connection.execute(delete(domain_events).where(domain_events.c.id.in_(ids)))


def waiting(connection: Connection) -> int:
    """Return how many events have not been told yet."""
    return connection.scalar(select(func.count()).select_from(domain_events)) or 0
