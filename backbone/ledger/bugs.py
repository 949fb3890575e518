"""What happens to a mail that meets a bug of ours: tried again, then ``failed`` with its traceback, for a person."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import structlog

from backbone import clock, metrics, telemetry
from backbone.ledger import inbound
from backbone.ledger.states import Inbound, InboundReason

if TYPE_CHECKING:
    from backbone.runtime import Runtime

log = structlog.get_logger(__name__)


def record_inbound(runtime: Runtime, stage: str, mail_id: int, error: Exception) -> None:
    """Record that ``stage`` failed on a mail, report the bug, and plan the next try."""
    telemetry.report(error)
    settings = runtime.settings
    with runtime.database.transaction() as connection:
        state = inbound.fail(
            connection,
            mail_id,
            "".join(traceback.format_exception(error)),
            max_attempts=settings.max_attempts,
            retry_at=clock.after(settings.requeue_after),
        )
    log.error("mail.bug", stage=stage, mail_id=mail_id, error=type(error).__name__, state=state)
    if state is Inbound.FAILED:
        metrics.MAILS.labels(stage, Inbound.FAILED, InboundReason.BUG).inc()
