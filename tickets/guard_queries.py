"""The SQL that tells how many automatic mails have left lately, to whom, and what about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import ARRAY, Connection, Integer, cast, func, select

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
    connection: Connection, limits: Limits, wanted: Collection[tuple[int, str]], *, once: bool, now: datetime
) -> Book:
    """Return what has left to these mailboxes' ids and normalised addresses.

    With ``once`` also when each was told what is told once only.
    """
    made = Book(limits, now)
    if not wanted:
        return made
    addresses = sorted({address for _, address in wanted})
    made.suppressed = suppressions.among(connection, addresses)
    _count_addresses(connection, made, addresses)
    _count_domains(connection, made, {(mailbox_id, domain_of(address)) for mailbox_id, address in wanted})
    if once:
        _look_up_told(connection, made, addresses)
    return made


def _count_addresses(connection: Connection, made: Book, addresses: Collection[str]) -> None:
    """Count by ticket and address, which also gives the sum of each address."""
    windows = {**made.limits.per_ticket, **made.limits.per_address}
    columns, start = _counting(windows, made.now)
    if not columns:
        return
    rows = connection.execute(
        select(outbound.c.recipient, outbound.c.ticket_id, *columns)
        .where(outbound.c.recipient.in_(addresses), outbound.c.created_at > start, AUTOMATIC)
        .group_by(outbound.c.recipient, outbound.c.ticket_id)
    )
    for row in rows:
        _add(made.counts, address_scope(row.recipient), windows, row)
        if row.ticket_id is not None:
            _add(made.counts, ticket_scope(row.ticket_id, row.recipient), windows, row)


def _count_domains(connection: Connection, made: Book, peers: Collection[tuple[int, str]]) -> None:
    windows = made.limits.per_domain
    columns, start = _counting(windows, made.now)
    if not columns:
        return
    rows = connection.execute(
        select(outbound.c.mailbox_id, outbound.c.domain, *columns)
        .where(
            outbound.c.mailbox_id.in_(sorted({mailbox_id for mailbox_id, _ in peers})),
            outbound.c.domain.in_(sorted({domain for _, domain in peers})),
            outbound.c.created_at > start,
            AUTOMATIC,
        )
        .group_by(outbound.c.mailbox_id, outbound.c.domain)
    )
    for row in rows:
        _add(made.counts, domain_scope(row.mailbox_id, row.domain), windows, row)


def _look_up_told(connection: Connection, made: Book, addresses: Collection[str]) -> None:
    why = func.coalesce(outbound.c.letter["why"].as_string(), "")
    start = made.now - max(made.limits.register_again, ONCE_A_DAY)
    rows = connection.execute(
        select(outbound.c.recipient, outbound.c.kind, why.label("why"), func.max(outbound.c.created_at).label("last"))
        .where(outbound.c.recipient.in_(addresses), outbound.c.created_at > start, outbound.c.kind.in_(TOLD_ONCE))
        .group_by(outbound.c.recipient, outbound.c.kind, why)
    )
    made.told.update({(row.recipient, row.kind, row.why): row.last for row in rows})


def _counting(windows: Windows, now: datetime) -> tuple[list[Any], datetime]:
    """Return a column for each window, and the start of the longest."""
    columns = [
        func.count().filter(outbound.c.created_at > now - timedelta(minutes=minutes)).label(f"last_{minutes}")
        for minutes in windows
    ]
    return columns, now - timedelta(minutes=max(windows, default=0))


def _add(counts: Counter[tuple[Scope, int]], scope: Scope, windows: Windows, row: Any) -> None:
    for minutes in windows:
        counts[scope, minutes] += getattr(row, f"last_{minutes}")
