"""How many mails may leave within a window: counted in the database, so that all processes share one count.

Windows are fixed: a minute or an hour of the Unix clock. One upsert counts a mail and says its place in the window. A
mail beyond the limit gets a slot in one of the next windows by that place, so that those put off do not all come back
at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, or_, update

from backbone.catalogue.outgoing import Limits
from backbone.database import upsert
from backbone.ledger.tables import send_counts

MINUTE, HOUR = 60, 3600
_SPREAD = 0.8
"""The part of a window over which the slots of those put off are spread; the rest is for their way."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` mails of ``scope`` within ``seconds``; ``kind`` is its name in the metrics."""

    scope: str
    kind: str
    seconds: int
    most: int


@dataclass(frozen=True, slots=True)
class Over:
    """A limit that is used up, and when the mail may be tried again."""

    limit: Limit
    until: datetime


def of(limits: Limits, mailbox_id: int, domain: str) -> list[Limit]:
    """Return the limits that are set for a mail of the mailbox to ``domain``, in the order in which they are locked."""
    found = (
        Limit(f"d:{mailbox_id}:{domain}"[:320], "domain_minute", MINUTE, limits.per_domain_minute),
        Limit(f"h:{mailbox_id}", "hour", HOUR, limits.per_hour),
        Limit(f"m:{mailbox_id}", "minute", MINUTE, limits.per_minute),
    )
    return [limit for limit in found if limit.most]


def take(connection: Connection, limits: Sequence[Limit], now: datetime) -> Over | None:
    """Count a mail that is about to leave; return the limit that holds it up for longest, or None when it may go.

    A mail that is held up counts for the limits that are used up, where it has a place now, and for no other.
    """
    moment = int(now.timestamp())
    periods = {limit.scope: moment - moment % limit.seconds for limit in limits}
    rows = [{"scope": scope, "period": period, "count": 1} for scope, period in periods.items()]
    statement = upsert(connection, send_counts).values(rows)
    counting = statement.on_conflict_do_update(
        index_elements=["scope", "period"], set_={"count": send_counts.c.count + 1}
    ).returning(send_counts.c.scope, send_counts.c.count.label("place"))
    counts = {row.scope: row.place for row in connection.execute(counting).all()}
    _forget_older(connection, {scope: periods[scope] for scope, count in counts.items() if count == 1})
    over = [
        Over(limit, _slot(limit, periods[limit.scope], counts[limit.scope]))
        for limit in limits
        if counts[limit.scope] > limit.most
    ]
    if not over:
        return None
    full = {one.limit.scope for one in over}
    _give_back(connection, {scope: period for scope, period in periods.items() if scope not in full})
    return max(over, key=lambda one: one.until)


def _slot(limit: Limit, period: int, count: int) -> datetime:
    """Return when the mail may go that came as the ``count``-th into the window that began at ``period``."""
    windows, place = divmod(count - 1, limit.most)
    start = period + windows * limit.seconds
    return datetime.fromtimestamp(start, UTC) + timedelta(seconds=limit.seconds * _SPREAD * place / limit.most)


def _forget_older(connection: Connection, newest: dict[str, int]) -> None:
    if newest:
        older = (and_(send_counts.c.scope == scope, send_counts.c.period < period) for scope, period in newest.items())
        connection.execute(delete(send_counts).where(or_(*older)))


def _give_back(connection: Connection, unused: dict[str, int]) -> None:
    if unused:
        these = (and_(send_counts.c.scope == scope, send_counts.c.period == period) for scope, period in unused.items())
        connection.execute(update(send_counts).where(or_(*these)).values(count=send_counts.c.count - 1))
