"""The queue ``fetch``: mailboxes that are due."""

from __future__ import annotations

from collections.abc import Sequence

from backbone.contracts import Event, MailboxDue
from backbone.runtime import Runtime
from backbone.stage import consumes, schedules
from ingest import service


@consumes(MailboxDue)
def fetch(runtime: Runtime, event: MailboxDue) -> None:
    """Take the unread mails of the mailbox."""
    service.fetch_due(runtime, event.mailbox_id, event.occurred_at)


@schedules
def due(runtime: Runtime) -> Sequence[Event]:
    """Find the mailboxes that want to be looked at."""
    return service.due_mailboxes(runtime)
