"""Sending what we owe: claim, send, record (design section 3).

The claim and the Message-ID are committed before the server hears of the mail, the outcome after it answered. Who dies
in between leaves a row in ``sending`` past due, whose outcome nobody knows; by setting it is sent again under the same
Message-ID and counted, or held for a person.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import clock, metrics, settings, stage, telemetry
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import Event
from backbone.errors import UserError
from backbone.ledger import due, outbound, tables
from backbone.ledger import late as late_copies
from backbone.ledger.states import Outbound, OutboundReason
from backbone.runtime import Runtime
from replies import connections, guard, late, writing
from replies.connections import Peer
from replies.guard import HeldError, LimitedError
from replies.outcomes import hold, put_back, record_bug, record_failure, record_sent, settle
from replies.places import NoPlaceError
from replies.policy import Certainty
from replies.settings import ReplySettings
from replies.smtp import SendError, Taken

PAUSE_WITHOUT_PLACE = 3.0
"""Seconds until a mail is looked at again for which its server had no place."""

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def own_settings() -> ReplySettings:
    """Return the settings of this stage."""
    return settings.load(ReplySettings)


def send(runtime: Runtime, outbound_ids: Sequence[int]) -> None:
    """Send the mails that stand at ``queued`` or ``deferred``.

    They are of one mailbox, so that when its server has no place for one, it has none for those behind it.
    """
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
        guard.of(runtime.database).look(connection)
    for place, outbound_id in enumerate(outbound_ids):
        if stage.stopping.is_set():
            return  # what is left stays queued, and is due again
        try:
            _send(runtime, catalogue, outbound_id)
        except NoPlaceError:
            with runtime.database.statement() as connection:
                outbound.put_off(connection, outbound_ids[place + 1 :], clock.after(PAUSE_WITHOUT_PLACE))
            return


def due_mails(runtime: Runtime) -> Sequence[Event]:
    """Return the events of mails to send whose event got lost, whose pause is over, or whose outcome is unknown."""
    shared = runtime.settings
    with runtime.database.transaction() as connection:
        resend = shared.unknown_outcome == "resend"
        again = outbound.resolve_unknown(connection, due.CLAIM, resend=resend, due_at=runtime.due())
        again += late_copies.resolve_unknown(connection, due.CLAIM, resend=resend, due_at=runtime.due())
        # What is sent, or has come back, is due only when its server has put copies off.
        states = (Outbound.QUEUED, Outbound.DEFERRED, Outbound.SENT, Outbound.BOUNCED)
        waiting = due.overdue(connection, tables.outbound, states, due.CLAIM, shared.requeue_after)
        mailbox_of = outbound.mailboxes_of(connection, again + waiting)
    metrics.RESENT.inc(len(again))
    if again:
        log.warning("mail.outcome_unknown", outbound_ids=again)
    return outbound.events(mailbox_of)


def _send(runtime: Runtime, catalogue: Catalogue, outbound_id: int) -> None:
    """Claim a mail, or its late copies, and send; raise NoPlaceError when its server has no place for it."""
    until = clock.after(runtime.settings.sending_lease)
    with runtime.database.statement() as connection:
        row = outbound.claim(connection, outbound_id, until) or late_copies.claim(connection, outbound_id, until)
    if row is None:
        return
    mailbox = catalogue.mailboxes.get(row.mailbox_id)
    several = len(catalogue.mailboxes) > 1
    with telemetry.correlated(row.correlation_id, outbound_id=row.id):
        if row.put_off:
            _send_late(runtime, row, mailbox, several=several)
        else:
            _send_mail(runtime, row, mailbox, several=several)


def _send_mail(runtime: Runtime, row: Row[Any], mailbox: Mailbox | None, *, several: bool) -> None:
    """Send a claimed mail, and record what became of it; raise NoPlaceError when its server has no place for it."""
    if row.resends > own_settings().most_resends:
        # It took its process along each time.
        settle(runtime, row, Outbound.HELD, reason=OutboundReason.OUTCOME_UNKNOWN)
        return
    try:
        taken = _deliver(runtime, row, mailbox, several=several)
    except NoPlaceError:
        put_back(runtime, row, clock.after(PAUSE_WITHOUT_PLACE))
        raise
    except HeldError as held:
        hold(runtime, row, str(held), otherwise=clock.after(PAUSE_WITHOUT_PLACE))
    except LimitedError as limited:
        settle(runtime, row, Outbound.DEFERRED, reason=OutboundReason.RATE_LIMITED, due_at=limited.until)
    except SendError as error:
        record_failure(runtime, row, error, own_settings())
    except Exception as error:
        if stage.is_away(error):  # the server has heard nothing yet
            put_back(runtime, row, runtime.due())
            raise
        record_bug(runtime, row, error)
    else:
        copy = mailbox is not None and bool(mailbox.outgoing.sent_folder)
        record_sent(runtime, row, taken, own_settings(), copy=copy)


def _send_late(runtime: Runtime, row: Row[Any], mailbox: Mailbox | None, *, several: bool) -> None:
    """Send claimed copies, and record what became of them; raise NoPlaceError when their server has no place for it."""
    if row.resends > own_settings().most_resends:
        late.give_up(runtime, row, own_settings())
        return
    try:
        taken = _deliver(runtime, row, mailbox, several=several)
    except NoPlaceError:
        late.put_back(runtime, row, clock.after(PAUSE_WITHOUT_PLACE))
        raise
    except LimitedError as limited:
        late.put_back(runtime, row, limited.until)
    except SendError as error:
        late.record_failure(runtime, row, error, own_settings())
    except Exception as error:
        if stage.is_away(error):  # the server has heard nothing yet
            late.put_back(runtime, row, runtime.due())
            raise
        late.record_bug(runtime, row, error, own_settings())
    else:
        late.record(runtime, row, taken, own_settings())


def _deliver(runtime: Runtime, row: Row[Any], mailbox: Mailbox | None, *, several: bool) -> Taken:
    """Send the mail if nothing keeps it back, and return what became of it.

    With ``several`` mailboxes no server may have more than half of the threads, as it may hang at any time.
    """
    if mailbox is None or mailbox.smtp is None:
        words = "The mailbox has no SMTP server any more; give it one and replay the mail."
        raise SendError(Certainty.REFUSED, OutboundReason.NO_SMTP, words)
    own, sealed = own_settings(), mailbox.smtp.password
    half = max(1, runtime.threads // 2)
    # The claim ends with its lease; whoever holds it has to know the outcome before.
    patience = min(own.answer_timeout, 0.8 * runtime.settings.sending_lease)
    with connections.line(
        Peer(mailbox.id, mailbox.smtp),
        password=lambda: _password(runtime, sealed),
        settings=own,
        answer_timeout=patience,
        until=time.monotonic() + runtime.settings.sending_lease - patience,
        most=min(own.connections, half) if several else own.connections,
        slow_most=half,
    ) as line:
        write = writing.writer(runtime, row, mailbox)
        guard.of(runtime.database).check(runtime.database, row, mailbox)
        return line.send(write)


def _password(runtime: Runtime, sealed: str) -> str:
    try:
        return runtime.vault.decrypt(sealed)
    except UserError as error:
        raise SendError(Certainty.NOT_SENT, OutboundReason.LOGIN_REFUSED, str(error)) from error
