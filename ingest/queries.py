"""All SQL of the ingest stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal, or_, select, update

from backbone import clock
from backbone.catalogue.tables import mailboxes
from backbone.database import insert_ignoring
from backbone.tls import Trouble
from ingest.models import mailbox_errors, mailbox_states


def add_missing_states(connection: Connection) -> None:
    """Give every mailbox that has no state yet one that is due now."""
    new = select(mailboxes.c.id, literal(clock.now(), mailbox_states.c.due_at.type)).where(
        mailboxes.c.id.not_in(select(mailbox_states.c.mailbox_id))
    )
    connection.execute(insert_ignoring(connection, mailbox_states).from_select(["mailbox_id", "due_at"], new))


def take_due(connection: Connection, wait: float) -> list[int]:
    """Return the enabled mailboxes that are due and not being read, and put them off by ``wait`` seconds."""
    now = clock.now()
    statement = (
        update(mailbox_states)
        .where(
            mailbox_states.c.due_at <= now,
            or_(mailbox_states.c.lease_until.is_(None), mailbox_states.c.lease_until < now),
            mailbox_states.c.mailbox_id.in_(select(mailboxes.c.id).where(mailboxes.c.enabled)),
        )
        .values(due_at=clock.after(wait))
        .returning(mailbox_states.c.mailbox_id)
    )
    return sorted(connection.scalars(statement))


def lease(connection: Connection, mailbox_id: int, token: str, until: datetime) -> int | None:
    """Take the mailbox until ``until`` and note that a run begins; return how many before it failed in a row.

    None when somebody else has it, or when it has no state yet.
    """
    now = clock.now()
    statement = (
        update(mailbox_states)
        .where(
            mailbox_states.c.mailbox_id == mailbox_id,
            or_(
                mailbox_states.c.lease_until.is_(None),
                mailbox_states.c.lease_until < now,
            ),
        )
        .values(lease_until=until, lease_token=token, last_started=now)
        .returning(mailbox_states.c.failures)
    )
    failures: int | None = connection.scalar(statement)
    return failures


def renew(connection: Connection, mailbox_id: int, token: str, until: datetime) -> bool:
    """Keep the mailbox until ``until``; False when it was given back, or has passed to somebody else."""
    statement = (
        update(mailbox_states)
        .where(mailbox_states.c.mailbox_id == mailbox_id, mailbox_states.c.lease_token == token)
        .values(lease_until=until)
    )
    return connection.execute(statement).rowcount == 1


def release(connection: Connection, mailbox_id: int, token: str) -> None:
    """Give the mailbox back, unless it has passed to somebody else."""
    connection.execute(
        update(mailbox_states)
        .where(mailbox_states.c.mailbox_id == mailbox_id, mailbox_states.c.lease_token == token)
        .values(lease_until=None, lease_token=None)
    )


def started_since(connection: Connection, mailbox_id: int, moment: datetime) -> bool:
    """Whether a run began after ``moment``."""
    statement = select(mailbox_states.c.mailbox_id).where(
        mailbox_states.c.mailbox_id == mailbox_id, mailbox_states.c.last_started > moment
    )
    return connection.scalar(statement) is not None


def failures(connection: Connection, mailbox_id: int) -> int:
    """Return how many runs in a row have failed by now."""
    found = connection.scalar(select(mailbox_states.c.failures).where(mailbox_states.c.mailbox_id == mailbox_id))
    return found or 0


def complete(connection: Connection, mailbox_id: int, token: str, due_at: datetime) -> None:
    """Note that a run ended well, and give the mailbox back, unless it has passed to somebody else's run."""
    connection.execute(
        update(mailbox_states)
        .where(mailbox_states.c.mailbox_id == mailbox_id, mailbox_states.c.lease_token == token)
        .values(
            due_at=due_at, last_completed=clock.now(), last_error=None, failures=0, lease_until=None, lease_token=None
        )
    )


def fail(connection: Connection, mailbox_id: int, token: str, trouble: Trouble, due_at: datetime) -> None:
    """Note why a run failed, and give the mailbox back, unless it has passed to somebody else's run."""
    connection.execute(
        update(mailbox_states)
        .where(mailbox_states.c.mailbox_id == mailbox_id, mailbox_states.c.lease_token == token)
        .values(
            due_at=due_at,
            last_error=trouble.sentence,
            failures=mailbox_states.c.failures + 1,
            lease_until=None,
            lease_token=None,
        )
    )
    connection.execute(
        insert(mailbox_errors).values(
            mailbox_id=mailbox_id, happened_at=clock.now(), fault=trouble.fault, sentence=trouble.sentence
        )
    )


def states(connection: Connection) -> list[Row[Any]]:
    """Return every mailbox with its state, by address."""
    return list(
        connection.execute(
            select(mailboxes.c.id, mailboxes.c.address, mailboxes.c.enabled, mailboxes.c.retired, mailbox_states)
            .join_from(mailboxes, mailbox_states, isouter=True)
            .order_by(mailboxes.c.address)
        )
    )


def errors(
    connection: Connection, mailbox_ids: Sequence[int], since: datetime, until: datetime, limit: int
) -> list[Row[Any]]:
    """Return the errors of these mailboxes in a range of time, newest first."""
    return list(
        connection.execute(
            select(mailbox_errors)
            .where(mailbox_errors.c.mailbox_id.in_(mailbox_ids), mailbox_errors.c.happened_at.between(since, until))
            .order_by(mailbox_errors.c.id.desc())
            .limit(limit)
        )
    )
