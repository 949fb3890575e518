"""What the stages do with rows of outbound mail: queue, claim for sending, settle, give up on unknown outcomes.

``attempts`` counts the claims, by which a claim is told from an older one. ``tries`` counts the sends that failed since
the mail was queued, or since a person sent it through again (``renewed_at``). Nobody claims a mail before its
``not_before``, however often it is told of: that is the time to take it back, later the pause after a failure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Update,
    and_,
    bindparam,
    case,
    false,
    insert,
    or_,
    select,
    update,
)

from backbone import clock
from backbone.addresses import domain_of
from backbone.contracts import MailQueued
from backbone.ledger.states import OUTBOUND_MOVES, Outbound, OutboundReason, outbound_sources
from backbone.ledger.tables import outbound
from backbone.routing import batches

AUTOMATIC = outbound.c.kind != "chat_message"
"""The condition that nobody wrote the mail."""

_OUTCOME = ("reason", "answer", "error", "due_at", "sent_at")


def queue(connection: Connection, rows: Sequence[dict[str, Any]], due_at: datetime) -> list[int]:
    """Write rows in state ``queued`` and return their ids, in order.

    A row may name ``not_before``, until which it is not sent and may be taken back.
    """
    now = clock.now()
    common = {"state": Outbound.QUEUED, "created_at": now, "updated_at": now}
    statement = insert(outbound).returning(outbound.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, [_queued(row, due_at) | common for row in rows]))


def _queued(row: dict[str, Any], due_at: datetime) -> dict[str, Any]:
    not_before = row.get("not_before")
    return row | {
        "domain": domain_of(row["recipient"]),
        "not_before": not_before,
        "due_at": max(due_at, not_before) if not_before else due_at,
    }


def cancel(connection: Connection, outbound_id: int) -> bool:
    """Take a queued mail back; False when it is too late, as somebody has begun to send it."""
    statement = (
        update(outbound)
        .where(outbound.c.id == outbound_id, outbound.c.attempts == 0, outbound.c.state == Outbound.QUEUED)
        .values(state=Outbound.CANCELLED, due_at=None, updated_at=clock.now())
    )
    return connection.execute(statement).rowcount == 1


def events(mailbox_of: Mapping[int, int]) -> list[MailQueued]:
    """Return the events that tell of mails, given with the mailbox of each.

    An event names mails of one mailbox only, so that none waits behind another mailbox's server; the events of the
    mailboxes take turns.
    """
    by_mailbox: dict[int, list[int]] = {}
    for outbound_id, mailbox_id in mailbox_of.items():
        by_mailbox.setdefault(mailbox_id, []).append(outbound_id)
    turns = [(turn, ids) for mails in by_mailbox.values() for turn, ids in enumerate(batches(mails))]
    return [MailQueued(outbound_ids=ids) for _, ids in sorted(turns, key=lambda one: one[0])]


def mailboxes_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return the mailbox of each mail, in the order of ``ids``."""
    statement = select(outbound.c.id, outbound.c.mailbox_id).where(outbound.c.id.in_(ids))
    found = {row.id: row.mailbox_id for row in connection.execute(statement)} if ids else {}
    return {one: found[one] for one in ids if one in found}


def _stands_before(state: Outbound) -> ColumnElement[bool]:
    """Return the condition that a row may move to ``state``; without IN, whose list is written out at each run."""
    return or_(false(), *(outbound.c.state == source.value for source in outbound_sources(state)))


def _settling(state: Outbound) -> Update:
    pause: dict[str, Any] = {"not_before": bindparam("new_due_at")} if state is Outbound.DEFERRED else {}
    return (
        update(outbound)
        .where(
            outbound.c.id == bindparam("claimed_id"),
            outbound.c.attempts == bindparam("claimed_attempts"),
            _stands_before(state),
        )
        .values(
            {name: bindparam(f"new_{name}") for name in ("state", "updated_at", *_OUTCOME)}
            | {"tries": outbound.c.tries + bindparam("failed_tries")}
            | pause
        )
    )


# Built once: these run for every mail, and building them costs as much as running them.
_SETTLE = {state: _settling(state) for state in Outbound}
_CLAIM = (
    update(outbound)
    .where(
        outbound.c.id == bindparam("claimed_id"),
        _stands_before(Outbound.SENDING),
        or_(outbound.c.not_before.is_(None), outbound.c.not_before <= bindparam("now")),
    )
    .values(
        state=Outbound.SENDING,
        due_at=bindparam("lease_end"),
        attempts=outbound.c.attempts + 1,
        updated_at=bindparam("now"),
    )
    .returning(outbound)
)


_BOUNCE = (
    update(outbound)
    .where(outbound.c.id == bindparam("bounced_id"), _stands_before(Outbound.BOUNCED))
    .values(
        state=Outbound.BOUNCED,
        answer=bindparam("said"),
        due_at=case((outbound.c.put_off.is_not(None), outbound.c.due_at)),  # the copies still go
        updated_at=bindparam("now"),
    )
)
_PUT_BACK = (
    update(outbound)
    .where(
        outbound.c.id == bindparam("claimed_id"),
        outbound.c.attempts == bindparam("claimed_attempts"),
        outbound.c.state == Outbound.SENDING,
    )
    .values(state=bindparam("former"), due_at=bindparam("soon"), updated_at=bindparam("now"))
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
    A mail that is deferred is not claimed before its ``due_at``; that counts as a try that failed, unless a limit of
    ours put the mail off.
    """
    tried = state is Outbound.DEFERRED and values.get("reason") != OutboundReason.RATE_LIMITED
    new = {"state": state, "updated_at": clock.now(), **dict.fromkeys(_OUTCOME), **values}
    ids = {"claimed_id": claimed.id, "claimed_attempts": claimed.attempts, "failed_tries": int(tried)}
    return connection.execute(_SETTLE[state], ids | {f"new_{name}": value for name, value in new.items()}).rowcount == 1


def put_back(connection: Connection, claimed: Row[Any], due_at: datetime) -> None:
    """Give a claimed mail back as it was, before its server heard of it."""
    deferred = claimed.tries or claimed.reason == OutboundReason.RATE_LIMITED
    values = {
        "claimed_id": claimed.id,
        "claimed_attempts": claimed.attempts,
        "former": Outbound.DEFERRED if deferred else Outbound.QUEUED,
        "soon": due_at,
        "now": clock.now(),
    }
    connection.execute(_PUT_BACK, values)


def put_off(connection: Connection, ids: Sequence[int], due_at: datetime) -> None:
    """Let mails that nobody has claimed be told of again at ``due_at``, not when their lost event would be missed."""
    waits = outbound.c.state.in_((Outbound.QUEUED, Outbound.DEFERRED))
    free = and_(
        or_(waits, outbound.c.reason == OutboundReason.COPIES_PUT_OFF),
        outbound.c.not_before.is_(None) | (outbound.c.not_before <= clock.now()),
    )
    connection.execute(update(outbound).where(outbound.c.id.in_(ids), free).values(due_at=due_at))


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


def sent_as(connection: Connection, message_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Return the mails with these Message-IDs, locked for a change."""
    rows = connection.execute(
        select(outbound).where(outbound.c.message_id.in_(sorted(message_ids))).order_by(outbound.c.id).with_for_update()
    )
    return {row.message_id: row for row in rows}


def tickets_of(connection: Connection, message_ids: Collection[str | None]) -> set[int]:
    """Return the tickets that our mails with these Message-IDs are about."""
    wanted = sorted({one for one in message_ids if one})
    if not wanted:
        return set()
    found = select(outbound.c.ticket_id).where(outbound.c.message_id.in_(wanted), outbound.c.ticket_id.is_not(None))
    return set(connection.scalars(found))


def can_bounce(row: Row[Any]) -> bool:
    """Whether the mail stands where a report of its failure ends it."""
    return Outbound.BOUNCED in OUTBOUND_MOVES[Outbound(row.state)]


def mark_bounced(connection: Connection, answers: Mapping[int, str]) -> list[Row[Any]]:
    """Mark mails as bounced, each with what the report said, and return those that could be."""
    rows = [{"bounced_id": one, "said": answer, "now": clock.now()} for one, answer in answers.items()]
    if not rows:
        return []
    connection.execute(_BOUNCE, rows)
    now_bounced = outbound.c.id.in_(sorted(answers)), outbound.c.state == Outbound.BOUNCED
    return list(connection.execute(select(outbound).where(*now_bounced).order_by(outbound.c.id)))


def reopen(connection: Connection, ids: Sequence[int], due_at: datetime, *, allowed: bool = False) -> list[int]:
    """Queue held or failed mails again, with all their tries and days before them; return those that were.

    What is ``allowed`` passes an open breaker.
    """
    now = clock.now()
    fresh = {"tries": 0, "resends": 0, "renewed_at": now, "not_before": None, "allowed": allowed}
    statement = (
        update(outbound)
        .where(outbound.c.id.in_(ids), outbound.c.state.in_((Outbound.HELD, Outbound.FAILED)))
        .values(state=Outbound.QUEUED, reason=None, error=None, due_at=due_at, updated_at=now, **fresh)
        .returning(outbound.c.id)
    )
    return sorted(connection.scalars(statement))
