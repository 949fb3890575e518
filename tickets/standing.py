"""How a ticket stands that a mail may join, and what a mail does to a closed one. Pure.

An answer opens a closed ticket again within the days that its template names; a later one opens a new ticket that is
linked to it. Machines and guests do neither: their mail is kept on the ticket as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A ticket as it stands, the last one where tickets were merged; ``asked`` is the number that was looked for."""

    ticket_id: int
    number: str
    asked: str
    template_id: int
    rule_id: int | None
    object_id: int | None
    reply_by_chat: bool
    closed_at: datetime | None

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers by which the customer may know this ticket."""
        return frozenset({self.number, self.asked})


class Closed(StrEnum):
    """What a mail does to a closed ticket."""

    STAYS = "the message is added, the ticket stays closed"
    REOPENS = "the ticket is opened again"
    NEW_TICKET = "a new ticket is linked to the closed one"


def policy(
    ticket: Standing, *, reopen_days: int, arrived: datetime, automatic: bool, late_stays: bool
) -> tuple[Closed | None, dict[str, Any]]:
    """Return what a mail that ``arrived`` then does to ``ticket``, None when that is open, and the decision's step.

    ``automatic`` mail opens no ticket again, and with ``late_stays`` it opens no new one either.
    """
    if ticket.closed_at is None:
        return None, {}
    late = reopen_days == 0 or arrived - ticket.closed_at > timedelta(days=reopen_days)
    taken = Closed.NEW_TICKET if late else Closed.REOPENS
    if automatic and (late_stays or not late):
        taken = Closed.STAYS
    return taken, {
        "step": "closed_ticket",
        "number": ticket.number,
        "closed_at": ticket.closed_at.isoformat(),
        "reopen_days": reopen_days,
        "late": late,
        "taken": taken.value,
    }
