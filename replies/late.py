"""Recording what became of copies that a server had put off; the mail itself is sent, whatever becomes of them.

They are tried as mails are: with growing pauses, and as many days from the moment on at which the mail was sent. What
the server says of a recipient decides; what keeps us from asking it is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from backbone import clock, metrics, telemetry
from backbone.ledger import late
from backbone.ledger.states import Outbound, OutboundReason
from backbone.runtime import Runtime
from replies.outcomes import written
from replies.policy import Certainty, after_failure
from replies.settings import ReplySettings
from replies.smtp import SendError, Taken

log = structlog.get_logger(__name__)


def record(runtime: Runtime, row: Row[Any], taken: Taken, own: ReplySettings) -> None:
    """Record a try at which the server was asked for each of them."""
    reached = len(row.put_off) - len(taken.refused) - len(taken.put_off)
    _settle(runtime, row, own, put_off=taken.put_off, missed=taken.refused, reached=reached)


def record_failure(runtime: Runtime, row: Row[Any], error: SendError, own: ReplySettings) -> None:
    """Record a try at which the mail was not taken, or perhaps was."""
    if error.certainty is Certainty.UNKNOWN:
        # Nothing is written: they are resolved when the lease is over, like after a crash.
        log.warning("copies.outcome_unknown", error=error.words)
        return
    words = dict.fromkeys(row.put_off, error.words)
    if error.certainty is Certainty.REFUSED and error.reason is not OutboundReason.NO_SMTP:
        _settle(runtime, row, own, put_off={}, missed=words)
    else:
        _settle(runtime, row, own, put_off=words, missed={})


def record_bug(runtime: Runtime, row: Row[Any], error: Exception, own: ReplySettings) -> None:
    """Record a fault of ours; an update may mend it within the days of the retries."""
    telemetry.report(error)
    log.error("mail.bug", stage="replies", error=type(error).__name__)
    words = dict.fromkeys(row.put_off, f"a fault of Postroom's ({type(error).__name__})")
    _settle(runtime, row, own, put_off=words, missed={})


def give_up(runtime: Runtime, row: Row[Any], own: ReplySettings) -> None:
    """Record that their outcome stayed unknown too often."""
    _settle(runtime, row, own, put_off={}, missed=dict.fromkeys(row.put_off, late.NOBODY_KNOWS))


def put_back(runtime: Runtime, row: Row[Any], due_at: datetime) -> None:
    """Give them back, of which the server has not heard, to be tried again at ``due_at``."""

    def write(connection: Connection) -> bool:
        return late.settle(connection, row, put_off=row.put_off, missed={}, due_at=due_at, tried=False)

    written(runtime, write, several=False)


def _settle(
    runtime: Runtime,
    row: Row[Any],
    own: ReplySettings,
    *,
    put_off: Mapping[str, str],
    missed: Mapping[str, str],
    reached: int = 0,
) -> None:
    """Record who waits on and who gets none; after the days of retries nobody waits any more."""
    verdict = after_failure(
        Certainty.NOT_SENT,
        OutboundReason.COPIES_PUT_OFF,
        tries=row.tries + 1,
        since=row.sent_at,
        now=clock.now(),
        settings=own,
    )
    if verdict.state is Outbound.FAILED:
        put_off, missed = {}, {**missed, **put_off}
    due_at = verdict.retry_at if put_off else None

    def write(connection: Connection) -> bool:
        return late.settle(connection, row, put_off=put_off, missed=missed, due_at=due_at)

    if not written(runtime, write, several=False):
        log.warning("mail.claim_lost", state=row.state)
        return
    for result, count in (("sent", reached), ("put_off", len(put_off)), ("given_up", len(missed))):
        metrics.LATE_COPIES.labels(result).inc(count)
    log.info("copies.tried", sent=reached, put_off=len(put_off), given_up=len(missed))
