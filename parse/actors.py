"""The queue ``parse``: raw mails to understand."""

from __future__ import annotations

from collections.abc import Sequence

from backbone.contracts import Event, MailReceived
from backbone.ledger.due import overdue_inbound
from backbone.ledger.states import Inbound
from backbone.routing import batches
from backbone.runtime import Runtime
from backbone.stage import consumes, schedules
from parse import service


@consumes(MailReceived)
def read(runtime: Runtime, event: MailReceived) -> None:
    """Understand the mails."""
    service.read(runtime, event.mail_ids)


@schedules
def due(runtime: Runtime) -> Sequence[Event]:
    """Find the mails whose event got lost, or that wait for another try."""
    return [MailReceived(mail_ids=ids) for ids in batches(overdue_inbound(runtime, Inbound.RECEIVED))]
