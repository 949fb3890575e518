"""The scheduler: looks for what is due, and tells the stage whose work it is.

Any number may run; claims keep them apart. While the broker is away it claims nothing, so that due rows are told
about as soon as it is back.
"""

from __future__ import annotations

import threading
from collections import Counter

import structlog

from backbone import metrics, stage, telemetry
from backbone.ledger import breakers
from backbone.ledger.due import backlog, release_held
from backbone.ledger.events import waiting
from backbone.ledger.states import INBOUND_OPEN, OUTBOUND_OPEN, Inbound, Outbound
from backbone.runtime import Runtime

GAUGES_EVERY = 15
"""Looks between two counts of the ledger for the metrics."""

log = structlog.get_logger(__name__)


def run(runtime: Runtime, stopping: threading.Event) -> None:
    """Look until ``stopping`` is set."""
    look = 0
    while not stopping.is_set():
        try:
            tick(runtime)
            if look % GAUGES_EVERY == 0:
                _measure(runtime)
        except Exception as error:
            if stage.is_away(error):
                log.warning("store.away", error=type(error).__name__)
            else:
                log.exception("scheduler.failed")
                telemetry.report(error)
        look += 1
        stopping.wait(runtime.settings.scheduler_interval)


def tick(runtime: Runtime) -> int:
    """Look once: publish the events of everything that is due; return how many."""
    if not runtime.publisher.ready():
        return 0
    release_held(runtime)
    published = 0
    for source in stage.sources():
        try:
            events = source(runtime)
        except Exception as error:
            if stage.is_away(error):
                raise
            # A bug in one stage's source keeps no other stage from its work.
            log.exception("scheduler.source_failed", source=source.__module__)
            telemetry.report(error)
            continue
        if not runtime.publisher.publish(*events):
            break  # what the other sources would claim now could not be told either
        for event in events:
            metrics.REPUBLISHED.labels(event.type).inc()
        published += len(events)
    return published


def _measure(runtime: Runtime) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    oldest: dict[str, float] = {"inbound_mails": 0, "outbound_mails": 0}
    with runtime.database.reading() as connection:
        for line in backlog(connection):
            counts[line["ledger"], line["state"]] += line["count"]
            oldest[line["ledger"]] = max(oldest[line["ledger"]], line["oldest_seconds"] or 0)
        metrics.BREAKERS_OPEN.set(breakers.count_open(connection))
        metrics.DOMAIN_EVENTS_WAITING.set(waiting(connection))
    # Also the states where nothing stands any more, whose gauges would keep their last value.
    for state in (*INBOUND_OPEN, Inbound.HELD, Inbound.FAILED):
        counts["inbound_mails", state] += 0
    # What is sent or came back is under way as long as its server puts copies off.
    for sending in (*OUTBOUND_OPEN, Outbound.HELD, Outbound.FAILED, Outbound.SENT, Outbound.BOUNCED):
        counts["outbound_mails", sending] += 0
    for (ledger, name), count in counts.items():
        metrics.LEDGER.labels(ledger, name).set(count)
    for ledger, seconds in oldest.items():
        metrics.OLDEST.labels(ledger).set(seconds)
