"""Recording what became of a mail that was claimed; the one place at which a mail's state changes after its send."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Row

from backbone import clock, metrics, stage, telemetry
from backbone.exchange.events import ReplyFailed, ReplySent
from backbone.ledger import breakers, copies, events, late, outbound, suppressions
from backbone.ledger.events import Happened
from backbone.ledger.states import Outbound, OutboundReason
from backbone.runtime import Runtime
from replies.policy import Certainty, after_failure
from replies.settings import ReplySettings
from replies.smtp import SendError, Taken

T = TypeVar("T")

PAUSE_WHEN_AWAY = 0.5
"""Seconds between two tries to record an outcome while the database is away."""

log = structlog.get_logger(__name__)


def record_sent(runtime: Runtime, row: Row[Any], taken: Taken, own: ReplySettings, *, copy: bool) -> None:
    """Record that a mail was taken for whom it is for; with ``copy`` also that its copy for the Sent folder is owed.

    Copies that the server put off are sent later.
    """

    def write(connection: Connection) -> None:
        if copy:
            copies.owe(connection, row.id)
        if taken.put_off:
            late.owe(connection, row.id, taken.put_off, clock.after(own.first_retry))

    answer = taken.words + late.named(taken.refused)
    more = write if copy or taken.put_off else None
    settle(runtime, row, Outbound.SENT, more, answer=answer, sent_at=clock.now())
    metrics.LATE_COPIES.labels("put_off").inc(len(taken.put_off))
    log.info("mail.sent", kind=row.kind, attempts=row.attempts, put_off=len(taken.put_off))


def settle(
    runtime: Runtime, row: Row[Any], state: Outbound, more: Callable[[Connection], None] | None = None, **values: Any
) -> None:
    """Record what became of a mail, and write ``more`` in the same transaction."""
    told = _told(runtime, row, state, values)
    dead = _dead(row, values)
    waits = state is Outbound.DEFERRED and row.kind != "chat_message"  # its address may have died while it was sent

    def write(connection: Connection) -> bool:
        recorded = outbound.settle(connection, row, state, **values)
        if recorded:
            if more:
                more(connection)
            events.record(runtime, connection, told)
            until = clock.after(runtime.settings.suppress_days * suppressions.DAY)
            suppressions.suppress(connection, dead, until)
            if waits:
                suppressions.cancel_if_suppressed(connection, row.recipient)
        return recorded

    if written(runtime, write, several=bool(more or told or dead or waits)):
        metrics.MAILS.labels("replies", state, values.get("reason") or "").inc()
    else:
        log.warning("mail.claim_lost", state=state)


def hold(runtime: Runtime, row: Row[Any], words: str, otherwise: datetime) -> None:
    """Record that an open breaker holds a mail; if a person has closed it meanwhile, try again at ``otherwise``."""
    if written(runtime, lambda connection: breakers.hold(connection, row, words, otherwise), several=True):
        metrics.MAILS.labels("replies", Outbound.HELD, OutboundReason.BREAKER).inc()


def put_back(runtime: Runtime, row: Row[Any], due_at: datetime) -> None:
    """Give a mail back, of which its server has not heard, to be tried again at ``due_at``."""
    written(runtime, lambda connection: outbound.put_back(connection, row, due_at), several=False)


def written(runtime: Runtime, write: Callable[[Connection], T], *, several: bool) -> T:
    """Return what ``write`` returns, in a transaction if it has ``several`` statements.

    A database that is away is waited for, lest a mail that was sent is sent again.
    """
    database = runtime.database
    deadline = time.monotonic() + runtime.settings.sending_lease
    while True:
        try:
            with database.transaction() if several else database.statement() as connection:
                return write(connection)
        except Exception as error:
            if not stage.is_away(error) or time.monotonic() > deadline or stage.stopping.is_set():
                raise
            log.warning("store.away", error=type(error).__name__, retry_in=PAUSE_WHEN_AWAY)
            stage.stopping.wait(PAUSE_WHEN_AWAY)


def _dead(row: Row[Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the mail's address, if its server said that there is none such, with these words."""
    words = values.get("answer") or ""
    refused = values.get("reason") is OutboundReason.RECIPIENT_REFUSED and suppressions.refuses_address(words)
    return {row.recipient: words} if refused else {}


def _told(runtime: Runtime, row: Row[Any], state: Outbound, values: Mapping[str, Any]) -> list[Happened]:
    """Return what other systems are told of it: how the mail of a chat message ended."""
    if runtime.settings.embedded or not row.chat_message_id or state not in (Outbound.SENT, Outbound.FAILED):
        return []
    number = row.letter["number"]
    common = {
        "ticket": number,
        "message_id": row.chat_message_id,
        "outbound_id": row.id,
        "recipient": row.recipient,
        "answer": values.get("answer"),
    }
    if state is Outbound.SENT:
        return [Happened(number, ReplySent.model_validate(common), row.correlation_id)]
    failed = common | {"reason": values.get("reason") or ""}
    return [Happened(number, ReplyFailed.model_validate(failed), row.correlation_id)]


def record_failure(runtime: Runtime, row: Row[Any], error: SendError, own: ReplySettings) -> None:
    """Record that a mail was not sent, or perhaps was, and what comes of it."""
    if error.certainty is Certainty.UNKNOWN and row.resends >= own.most_resends:
        settle(runtime, row, Outbound.HELD, reason=OutboundReason.OUTCOME_UNKNOWN, answer=error.words)
        log.warning("mail.outcome_unknown", error=error.words, resends=row.resends)
        return
    if error.certainty is Certainty.UNKNOWN:
        # Nothing is written: the row stays in sending and is resolved when its lease is over, like after a crash.
        log.warning("mail.outcome_unknown", error=error.words)
        return
    verdict = after_failure(
        error.certainty,
        error.reason,
        tries=row.tries + 1,
        since=row.renewed_at or row.created_at,
        now=clock.now(),
        settings=own,
    )
    settle(runtime, row, verdict.state, reason=verdict.reason, answer=error.words, due_at=verdict.retry_at)
    log.warning("mail.not_sent", state=verdict.state, reason=verdict.reason)


def record_bug(runtime: Runtime, row: Row[Any], error: Exception) -> None:
    """Record a fault of ours with its traceback; the mail is tried again, and failed at last."""
    telemetry.report(error)
    done = row.tries + 1 >= runtime.settings.max_attempts
    settle(
        runtime,
        row,
        Outbound.FAILED if done else Outbound.DEFERRED,
        reason=OutboundReason.BUG,
        error="".join(traceback.format_exception(error)),
        due_at=None if done else clock.after(runtime.settings.requeue_after),
    )
    log.error("mail.bug", stage="replies", error=type(error).__name__)
