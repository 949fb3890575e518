"""Copies that a mail's server put off: the mail is sent, and who still waits for a copy gets the same mail later.

``outbound_mails.put_off`` names them, each with the server's last words of him. The row stays ``sent``, or ``bounced``
when the mail itself came back meanwhile; its reason says whether the copies wait or somebody is sending them. So whom
the mail is for never gets it again, and nothing that may be done before a mail is sent can be done to it any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from backbone import clock
from backbone.ledger.states import OutboundReason
from backbone.ledger.tables import outbound

NOT_TO = "; not to "
"""What stands in ``answer`` before each recipient of a copy who does not get it."""

NOBODY_KNOWS = "nobody knows whether it was taken"


def named(missed: Mapping[str, str]) -> str:
    """Return what ``answer`` ends with: who gets no copy, and the server's words."""
    return "".join(f"{NOT_TO}{address}: {words}" for address, words in missed.items())


def owe(connection: Connection, outbound_id: int, put_off: Mapping[str, str], due_at: datetime) -> None:
    """Write down which copies of a mail, sent just now, are to be sent later: at ``due_at``."""
    values = {"put_off": put_off, "reason": OutboundReason.COPIES_PUT_OFF, "due_at": due_at, "not_before": due_at}
    connection.execute(update(outbound).where(outbound.c.id == outbound_id).values(**values, tries=1))


def claim(connection: Connection, outbound_id: int, due_at: datetime) -> Row[Any] | None:
    """Take the copies of a mail to send them, and return the mail; None when they are not to be sent now.

    ``due_at`` is when their outcome, still not recorded by then, counts as unknown.
    """
    now = clock.now()
    statement = (
        update(outbound)
        .where(
            outbound.c.id == outbound_id,
            outbound.c.reason == OutboundReason.COPIES_PUT_OFF,
            or_(outbound.c.not_before.is_(None), outbound.c.not_before <= now),
        )
        .values(reason=OutboundReason.COPIES_SENDING, due_at=due_at, attempts=outbound.c.attempts + 1, updated_at=now)
        .returning(outbound)
    )
    return connection.execute(statement).first()


def settle(
    connection: Connection,
    claimed: Row[Any],
    *,
    put_off: Mapping[str, str],
    missed: Mapping[str, str],
    due_at: datetime | None,
    tried: bool = True,
) -> bool:
    """Record which copies wait until ``due_at``, and who gets none; False when somebody else has the claim.

    Without ``tried`` the server has not heard of them.
    """
    statement = (
        update(outbound)
        .where(
            outbound.c.id == claimed.id,
            outbound.c.attempts == claimed.attempts,
            outbound.c.reason == OutboundReason.COPIES_SENDING,
        )
        .values(
            put_off=put_off or None,
            reason=OutboundReason.COPIES_PUT_OFF if put_off else None,
            answer=func.coalesce(outbound.c.answer, "") + named(missed),
            due_at=due_at,
            not_before=due_at,
            tries=outbound.c.tries + int(tried),
            updated_at=clock.now(),
        )
    )
    return connection.execute(statement).rowcount == 1


def resolve_unknown(connection: Connection, limit: int, *, resend: bool, due_at: datetime) -> list[int]:
    """Take copies past due whose process died before it knew, and return the mails whose copies to send again.

    With ``resend`` they go out again under the same Message-ID, and are counted; otherwise they are given up.
    """
    now = clock.now()
    lost = connection.execute(
        select(outbound)
        .where(outbound.c.reason == OutboundReason.COPIES_SENDING, outbound.c.due_at <= now)
        .order_by(outbound.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    ids = [row.id for row in lost]
    if ids and resend:
        again = {"reason": OutboundReason.COPIES_PUT_OFF, "due_at": due_at, "not_before": None, "updated_at": now}
        connection.execute(
            update(outbound).where(outbound.c.id.in_(ids)).values(**again, resends=outbound.c.resends + 1)
        )
        return ids
    for row in lost:
        settle(connection, row, put_off={}, missed=dict.fromkeys(row.put_off, NOBODY_KNOWS), due_at=None)
    return []
