"""Sending what we owe: claim, send, record (design section 3).

The claim and the Message-ID are committed before the server hears of the mail, the outcome after it answered. Who dies
in between leaves a row in ``sending`` past due, whose outcome nobody knows; by setting it is sent again under the same
Message-ID and counted, or held for a person.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import clock, metrics, settings, stage, telemetry
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import Event, Letter, MailQueued
from backbone.errors import UserError
from backbone.ledger import due, outbound, tables
from backbone.ledger.states import Outbound, OutboundReason
from backbone.routing import batches
from backbone.runtime import Runtime
from replies import connections
from replies.compose import compose
from replies.policy import Certainty, after_failure
from replies.settings import ReplySettings
from replies.smtp import SendError

log = structlog.get_logger(__name__)

PAUSE_WHEN_AWAY = 0.5
"""Seconds between two tries to record an outcome while the database is away."""


@lru_cache(maxsize=1)
def own_settings() -> ReplySettings:
    """Return the settings of this stage."""
    return settings.load(ReplySettings)


def send(runtime: Runtime, outbound_ids: Sequence[int]) -> None:
    """Send the mails that stand at ``queued`` or ``deferred``."""
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
    for outbound_id in outbound_ids:
        if stage.stopping.is_set():
            return  # what is left stays queued, and is due again
        _send(runtime, catalogue, outbound_id)


def due_mails(runtime: Runtime) -> list[Event]:
    """Return the events of mails to send whose event got lost, whose pause is over, or whose outcome is unknown."""
    shared = runtime.settings
    with runtime.database.transaction() as connection:
        again = outbound.resolve_unknown(
            connection, due.CLAIM, resend=shared.unknown_outcome == "resend", due_at=runtime.due()
        )
        waiting = due.overdue(
            connection, tables.outbound, (Outbound.QUEUED, Outbound.DEFERRED), due.CLAIM, shared.requeue_after
        )
    metrics.RESENT.inc(len(again))
    if again:
        log.warning("mail.outcome_unknown", outbound_ids=again)
    return [MailQueued(outbound_ids=ids) for ids in batches(again + waiting)]


def _send(runtime: Runtime, catalogue: Catalogue, outbound_id: int) -> None:
    with runtime.database.statement() as connection:
        row = outbound.claim(connection, outbound_id, clock.after(runtime.settings.sending_lease))
    if row is None:
        return
    mailbox = catalogue.mailboxes.get(row.mailbox_id)
    with telemetry.correlated(row.correlation_id, outbound_id=row.id):
        if row.resends > own_settings().most_resends:
            # It took its process along each time.
            _settle(runtime, row, Outbound.HELD, reason=OutboundReason.OUTCOME_UNKNOWN)
            return
        try:
            words = _deliver(runtime, row, mailbox)
        except SendError as error:
            _record_failure(runtime, row, error)
        except Exception as error:
            if stage.is_away(error):
                _settle(runtime, row, Outbound.DEFERRED, reason=OutboundReason.CONNECTION, due_at=runtime.due())
                raise
            _record_bug(runtime, row, error)
        else:
            _settle(runtime, row, Outbound.SENT, answer=words, sent_at=clock.now())
            log.info("mail.sent", kind=row.kind, attempts=row.attempts)


def _deliver(runtime: Runtime, row: Row[Any], mailbox: Mailbox | None) -> str:
    """Compose and send; return the server's words."""
    if mailbox is None or mailbox.smtp is None:
        words = "The mailbox has no SMTP server any more; give it one and replay the mail."
        raise SendError(Certainty.REFUSED, OutboundReason.NO_SMTP, words)
    letter = Letter.model_validate(row.letter)
    try:
        contents = [runtime.blobs.get(attachment.sha256) for attachment in letter.attachments]
    except BlobMissingError as error:
        raise SendError(Certainty.REFUSED, OutboundReason.BUG, f"The attachment {error} is gone.") from error
    mail = compose(
        letter,
        mailbox=mailbox,
        message_id=row.message_id,
        date=row.created_at,
        instance=runtime.settings.instance,
        contents=contents,
    )
    server, own = mailbox.smtp, own_settings()
    return connections.send(
        mail,
        mailbox_id=mailbox.id,
        server=server,
        password=lambda: _password(runtime, server.password),
        settings=own,
        # The claim ends with its lease; whoever holds it has to know the outcome before.
        answer_timeout=min(own.answer_timeout, 0.8 * runtime.settings.sending_lease),
    )


def _password(runtime: Runtime, sealed: str) -> str:
    try:
        return runtime.vault.decrypt(sealed)
    except UserError as error:
        raise SendError(Certainty.NOT_SENT, OutboundReason.LOGIN_REFUSED, str(error)) from error


def _record_failure(runtime: Runtime, row: Row[Any], error: SendError) -> None:
    if error.certainty is Certainty.UNKNOWN and row.resends >= own_settings().most_resends:
        _settle(runtime, row, Outbound.HELD, reason=OutboundReason.OUTCOME_UNKNOWN, answer=error.words)
        log.warning("mail.outcome_unknown", error=error.words, resends=row.resends)
        return
    if error.certainty is Certainty.UNKNOWN:
        # Nothing is written: the row stays in sending and is resolved when its lease is over, like after a crash.
        log.warning("mail.outcome_unknown", error=error.words)
        return
    verdict = after_failure(
        error.certainty,
        error.reason,
        attempts=row.attempts,
        created_at=row.created_at,
        now=clock.now(),
        settings=own_settings(),
    )
    _settle(runtime, row, verdict.state, reason=verdict.reason, answer=error.words, due_at=verdict.retry_at)
    log.warning("mail.not_sent", state=verdict.state, reason=verdict.reason)


def _record_bug(runtime: Runtime, row: Row[Any], error: Exception) -> None:
    telemetry.report(error)
    done = row.attempts >= runtime.settings.max_attempts
    _settle(
        runtime,
        row,
        Outbound.FAILED if done else Outbound.DEFERRED,
        reason=OutboundReason.BUG,
        error="".join(traceback.format_exception(error)),
        due_at=None if done else clock.after(runtime.settings.requeue_after),
    )
    log.error("mail.bug", stage="replies", error=type(error).__name__)


def _settle(runtime: Runtime, row: Row[Any], state: Outbound, **values: Any) -> None:
    """Record what became of a mail; a database that is away is waited for, lest a mail that was sent is sent again."""
    deadline = time.monotonic() + runtime.settings.sending_lease
    while True:
        try:
            with runtime.database.statement() as connection:
                recorded = outbound.settle(connection, row, state, **values)
            break
        except Exception as error:
            if not stage.is_away(error) or time.monotonic() > deadline or stage.stopping.is_set():
                raise
            log.warning("store.away", error=type(error).__name__, retry_in=PAUSE_WHEN_AWAY)
            stage.stopping.wait(PAUSE_WHEN_AWAY)
    if not recorded:
        log.warning("mail.claim_lost", state=state)
        return
    metrics.MAILS.labels("replies", state, values.get("reason") or "").inc()
