"""The queue ``replies``: mails to send."""

from __future__ import annotations

from collections.abc import Sequence

from backbone.contracts import Event, MailQueued
from backbone.runtime import Runtime
from backbone.stage import consumes, schedules
from replies import service


@consumes(MailQueued)
def send(runtime: Runtime, event: MailQueued) -> None:
    """Send the mails."""
    service.send(runtime, event.outbound_ids)


@schedules
def due(runtime: Runtime) -> Sequence[Event]:
    """Find the mails to send again, or at last."""
    return service.due_mails(runtime)
