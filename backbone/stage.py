"""How a stage's handlers meet the queues: declared by ``@consumes``, decoded, run, and their end recorded.

A handler returns, or something is raised. A store that is away (database, blobs) is waited for, here, with the event
in hand: there is nothing else that this worker could do. Whatever else is raised by a batch is found out mail by mail,
so that one mail never takes its neighbours along.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import dramatiq
import structlog
from dramatiq.broker import Broker
from pydantic import ValidationError

from backbone import metrics
from backbone.blobs import StoreUnavailableError
from backbone.broker import UnreadableEventError
from backbone.contracts import Event
from backbone.database import unreachable
from backbone.routing import QUEUES
from backbone.runtime import Runtime

PATIENCE = 480.0
"""Seconds to wait for a store before the event is given up, below RabbitMQ's 30 minutes; its rows are due again."""

E = TypeVar("E", bound=Event)
Handler = Callable[[Runtime, E], None]
Source = Callable[[Runtime], Sequence[Event]]

log = structlog.get_logger(__name__)
stopping = threading.Event()
"""Set when this process is asked to end, so that long waits end too."""

_handlers: dict[type[Event], Handler[Event]] = {}
_sources: list[Source] = []


def consumes(event: type[E]) -> Callable[[Handler[E]], Handler[E]]:
    """Declare the decorated function as the handler of ``event``."""

    def declare(handler: Handler[E]) -> Handler[E]:
        _handlers[event] = handler  # type: ignore[assignment]  # a handler is only ever called with its own event
        return handler

    return declare


def schedules(source: Source) -> Source:
    """Declare the decorated function as one that finds overdue work and returns its events."""
    _sources.append(source)
    return source


def load(stages: Iterable[str]) -> None:
    """Import the handlers of ``stages``."""
    for name in stages:
        importlib.import_module(f"{name}.actors")


def sources() -> tuple[Source, ...]:
    """Return what the loaded stages schedule."""
    return tuple(_sources)


def attach(broker: Broker, runtime: Runtime) -> None:
    """Make an actor on ``broker`` of every handler that is loaded."""
    for event, handler in _handlers.items():
        declare = dramatiq.actor(actor_name=event.model_fields["type"].default, queue_name=QUEUES[event], broker=broker)
        declare(_decoding(event, handler, runtime))


def one_by_one(
    ids: Sequence[int],
    work: Callable[[Sequence[int]], None],
    record_bug: Callable[[int, Exception], None],
) -> None:
    """Do ``work`` for all of ``ids`` together; when it raises, for each alone, and record what a single one raises."""
    try:
        work(ids)
    except Exception as error:
        if is_away(error):
            raise
        if len(ids) == 1:
            record_bug(ids[0], error)
            return
        log.warning("batch.split", size=len(ids), error=type(error).__name__)
        for one in ids:
            one_by_one([one], work, record_bug)


def _decoding(event_type: type[Event], handler: Handler[Event], runtime: Runtime) -> Callable[[str], None]:
    name: str = event_type.model_fields["type"].default

    def run(payload: str) -> None:
        try:
            event = event_type.model_validate_json(payload)
        except ValidationError as error:
            metrics.EVENTS.labels(name, "unreadable").inc()
            log.error("event.unreadable", event_type=name, faults=error.error_count())  # noqa: TRY400 - no traceback
            raise UnreadableEventError(name) from None
        with metrics.HANDLING.labels(name).time():
            _patiently(lambda: handler(runtime, event))
        metrics.EVENTS.labels(name, "done").inc()

    return run


def _patiently(work: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE
    pause = 0.2
    while True:
        try:
            return work()
        except Exception as error:
            if not is_away(error) or time.monotonic() > deadline or stopping.is_set():
                raise
            log.warning("store.away", error=type(error).__name__, retry_in=pause)
            stopping.wait(pause)
            pause = min(pause * 2, 10)


def is_away(error: Exception) -> bool:
    """Whether ``error`` says that a store cannot be reached for now, which is no fault of any mail."""
    return isinstance(error, StoreUnavailableError) or unreachable(error)
