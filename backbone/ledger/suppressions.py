"""Addresses that get no automatic mail for a while, as mail to them came back for good.

Automatic mail that already waits to be sent there is cancelled. What a person writes is still sent. A normal mail from
such an address shows that it lives, and lifts it.

Whoever changes mails of ours in the same transaction locks them first, lest two wait for each other crosswise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from backbone import clock
from backbone.database import upsert
from backbone.ledger.outbound import AUTOMATIC
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import UNSENT, outbound, suppressions

DAY = 86_400
"""Seconds."""

NO_SUCH_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""Codes that say that an address does not exist, or not any more (RFC 3463 section 3.2, RFC 7505 section 4.2)."""

_REFUSAL = re.compile(r"5\d\d[ -](\d\.\d{1,3}\.\d{1,3})\b")


def refuses_address(answer: str) -> bool:
    """Return whether a server's answer to RCPT says that the address does not exist (RFC 2034)."""
    found = _REFUSAL.match(answer)
    return found is not None and found[1] in NO_SUCH_ADDRESS


def suppress(connection: Connection, reasons: Mapping[str, str], until: datetime) -> None:
    """Send nothing automatic to these normalised addresses ``until`` then, each for its reason; cancel what waits."""
    now = clock.now()
    rows = [
        {"address": address, "reason": reasons[address], "since": now, "until": until}
        for address in sorted(reasons)  # in one order for all, so that two transactions never wait for each other
    ]
    if not rows:
        return
    statement = upsert(connection, suppressions).values(rows)
    changed = {"reason": statement.excluded.reason, "until": statement.excluded.until}
    connection.execute(statement.on_conflict_do_update(index_elements=[suppressions.c.address], set_=changed))
    _cancel_waiting(connection, reasons, now)


def _cancel_waiting(connection: Connection, addresses: Collection[str], now: datetime) -> None:
    """Cancel automatic mails to these addresses that wait: for their event, their pause, or behind a breaker.

    One that somebody sends, or changes, at this moment is passed over; whoever sends it looks when it waits again.
    """
    waits = or_(outbound.c.state != Outbound.HELD, outbound.c.reason == OutboundReason.BREAKER)
    free = (
        select(outbound.c.id)
        .where(outbound.c.recipient.in_(sorted(addresses)), AUTOMATIC, UNSENT, waits)
        .with_for_update(skip_locked=True)
    )
    values = {"state": Outbound.CANCELLED, "reason": OutboundReason.SUPPRESSED, "due_at": None, "updated_at": now}
    connection.execute(update(outbound).where(outbound.c.id.in_(free)).values(values))


def cancel_if_suppressed(connection: Connection, address: str) -> None:
    """Cancel automatic mails to this normalised address that wait, if nothing automatic is to go there any more."""
    if among(connection, [address]):
        _cancel_waiting(connection, [address], clock.now())


def lift(connection: Connection, addresses: Collection[str]) -> list[str]:
    """Let automatic mail go to these addresses again; return those that got none."""
    if not addresses:
        return []
    found = select(suppressions.c.address).where(suppressions.c.address.in_(sorted(addresses)))
    # In the order in which they are written, so that two transactions never wait for each other crosswise.
    locked = list(connection.scalars(found.order_by(suppressions.c.address).with_for_update()))
    if locked:
        connection.execute(delete(suppressions).where(suppressions.c.address.in_(locked)))
    return locked


def standing(connection: Connection, most: int) -> Sequence[Row[Any]]:
    """Return up to ``most`` addresses that are suppressed now, each with its reason and times, newest first."""
    held = select(suppressions).where(suppressions.c.until > clock.now())
    return connection.execute(held.order_by(suppressions.c.since.desc(), suppressions.c.address).limit(most)).all()


def among(connection: Connection, addresses: Collection[str]) -> set[str]:
    """Return those of ``addresses`` that are suppressed now."""
    if not addresses:
        return set()
    held = suppressions.c.address.in_(sorted(addresses)), suppressions.c.until > clock.now()
    return set(connection.scalars(select(suppressions.c.address).where(*held)))
