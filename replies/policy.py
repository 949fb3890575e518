"""What becomes of a mail whose sending went wrong: later, with growing pauses, or never. Pure.

After RFC 5321 section 4.5.4.1: retries go on for days, the pauses grow, a permanent refusal is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backbone.ledger.states import Outbound, OutboundReason
from replies.settings import ReplySettings


class Certainty(StrEnum):
    """What we know about a send that did not end well."""

    NOT_SENT = "not sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a mail moves to, and when it is tried again."""

    state: Outbound
    reason: OutboundReason
    retry_at: datetime | None


def after_failure(
    certainty: Certainty,
    reason: OutboundReason,
    *,
    tries: int,
    since: datetime,
    now: datetime,
    settings: ReplySettings,
) -> Verdict:
    """Return what becomes of a mail after its ``tries``-th try failed, the first of them after ``since``."""
    if certainty is Certainty.REFUSED:
        return Verdict(Outbound.FAILED, reason, None)
    if now - since > timedelta(seconds=settings.give_up_after):
        return Verdict(Outbound.FAILED, OutboundReason.EXPIRED, None)
    return Verdict(Outbound.DEFERRED, reason, now + timedelta(seconds=_pause(tries, settings)))


def copy_again(tries: int, *, now: datetime, settings: ReplySettings) -> datetime | None:
    """Return when a copy to a Sent folder is tried again after its ``tries``-th try failed; None when no more."""
    waited = sum(_pause(one, settings) for one in range(1, tries))
    return now + timedelta(seconds=_pause(tries, settings)) if waited < settings.give_up_after else None


def _pause(tries: int, settings: ReplySettings) -> float:
    """Return the seconds to wait after the ``tries``-th try."""
    return min(settings.first_retry * 2.0 ** min(tries - 1, 20), settings.longest_retry)
