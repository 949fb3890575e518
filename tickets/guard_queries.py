"""The SQL that tells how many automatic mails have left lately, to whom, and what about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Integer, cast, func, select

from backbone.addresses import domain_of
from backbone.ledger import suppressions
from backbone.ledger.outbound import AUTOMATIC
from backbone.ledger.tables import outbound
from tickets.guards import (
    ONCE_A_DAY,
    TOLD_ONCE,
    Book,
    Limits,
    Scope,
    Windows,
    address_scope,
    domain_scope,
    ticket_scope,
)

_LOCK = 7307373
"""The first half of PostgreSQL's advisory locks on the automatic mail to a domain."""


def one_at_a_time(connection: Connection, domains: Collection[str]) -> None:
    """Wait for whoever else is about to write automatic mail to these domains; others wait for this transaction's end.

    The locks come after those of tickets and external numbers, and before those of all other rows: everybody takes
    them in this order, so that no two wait for each other crosswise.
    """
    if connection.dialect.name != "postgresql" or not domains:
        return  # SQLite has one writer at a time
    keys = sorted({crc32(domain.encode()) - 2**31 for domain in domains})
    each = func.unnest(cast(keys, ARRAY(Integer))).column_valued("key")
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK, each)))


def book(
    connection: Connection,
    limits: Limits,
    wanted: Collection[tuple[int, str]],
    *,
    ticket_ids: Collection[int],
    alive: Collection[str],
    once: bool,
    now: datetime,
) -> Book:
    """Return what has left to these mailboxes' ids and normalised addresses, and about the tickets that there were.

    Of the addresses that are ``alive``, as a mail came from them, none is suppressed. With ``once`` also when each
    address was told what is told once only.
    """
    made = Book(limits, now)
    if not wanted:
        return made
    addresses = sorted({address for _, address in wanted})
    to_these = outbound.c.recipient.in_(addresses)
    made.suppressed = suppressions.among(connection, [one for one in addresses if one not in alive])
    _count(connection, made, limits.per_address, address_scope, [outbound.c.recipient], to_these)
    if ticket_ids:
        on_these = outbound.c.ticket_id.in_(sorted(ticket_ids))
        columns = [outbound.c.ticket_id, outbound.c.recipient]
        _count(connection, made, limits.per_ticket, ticket_scope, columns, to_these & on_these)
    domains = sorted({domain_of(address) for address in addresses})
    boxes = sorted({mailbox_id for mailbox_id, _ in wanted})
    from_and_to = outbound.c.mailbox_id.in_(boxes) & outbound.c.domain.in_(domains)
    _count(connection, made, limits.per_domain, domain_scope, [outbound.c.mailbox_id, outbound.c.domain], from_and_to)
    if once:
        _look_up_told(connection, made, addresses)
    return made


def _count(
    connection: Connection,
    made: Book,
    windows: Windows,
    scope: Callable[..., Scope],
    columns: Sequence[Column[Any]],
    which: ColumnElement[bool],
) -> None:
    """Count, for each window, the automatic mails by ``columns``, of which ``scope`` is made."""
    if not windows:
        return
    since = [made.now - timedelta(minutes=minutes) for minutes in windows]
    counts = [func.count().filter(outbound.c.created_at > start) for start in since]
    mails = which, outbound.c.created_at > min(since), AUTOMATIC
    for row in connection.execute(select(*columns, *counts).where(*mails).group_by(*columns)):
        counted = scope(*row[: len(columns)])
        for minutes, count in zip(windows, row[len(columns) :], strict=True):
            made.counts[counted, minutes] = count


def _look_up_told(connection: Connection, made: Book, addresses: Collection[str]) -> None:
    why = func.coalesce(outbound.c.letter["why"].as_string(), "")
    start = made.now - max(made.limits.register_again, ONCE_A_DAY)
    rows = connection.execute(
        select(outbound.c.recipient, outbound.c.kind, why.label("why"), func.max(outbound.c.created_at).label("last"))
        .where(outbound.c.recipient.in_(addresses), outbound.c.created_at > start, outbound.c.kind.in_(TOLD_ONCE))
        .group_by(outbound.c.recipient, outbound.c.kind, why)
    )
    made.told.update({(row.recipient, row.kind, row.why): row.last for row in rows})
