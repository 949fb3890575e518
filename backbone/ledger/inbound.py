"""What the stages do with rows of inbound mail: record, take, settle, fail, reopen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, false, func, or_, select, update

from backbone import clock
from backbone.catalogue import tables as catalogue
from backbone.database import insert_ignoring
from backbone.ledger.states import INBOUND_OPEN, Inbound, InboundReason, sources
from backbone.ledger.tables import inbound

REOPENABLE = (Inbound.HELD, Inbound.FAILED, Inbound.IGNORED)
"""What a person may send through the pipeline again; a mail that is still on its way is left to it."""

_TO_READ = tuple(
    inbound.c[name] for name in ("id", "mailbox_id", "correlation_id", "oversize", "raw_key", "parsed_key")
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail seen in a mailbox, its raw bytes already stored.

    ``dedup_key`` is equal for two deliveries of one mail and for nothing else (see ``ingest.identity``).
    ``silent``: an old mail, taken by a backfill, of which nobody is told.
    """

    mailbox_id: int
    folder: str
    uid_validity: int
    uid: int
    dedup_key: str
    message_id: str | None
    raw_key: str
    size: int
    oversize: bool = False
    silent: bool = False
    correlation_id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mail becomes. ``values`` are further columns to set."""

    mail_id: int
    state: Inbound
    reason: InboundReason | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def known_uids(
    connection: Connection, mailbox_id: int, folder: str, uid_validity: int, uids: Sequence[int]
) -> set[int]:
    """Return those of ``uids`` that already have a row."""
    found = connection.scalars(
        select(inbound.c.uid).where(
            inbound.c.mailbox_id == mailbox_id,
            inbound.c.folder == folder,
            inbound.c.uid_validity == uid_validity,
            inbound.c.uid.in_(uids),
        )
    )
    return set(found)


def record(connection: Connection, mails: Sequence[Seen], due_at: datetime) -> list[int]:
    """Write a row for each mail and return the ids of those that are new, in order.

    A mail already in the mailbox's ledger by its dedup key gets a row in state ``duplicate``; one whose UID has a row
    already gets none.
    """
    now = clock.now()
    rows = [_row(mail, now) | {"state": Inbound.RECEIVED, "due_at": due_at} for mail in mails]
    wanted = insert_ignoring(connection, inbound).returning(inbound.c.id, inbound.c.uid)
    new = {uid: mail_id for mail_id, uid in connection.execute(wanted, rows)}
    again = [mail for mail in mails if mail.uid not in new]
    if again:
        _record_duplicates(connection, again, now)
    return sorted(new.values())


def standing(connection: Connection, ids: Iterable[int], state: Inbound) -> Sequence[Row[Any]]:
    """Return those of ``ids`` that stand at ``state``, without locking them: what is needed to read the mails."""
    wanted = select(*_TO_READ).where(inbound.c.id.in_(list(ids)), inbound.c.state == state).order_by(inbound.c.id)
    return connection.execute(wanted).all()


def take(connection: Connection, ids: Iterable[int], state: Inbound) -> Sequence[Row[Any]]:
    """Lock and return those of ``ids`` that stand at ``state`` and that nobody else is working on."""
    wanted = (
        select(inbound)
        .where(inbound.c.id.in_(list(ids)), inbound.c.state == state)
        .order_by(inbound.c.id)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(wanted).all()


def settle(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Move each mail to its new state; a mail that somebody else has moved meanwhile stays as it is."""
    now = clock.now()
    groups: dict[tuple[Inbound, tuple[str, ...]], list[dict[str, Any]]] = {}
    for outcome in outcomes:
        values = {
            "reason": outcome.reason,
            "due_at": None,
            "updated_at": now,
            "error": None,
            "held_at_version": None,
            **outcome.values,
        }
        row = {f"new_{name}": value for name, value in values.items()} | {"row_id": outcome.mail_id}
        groups.setdefault((outcome.state, tuple(sorted(values))), []).append(row)
    for (state, names), rows in groups.items():
        # Not IN: its list of parameters cannot be sent with many rows at once.
        movable = or_(false(), *(inbound.c.state == source for source in sources(state)))
        statement = (
            update(inbound)
            .where(inbound.c.id == bindparam("row_id"), movable)
            .values({"state": state.value} | {name: bindparam(f"new_{name}") for name in names})
        )
        connection.execute(statement, rows)


def postpone(connection: Connection, ids: Sequence[int], due_at: datetime) -> None:
    """Let mails stay where they stand, to be looked at again at ``due_at``."""
    connection.execute(
        update(inbound).where(inbound.c.id.in_(ids), inbound.c.state.in_(INBOUND_OPEN)).values(due_at=due_at)
    )


def fail(connection: Connection, mail_id: int, error: str, *, max_attempts: int, retry_at: datetime) -> Inbound | None:
    """Record a bug met by a mail: another try at ``retry_at``, or ``failed`` when the tries are used up.

    Returns the new state, or None when the mail has moved on meanwhile.
    """
    open_ = (inbound.c.id == mail_id, inbound.c.state.in_(INBOUND_OPEN))
    row = connection.execute(select(inbound.c.attempts, inbound.c.state).where(*open_).with_for_update()).first()
    if row is None:
        return None
    attempts = row.attempts + 1
    done = attempts >= max_attempts
    state = Inbound.FAILED if done else Inbound(row.state)
    connection.execute(
        update(inbound)
        .where(*open_)
        .values(
            state=state,
            attempts=attempts,
            error=error,
            reason=InboundReason.BUG,
            due_at=None if done else retry_at,
            updated_at=clock.now(),
        )
    )
    return state


def reopen(
    connection: Connection, ids: Sequence[int], due_at: datetime, *, as_new: Mapping[str, Any] | None = None
) -> list[int]:
    """Send held, failed or ignored mails through the pipeline again; return those that were.

    With ``as_new``, JSON that says who wants it and when, they belong to no conversation, whatever they answer, also
    when they are sent through once more.
    """
    said = {} if as_new is None else {"as_new": as_new}
    statement = (
        update(inbound)
        .where(inbound.c.id.in_(ids), inbound.c.state.in_(REOPENABLE))
        .values(
            state=Inbound.RECEIVED,
            reason=None,
            error=None,
            held_at_version=None,
            attempts=0,
            due_at=due_at,
            updated_at=clock.now(),
            **said,
        )
        .returning(inbound.c.id)
    )
    return sorted(connection.scalars(statement))


def held_by_an_older(connection: Connection) -> bool:
    """Return whether mails were held by an older catalogue than the newest; asked every second, so in one statement.

    By the oldest of these versions, which stands first in its index: PostgreSQL would take a third of all mails to be
    older than a number that it does not know, and read the whole ledger for one.
    """
    oldest = select(func.min(inbound.c.held_at_version)).where(inbound.c.held_at_version.is_not(None))
    newest = select(catalogue.version.c.number).scalar_subquery()
    return bool(connection.scalar(select(oldest.scalar_subquery() < newest)))


def release(connection: Connection, version: int, limit: int, due_at: datetime) -> list[int]:
    """Send up to ``limit`` mails on that were held at an older ``version`` of the catalogue; return their ids.

    What held them may have been mended since; if not, they are held again, at this version.
    """
    held = (
        select(inbound.c.id)
        .where(inbound.c.held_at_version < version, inbound.c.state == Inbound.HELD)
        .order_by(inbound.c.held_at_version, inbound.c.id)  # an answer after the mail that it answers
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(inbound)
        .where(inbound.c.id.in_(connection.scalars(held).all()))
        .values(state=Inbound.RECEIVED, reason=None, held_at_version=None, due_at=due_at, updated_at=clock.now())
        .returning(inbound.c.id)
    )
    return sorted(connection.scalars(statement))


def _row(mail: Seen, now: datetime) -> dict[str, Any]:
    return {
        "mailbox_id": mail.mailbox_id,
        "folder": mail.folder,
        "uid_validity": mail.uid_validity,
        "uid": mail.uid,
        "dedup_key": mail.dedup_key,
        "message_id": mail.message_id,
        "raw_key": mail.raw_key,
        "size": mail.size,
        "oversize": mail.oversize,
        "silent": mail.silent,
        "correlation_id": mail.correlation_id,
        "created_at": now,
        "updated_at": now,
    }


def _record_duplicates(connection: Connection, mails: Sequence[Seen], now: datetime) -> None:
    first = dict(
        connection.execute(
            select(inbound.c.dedup_key, inbound.c.id).where(
                inbound.c.mailbox_id == mails[0].mailbox_id,
                inbound.c.dedup_key.in_([mail.dedup_key for mail in mails]),
                inbound.c.state != Inbound.DUPLICATE,
            )
        ).all()
    )
    rows = [
        _row(mail, now)
        | {
            "state": Inbound.DUPLICATE,
            "reason": InboundReason.SAME_MAIL,
            "duplicate_of": first[mail.dedup_key],
            "decision": [{"step": "duplicate", "of": first[mail.dedup_key], "message_id": mail.message_id}],
        }
        for mail in mails
        if mail.dedup_key in first
    ]
    if rows:
        connection.execute(insert_ignoring(connection, inbound), rows)
