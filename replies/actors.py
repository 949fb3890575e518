"""The queue ``replies``: mails to send, and those sent to be copied to a Sent folder."""

from __future__ import annotations

from collections.abc import Sequence

from backbone.contracts import CopiesOwed, Event, MailQueued
from backbone.runtime import Runtime
from backbone.stage import consumes, schedules
from replies import copying, service


@consumes(MailQueued)
def send(runtime: Runtime, event: MailQueued) -> None:
    """Send the mails."""
    service.send(runtime, event.outbound_ids)


@schedules
def due(runtime: Runtime) -> Sequence[Event]:
    """Find the mails to send again, or at last."""
    return service.due_mails(runtime)


@consumes(CopiesOwed)
def copy(runtime: Runtime, event: CopiesOwed) -> None:
    """Copy the mails to their Sent folder."""
    copying.copy(runtime, event.outbound_ids)


@schedules
def copies_due(runtime: Runtime) -> Sequence[Event]:
    """Find the copies that are owed."""
    return copying.due_copies(runtime)
