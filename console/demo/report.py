"""What happened, as one JSON object: every number is read back from the database and the mailboxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.demo.customers import CUSTOMERS
from console.demo.story import STEPS, Outcome
from console.demo.world import World


def report(world: World, outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    """Return the report; ``ok`` only when every step was seen to happen and the sums agree."""
    counts = world.counts()
    inboxes = {customer.account.address: world.inbox(customer.account) for customer in CUSTOMERS}
    arrived = [mail for inbox in inboxes.values() for mail in inbox]
    notices = sum(mail["Auto-Submitted"] is not None for mail in arrived)
    return {
        "ok": complete(outcomes) and counts.add_up,
        "seconds": round(seconds, 3),
        "steps": [
            {"name": one.step.name, "ok": one.ok, "seconds": one.seconds, "detail": one.detail} for one in outcomes
        ],
        "mails_seen": counts.seen,
        "tickets": counts.tickets,
        "notices": counts.notices,
        "replies": counts.replies,
        "threaded_answers": counts.answers,
        "automatic_answers": counts.automatic,
        "decisions": counts.decisions,
        "add_up": counts.add_up,
        "ledger": {"inbound": counts.inbound, "outbound": counts.outbound},
        "mailboxes": {
            "notices": notices,
            "replies": len(arrived) - notices,
            "mails": {address: len(inbox) for address, inbox in inboxes.items()},
        },
    }


def complete(outcomes: Sequence[Outcome]) -> bool:
    """Whether every step of the story was seen to happen."""
    return len(outcomes) == len(STEPS) and all(outcome.ok for outcome in outcomes)
