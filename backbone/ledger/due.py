"""Rows past due: what the scheduler publishes again, whatever became of the first event (design section 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, FromClause, Table, func, select, union_all, update

from backbone import clock
from backbone.catalogue.snapshot import newest_version
from backbone.ledger import inbound as inbound_mails
from backbone.ledger.states import INBOUND_OPEN, OUTBOUND_OPEN, Inbound
from backbone.ledger.tables import STUCK, inbound, outbound

if TYPE_CHECKING:
    from backbone.runtime import Runtime

CLAIM = 512
"""Rows that one look of the scheduler claims of each state."""

LONGEST_WAIT = 3600
"""Seconds between two publications of one row at the most; the wait doubles from ``requeue_after`` up to this."""

_LEDGERS = ((inbound, INBOUND_OPEN), (outbound, OUTBOUND_OPEN))


def overdue(connection: Connection, table: Table, states: Iterable[str], limit: int, wait: float) -> list[int]:
    """Claim up to ``limit`` rows of ``table`` in ``states`` past due, push their due time on, and return their ids.

    The longer a row has been waiting since its last change, the longer until it is due again: a queue that is merely
    long is not made longer by copies of its events.
    """
    now = clock.now()
    found = connection.execute(
        select(table.c.id, table.c.updated_at)
        .where(table.c.due_at <= now, table.c.state.in_(list(states)))
        .order_by(table.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    waits: dict[int, list[int]] = {}
    for row in found:
        age = (now - row.updated_at).total_seconds()
        waits.setdefault(int(min(max(wait, age), LONGEST_WAIT)), []).append(row.id)
    for seconds, ids in waits.items():
        connection.execute(update(table).where(table.c.id.in_(ids)).values(due_at=clock.after(max(seconds, wait))))
    return [row.id for row in found]


def release_held(runtime: Runtime) -> int:
    """Send on the mails that an older catalogue held and the newest may let through; return how many."""
    with runtime.database.reading() as connection:
        if not inbound_mails.held_by_an_older(connection):
            return 0
    with runtime.database.transaction() as connection:
        return len(inbound_mails.release(connection, newest_version(connection), CLAIM, clock.now()))


def overdue_inbound(runtime: Runtime, state: Inbound) -> list[int]:
    """Claim and return the inbound mails at ``state`` that are past due."""
    with runtime.database.transaction() as connection:
        return overdue(connection, inbound, (state,), CLAIM, runtime.settings.requeue_after)


def backlog(connection: Connection) -> list[dict[str, Any]]:
    """Return, for each ledger and state that is not an end, how many rows there are and of what age in seconds.

    By indices, so that it costs the same however many mails have been done with.
    """
    lines: list[dict[str, Any]] = []
    for table, open_ in _LEDGERS:
        columns = table.c.state, table.c.reason, table.c.created_at
        moving, stuck = select(*columns).where(table.c.due_at.is_not(None)), select(*columns).where(STUCK)
        lines += _lines(connection, table, union_all(moving, stuck).subquery(), open_)
    return lines


def counted(connection: Connection) -> list[dict[str, Any]]:
    """Return what :func:`backlog` does, with the rows in final states, for which all of them are read."""
    return [line for table, open_ in _LEDGERS for line in _lines(connection, table, table, open_)]


def _lines(connection: Connection, table: Table, rows: FromClause, open_: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the counts of ``rows`` of a ledger; the age is that of the oldest open one, None for what does not move."""
    now = clock.now()
    grouped = rows.c.state, rows.c.reason
    for state, reason, count, first in connection.execute(
        select(*grouped, func.count(), func.min(rows.c.created_at)).group_by(*grouped).order_by(*grouped)
    ):
        age = (now - first).total_seconds() if state in open_ else None
        yield {"ledger": table.name, "state": state, "reason": reason, "count": count, "oldest_seconds": age}
