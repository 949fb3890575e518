"""How many automatic mails may leave: windows for each ticket, address and domain, and what was told already. Pure.

The counts are those of the ledger, to which a batch adds what it lets through. The numbers are Zammad's, that of mails
to a domain is ours; they are settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backbone.addresses import domain_of, normalise
from backbone.contracts import LetterKind
from tickets.planning import Notice

Windows = Mapping[int, int]
"""At most so many mails, by the minutes within which."""

Scope = tuple[Any, ...]
"""What is counted: an address on a ticket, an address, or a domain at a mailbox."""

ONCE_A_DAY = timedelta(days=1)
TOLD_ONCE: tuple[LetterKind, ...] = ("not_accepted", "registration")
"""Kinds that an address gets but once in a while, whatever it writes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many mails in each window, and how long an invitation to register lasts."""

    per_ticket: Windows
    per_address: Windows
    per_domain: Windows
    register_again: timedelta


def ticket_scope(ticket_id: int, address: str) -> Scope:
    """Return the scope of mails to an address about one ticket."""
    return "ticket", ticket_id, address


def address_scope(address: str) -> Scope:
    """Return the scope of all mails to an address."""
    return "address", address


def domain_scope(mailbox_id: int, domain: str) -> Scope:
    """Return the scope of mails that a mailbox sends to a domain."""
    return "domain", mailbox_id, domain


@dataclass(slots=True)
class Book:
    """What automatic mails have left. ``told`` is when an address last got a notice of a kind with its why.

    ``counts`` are by scope and window (minutes).
    """

    limits: Limits
    now: datetime
    counts: Counter[tuple[Scope, int]] = field(default_factory=Counter)
    told: dict[tuple[str, LetterKind, str], datetime] = field(default_factory=dict)
    suppressed: Collection[str] = frozenset()

    def refusal(self, notice: Notice, mailbox_id: int, ticket_id: int | None) -> str:
        """Return why the notice must not leave, or an empty text."""
        address = normalise(notice.to.address)
        if address in self.suppressed:
            return "mail to this address came back; nothing automatic goes there for a while"
        last = self.told.get((address, notice.kind, notice.why))
        if last and self.now - last < self._pause(notice.kind):
            return f"the sender was told the same on {last:%Y-%m-%d %H:%M} UTC"
        for scope, windows, what in self._windows(address, mailbox_id, ticket_id):
            for minutes, most in windows.items():
                if self.counts[scope, minutes] >= most:
                    return f"{most} automatic mails to {what} in {minutes} minutes are enough"
        return ""

    def enter(self, notice: Notice, mailbox_id: int, ticket_id: int | None) -> None:
        """Count a notice that leaves."""
        address = normalise(notice.to.address)
        self.told[address, notice.kind, notice.why] = self.now
        for scope, windows, _ in self._windows(address, mailbox_id, ticket_id):
            self.counts.update((scope, minutes) for minutes in windows)

    def _pause(self, kind: LetterKind) -> timedelta:
        """Return how long a notice of this kind is not repeated."""
        if kind not in TOLD_ONCE:
            return timedelta(0)
        return self.limits.register_again if kind == "registration" else ONCE_A_DAY

    def _windows(self, address: str, mailbox_id: int, ticket_id: int | None) -> list[tuple[Scope, Windows, str]]:
        found = [
            (address_scope(address), self.limits.per_address, "this address"),
            (domain_scope(mailbox_id, domain_of(address)), self.limits.per_domain, "this domain"),
        ]
        if ticket_id is not None:
            found.insert(0, (ticket_scope(ticket_id, address), self.limits.per_ticket, "this address on this ticket"))
        return found
