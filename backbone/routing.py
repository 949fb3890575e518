"""Which queue carries which event, and which stage consumes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from backbone.contracts import CopiesOwed, Event, MailboxDue, MailParsed, MailQueued, MailReceived

QUEUES: Mapping[type[Event], str] = MappingProxyType(
    {
        MailboxDue: "fetch",
        MailReceived: "parse",
        MailParsed: "tickets",
        MailQueued: "replies",
        CopiesOwed: "replies",
    }
)

STAGES: Mapping[str, str] = MappingProxyType(
    {"ingest": "fetch", "parse": "parse", "tickets": "tickets", "replies": "replies"}
)
"""The stages, in the order of a mail's way, and the queue each consumes."""

BATCH = 16
"""Ids in one event: large enough to share a transaction, small enough to share the work among workers."""


def batches(ids: Sequence[int], size: int = BATCH) -> Iterator[tuple[int, ...]]:
    """Cut ``ids`` into pieces that fit one event each."""
    for start in range(0, len(ids), size):
        yield tuple(ids[start : start + size])
