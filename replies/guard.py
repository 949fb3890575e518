"""What keeps a mail back although its server would take it: breakers that stop a flood, and limits a mailbox has.

Whether a breaker has to trip is counted in the database. So that this costs no mail a query, a process lets a part of
what is left go before it counts again; the less is left, the more often it does. A process that has just started knows
nothing and begins with such a part, so that many processes may go beyond a large number by a few in a hundred.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Row

from backbone import clock, metrics
from backbone.catalogue.model import Mailbox
from backbone.catalogue.outgoing import Breaker
from backbone.database import Database
from backbone.ledger import breakers, limits
from backbone.ledger.breakers import Trip
from backbone.ledger.limits import Over

FRESH = 1.0
"""Seconds for which the open breakers are believed to be those that were read last."""

_BURST_PART, _PING_PONG_PART = 20, 4
_MOST_REMEMBERED = 10_000

log = structlog.get_logger(__name__)


class HeldError(Exception):
    """A breaker holds the mail; the text says which, and what a person may do."""


class LimitedError(Exception):
    """A limit of the mailbox puts the mail off."""

    def __init__(self, over: Over) -> None:
        """Carry until when."""
        super().__init__(over.limit.kind)
        self.until = over.until


class Guard:
    """What a process knows of the floods of one database; shared by its threads."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._open: frozenset[tuple[int, str]] = frozenset()
        self._read_at = float("-inf")
        self._uncounted: dict[Hashable, tuple[int, float]] = {}

    def look(self, connection: Connection) -> None:
        """Learn which breakers are open, unless that is known well enough."""
        if time.monotonic() - self._read_at > FRESH:
            self._open = breakers.opened(connection)
            self._read_at = time.monotonic()

    def check(self, database: Database, row: Row[Any], mailbox: Mailbox) -> None:
        """Return if the mail may go, and count it; raise HeldError or LimitedError if not.

        A mail that a person let through is held by no breaker, but keeps to the limits; so do copies that a server put
        off, as whom the mail is for has it.
        """
        if not row.allowed and not row.put_off:
            self._check_breaker(database, row, mailbox)
        wanted = limits.of(mailbox.outgoing.limits, row.mailbox_id, row.domain)
        if not wanted:
            return
        with database.transaction() as connection:
            over = limits.take(connection, wanted, clock.now())
        if over:
            metrics.RATE_LIMITED.labels(over.limit.kind).inc()
            raise LimitedError(over)

    def _check_breaker(self, database: Database, row: Row[Any], mailbox: Mailbox) -> None:
        peer = (row.mailbox_id, row.domain)
        if peer in self._open:
            raise HeldError(_sentence(mailbox, row.domain))
        reason = self._flood(database, row, mailbox.outgoing.breaker)
        if reason is None:
            return
        with database.transaction() as connection:
            breakers.trip(connection, *peer, reason)
        self._open |= {peer}
        log.error("breaker.tripped", mailbox_id=row.mailbox_id, reason=reason)
        raise HeldError(_sentence(mailbox, row.domain))

    def _flood(self, database: Database, row: Row[Any], breaker: Breaker) -> Trip | None:
        """Return why the breaker has to trip at this mail, which counts already, or None."""
        window = 60 * breaker.minutes
        domain, person = (row.mailbox_id, row.domain), (row.mailbox_id, row.ticket_id, row.recipient)
        if breaker.burst and self._due(domain, breaker.burst // _BURST_PART, window):
            with database.reading() as connection:
                start = breakers.since(connection, *domain, clock.after(-window))
                gone = breakers.gone_to_domain(connection, *domain, start)
            if gone > breaker.burst:
                return Trip.BURST
            self._allow(domain, (breaker.burst - gone) // _BURST_PART)
        if breaker.ping_pong and row.ticket_id and self._due(person, breaker.ping_pong // _PING_PONG_PART, window):
            with database.reading() as connection:
                start = breakers.since(connection, *domain, clock.after(-window))
                gone = breakers.gone_to_person(connection, row.ticket_id, row.recipient, start)
                come = breakers.come_to_ticket(connection, row.ticket_id, start)
            if min(gone - 1, come) >= breaker.ping_pong:
                return Trip.PING_PONG
            self._allow(person, (breaker.ping_pong - gone) // _PING_PONG_PART)
        return None

    def _due(self, what: Hashable, part: int, window: float) -> bool:
        """Whether ``what`` has to be counted in the database now; otherwise one more goes uncounted."""
        now = time.monotonic()
        with self._lock:
            left, counted_at = self._uncounted.get(what, (part, now))
            if now - counted_at > window:
                left, counted_at = part, now
            self._uncounted[what] = (left - 1, counted_at)
            if len(self._uncounted) > _MOST_REMEMBERED:
                self._uncounted.clear()
        return left <= 0

    def _allow(self, what: Hashable, uncounted: int) -> None:
        with self._lock:
            self._uncounted[what] = (uncounted, time.monotonic())


def of(database: Database) -> Guard:
    """Return the guard of this process for ``database``."""
    return _guards.setdefault(database, Guard())


def _sentence(mailbox: Mailbox, domain: str) -> str:
    return (
        f"Sending from {mailbox.address} to {domain} has stopped, as too many mails went there; see 'postroom breaker "
        f"list', and let them go by 'postroom breaker resume {mailbox.address} {domain}'."
    )


_guards: WeakKeyDictionary[Database, Guard] = WeakKeyDictionary()
