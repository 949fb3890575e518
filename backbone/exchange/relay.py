"""Tells the domain events on ``postroom.events``: published in order, confirmed, and only then deleted.

Any number of relays may run; a lock lets one at a time. One that dies between the confirm and the delete leaves events
that the next one tells again, under the same ids. While the broker is away they wait in their table.
"""

from __future__ import annotations

import threading

import pika
import structlog

from backbone import metrics, stage, telemetry
from backbone.broker import connection_urls
from backbone.exchange.events import CONTENT_TYPE, envelope
from backbone.exchange.line import Line, LineError
from backbone.exchange.topology import EVENTS
from backbone.ledger import events
from backbone.runtime import Runtime

BATCH = 500
LOOK_EVERY = 0.2
"""Seconds between two looks when nothing waits."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds without a try while the broker is away."""

FINISH_SECONDS = 35.0
"""Seconds that the batch in hand gets when the process is asked to end; a broker that does not answer has 30."""

_PROPERTIES = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)

log = structlog.get_logger(__name__)


def run(runtime: Runtime, stopping: threading.Event) -> None:
    """Tell what happens until ``stopping`` is set."""
    line = open_line(runtime)
    pause = FIRST_PAUSE
    while not stopping.is_set():
        try:
            line.open()  # also while there is nothing to tell: who wants to listen needs the exchange
            if relay(runtime, line) < BATCH:
                line.rest(LOOK_EVERY)
            pause = FIRST_PAUSE
        except Exception as error:
            if isinstance(error, LineError):
                log.warning("broker.unreachable", error=str(error), retry_in=pause)
            elif stage.is_away(error):
                log.warning("store.away", error=type(error).__name__, retry_in=pause)
            else:
                log.exception("relay.failed")
                telemetry.report(error)
            line.close()
            line = open_line(runtime)
            stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    line.close()


def open_line(runtime: Runtime) -> Line:
    """Return a line to the exchange, which is not connected yet."""
    return Line(connection_urls(runtime.settings), EVENTS)


def relay(runtime: Runtime, line: Line) -> int:
    """Tell the oldest events that wait; return how many. Raises LineError when the broker did not take them all."""
    with runtime.database.transaction() as connection:
        rows = events.claim(connection, BATCH)
        if rows:
            line.publish([(row.type, envelope(row, runtime.settings.instance)) for row in rows], _PROPERTIES)
            events.forget(connection, [row.id for row in rows])
    for row in rows:
        metrics.TOLD.labels(row.type).inc()
    return len(rows)
