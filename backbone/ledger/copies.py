"""Copies of sent mail that a mailbox's Sent folder is owed: a step of its own, after and apart from the sending.

A copy is owed from the transaction on in which its mail became sent. Whoever makes copies leases them first, so that
no two do it at once; what a crash leaves is due again when the lease is over. Nothing here touches the mail itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from backbone import clock
from backbone.contracts import CopiesOwed
from backbone.database import insert_ignoring
from backbone.ledger.tables import outbound, sent_copies
from backbone.routing import batches


def owe(connection: Connection, outbound_id: int) -> None:
    """Write down that a mail, sent just now, is to be copied."""
    connection.execute(insert_ignoring(connection, sent_copies).values(outbound_id=outbound_id, due_at=clock.now()))


def overdue(connection: Connection, limit: int, wait: float) -> list[CopiesOwed]:
    """Return the events of copies past due, each of one mailbox; their due time is pushed on by ``wait`` seconds."""
    rows = connection.execute(
        select(sent_copies.c.outbound_id, outbound.c.mailbox_id)
        .join(outbound, outbound.c.id == sent_copies.c.outbound_id)
        .where(sent_copies.c.due_at <= clock.now())
        .order_by(sent_copies.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=sent_copies)
    ).all()
    _change(connection, [row.outbound_id for row in rows], {"due_at": clock.after(wait)})
    by_mailbox: dict[int, list[int]] = {}
    for row in rows:
        by_mailbox.setdefault(row.mailbox_id, []).append(row.outbound_id)
    return [CopiesOwed(outbound_ids=part) for ids in by_mailbox.values() for part in batches(ids)]


def lease(connection: Connection, ids: Sequence[int], until: datetime) -> list[Row[Any]]:
    """Take the copies of ``ids`` that are owed and that nobody has taken; return their mails, with the attempts made.

    ``until`` is when they are due again, if nothing was recorded by then.
    """
    free = or_(sent_copies.c.leased_until.is_(None), sent_copies.c.leased_until <= clock.now())
    taken = connection.execute(
        update(sent_copies)
        .where(sent_copies.c.outbound_id.in_(ids), sent_copies.c.due_at.is_not(None), free)
        .values(leased_until=until, due_at=until, attempts=sent_copies.c.attempts + 1)
        .returning(sent_copies.c.outbound_id, sent_copies.c.attempts)
    ).all()
    attempts = {row.outbound_id: row.attempts for row in taken}
    mails = select(outbound, sent_copies.c.attempts.label("copy_attempts")).join(
        sent_copies, sent_copies.c.outbound_id == outbound.c.id
    )
    return list(connection.execute(mails.where(outbound.c.id.in_(attempts)).order_by(outbound.c.id)))


def give_back(connection: Connection, ids: Sequence[int], due_at: datetime) -> None:
    """Give leased copies back with which nothing was done."""
    fresh = {"leased_until": None, "due_at": due_at, "attempts": sent_copies.c.attempts - 1}
    _change(connection, ids, fresh)


def made(connection: Connection, ids: Sequence[int]) -> None:
    """Record that the copies stand in the folder."""
    _change(connection, ids, {"copied_at": clock.now(), "due_at": None, "leased_until": None, "error": None})


def failed(connection: Connection, outbound_id: int, error: str, retry_at: datetime | None) -> None:
    """Record why a copy was not made, and when it is tried again; None gives it up."""
    still_owed = (sent_copies.c.outbound_id == outbound_id, sent_copies.c.copied_at.is_(None))
    values = {"error": error, "due_at": retry_at, "leased_until": None}
    connection.execute(update(sent_copies).where(*still_owed).values(**values))


def forget(connection: Connection, ids: Sequence[int]) -> None:
    """Drop copies that are owed no more, as an administrator has switched them off."""
    connection.execute(delete(sent_copies).where(sent_copies.c.outbound_id.in_(ids)))


def given_up(connection: Connection) -> list[dict[str, Any]]:
    """Return the copies that were given up: ids, the errors, what the last one says, and when the mails were sent."""
    error = sent_copies.c.error
    wanted = (
        select(
            sent_copies.c.outbound_id.label("id"),
            error,
            error.label("what"),
            outbound.c.sent_at.label("updated_at"),
        )
        .join(outbound, outbound.c.id == sent_copies.c.outbound_id)
        .where(sent_copies.c.due_at.is_(None), sent_copies.c.copied_at.is_(None))
    )
    return [dict(row._mapping) for row in connection.execute(wanted)]


def renew(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Owe copies again that were given up; return those that were."""
    statement = (
        update(sent_copies)
        .where(sent_copies.c.outbound_id.in_(ids), sent_copies.c.due_at.is_(None), sent_copies.c.copied_at.is_(None))
        .values(due_at=clock.now(), attempts=0)
        .returning(sent_copies.c.outbound_id)
    )
    return sorted(connection.scalars(statement))


def _change(connection: Connection, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    if ids:
        connection.execute(update(sent_copies).where(sent_copies.c.outbound_id.in_(ids)).values(**values))
