"""What the stages do with rows of outbound mail: queue, claim for sending, settle, give up on unknown outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, false, insert, or_, select, update

from backbone import clock
from backbone.ledger.states import Outbound, OutboundReason, outbound_sources
from backbone.ledger.tables import outbound

_OUTCOME = ("reason", "answer", "error", "due_at", "sent_at")


def queue(connection: Connection, rows: Sequence[dict[str, Any]], due_at: datetime) -> list[int]:
    """Write rows in state ``queued`` and return their ids, in order."""
    now = clock.now()
    common = {"state": Outbound.QUEUED, "due_at": due_at, "created_at": now, "updated_at": now}
    statement = insert(outbound).returning(outbound.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [row | common for row in rows]))


def _stands_before(state: Outbound) -> ColumnElement[bool]:
    """Return the condition that a row may move to ``state``; without IN, whose list is written out at each run."""
    return or_(false(), *(outbound.c.state == source.value for source in outbound_sources(state)))


def _settling(state: Outbound) -> Update:
    return (
        update(outbound)
        .where(
            outbound.c.id == bindparam("claimed_id"),
            outbound.c.attempts == bindparam("claimed_attempts"),
            _stands_before(state),
        )
        .values({name: bindparam(f"new_{name}") for name in ("state", "updated_at", *_OUTCOME)})
    )


# Built once: these run for every mail, and building them costs as much as running them.
_SETTLE = {state: _settling(state) for state in Outbound}
_CLAIM = (
    update(outbound)
    .where(outbound.c.id == bindparam("claimed_id"), _stands_before(Outbound.SENDING))
    .values(
        state=Outbound.SENDING,
        due_at=bindparam("lease_end"),
        attempts=outbound.c.attempts + 1,
        updated_at=bindparam("now"),
    )
    .returning(outbound)
)


def claim(connection: Connection, outbound_id: int, due_at: datetime) -> Row[Any] | None:
    """Move a mail from ``queued`` or ``deferred`` to ``sending`` and return it; None when it is not to be sent now.

    ``due_at`` is when its outcome, still not recorded by then, counts as unknown.
    """
    values = {"claimed_id": outbound_id, "lease_end": due_at, "now": clock.now()}
    return connection.execute(_CLAIM, values).first()


def settle(connection: Connection, claimed: Row[Any], state: Outbound, **values: Any) -> bool:
    """Record what became of a claimed mail; False when the claim has passed to somebody else meanwhile.

    ``values`` may set ``reason``, ``answer``, ``error``, ``due_at`` and ``sent_at``; what is not named is emptied.
    """
    new = {"state": state, "updated_at": clock.now(), **dict.fromkeys(_OUTCOME), **values}
    ids = {"claimed_id": claimed.id, "claimed_attempts": claimed.attempts}
    return connection.execute(_SETTLE[state], ids | {f"new_{name}": value for name, value in new.items()}).rowcount == 1


def resolve_unknown(connection: Connection, limit: int, *, resend: bool, due_at: datetime) -> list[int]:
    """Take mails in ``sending`` past due, whose process died before it knew, and return those to send again.

    With ``resend`` they are queued under the same Message-ID and counted; otherwise they are held for a person.
    """
    now = clock.now()
    lost = (
        select(outbound.c.id)
        .where(outbound.c.state == Outbound.SENDING, outbound.c.due_at <= now)
        .order_by(outbound.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.scalars(lost))
    if not ids:
        return []
    values: dict[str, Any] = {"updated_at": now, "reason": OutboundReason.OUTCOME_UNKNOWN}
    if resend:
        values |= {"state": Outbound.QUEUED, "due_at": due_at, "resends": outbound.c.resends + 1}
    else:
        values |= {"state": Outbound.HELD, "due_at": None}
    connection.execute(update(outbound).where(outbound.c.id.in_(ids)).values(values))
    return ids if resend else []


def mark_bounced(connection: Connection, message_id: str, answer: str) -> Row[Any] | None:
    """Mark the sent mail of that Message-ID as bounced and return it, or None when there is none."""
    statement = (
        update(outbound)
        .where(outbound.c.message_id == message_id, _stands_before(Outbound.BOUNCED))
        .values(state=Outbound.BOUNCED, answer=answer, due_at=None, updated_at=clock.now())
        .returning(outbound)
    )
    return connection.execute(statement).first()


def reopen(connection: Connection, ids: Sequence[int], due_at: datetime) -> list[int]:
    """Queue held or failed mails again; return those that were."""
    statement = (
        update(outbound)
        .where(outbound.c.id.in_(ids), outbound.c.state.in_((Outbound.HELD, Outbound.FAILED)))
        .values(state=Outbound.QUEUED, reason=None, error=None, due_at=due_at, updated_at=clock.now())
        .returning(outbound.c.id)
    )
    return sorted(connection.scalars(statement))
