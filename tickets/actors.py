"""The queue ``tickets``: parsed mails to decide on."""

from __future__ import annotations

from collections.abc import Sequence

from backbone.contracts import Event, MailParsed
from backbone.ledger.due import overdue_inbound
from backbone.ledger.states import Inbound
from backbone.routing import batches
from backbone.runtime import Runtime
from backbone.stage import consumes, schedules
from tickets import service


@consumes(MailParsed)
def decide(runtime: Runtime, event: MailParsed) -> None:
    """Bring the mails to their end."""
    service.decide(runtime, event.mail_ids)


@schedules
def due(runtime: Runtime) -> Sequence[Event]:
    """Find the mails whose event got lost, or that wait for another try."""
    return [MailParsed(mail_ids=ids) for ids in batches(overdue_inbound(runtime, Inbound.PARSED))]
