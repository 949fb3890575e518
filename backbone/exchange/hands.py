"""The threads that do the work of chat events: those of one ticket in one thread, and so in their order.

An event is in hand until it is done, refused, or given up because a store stays away. Waiting for a store is done here,
with the event in hand, so that the broker does not deliver it again and again meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol
from zlib import crc32

import structlog

from backbone import metrics, stage, telemetry
from backbone.catalogue import access
from backbone.catalogue.model import ServiceUser
from backbone.exchange.messages import ChatEvent, QuarantineReason, RefusedError
from backbone.runtime import Runtime

Handler = Callable[[Runtime, ChatEvent, ServiceUser], None]
"""Does what an event says, on behalf of a service user; raises RefusedError when that cannot be done."""

_SCHEME = "bearer "

log = structlog.get_logger(__name__)


class AwayError(Exception):
    """A store stayed away for so long that the event goes back to the broker."""


class Giver(Protocol):
    """Where an event came from, and who wants to know what became of it."""

    closed: bool

    def end(self, tag: int, fault: Exception | None) -> None:
        """Tell what became of the delivery ``tag``; called from another thread."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to work on; ``authorization`` is its header, empty when it has none."""

    giver: Giver
    tag: int
    event: ChatEvent
    authorization: str = field(repr=False)


class Hands:
    """A number of threads, each with its own row of events."""

    def __init__(self, runtime: Runtime, handler: Handler, threads: int, stopping: threading.Event) -> None:
        """Start the threads; when ``stopping`` is set, what has not been begun is left."""
        self._runtime, self._handler, self._stopping = runtime, handler, stopping
        self._rows: list[SimpleQueue[Delivery | None]] = [SimpleQueue() for _ in range(threads)]
        self._threads = [
            threading.Thread(target=self._work, args=(row,), name=f"chat-{number}", daemon=True)
            for number, row in enumerate(self._rows)
        ]
        for thread in self._threads:
            thread.start()

    def give(self, delivery: Delivery) -> None:
        """Put an event into the row of its ticket."""
        self._rows[crc32(delivery.event.ticket.strip().encode()) % len(self._rows)].put(delivery)

    def dismiss(self) -> None:
        """Let the threads end after what they have in hand."""
        for row in self._rows:
            row.put(None)

    def busy(self) -> bool:
        """Whether a thread has not ended."""
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, row: SimpleQueue[Delivery | None]) -> None:
        while (delivery := row.get()) is not None:
            # What came over a connection that is gone is delivered again, perhaps to another process.
            if not (delivery.giver.closed or self._stopping.is_set()):
                delivery.giver.end(delivery.tag, self._fault_of(delivery))

    def _fault_of(self, delivery: Delivery) -> Exception | None:
        """Do the work; return why it was not done, or None."""
        deadline = time.monotonic() + stage.PATIENCE
        pause = 0.2
        with telemetry.correlated(delivery.event.event_id.hex):
            while True:
                try:
                    with metrics.HANDLING.labels(delivery.event.type).time():
                        self._handler(self._runtime, delivery.event, self._user(delivery.authorization))
                except RefusedError as refused:
                    return refused
                except Exception as error:
                    if not stage.is_away(error):
                        log.exception("chat.bug")
                        telemetry.report(error)
                        return RefusedError(
                            QuarantineReason.BUG,
                            f"Postroom has a fault ({type(error).__name__}); its log has the details. Replay the event "
                            "when it has been mended.",
                        )
                    if time.monotonic() > deadline or self._stopping.is_set() or delivery.giver.closed:
                        return AwayError()
                    log.warning("store.away", error=type(error).__name__, retry_in=pause)
                    self._stopping.wait(pause)
                    pause = min(pause * 2, 10)
                else:
                    return None

    def _user(self, authorization: str) -> ServiceUser:
        token = authorization[len(_SCHEME) :].strip() if authorization.lower().startswith(_SCHEME) else ""
        user = access.verify(self._runtime.database, token) if token else None
        if user is None:
            wrong = (
                "The token in the header authorization is unknown, revoked or past its time, or the API user is off"
                if token
                else "The event has no header authorization with 'Bearer prt_…'"
            )
            cure = "mend that, or make a token by 'postroom service-user token api' and replay with it as CHAT_TOKEN"
            raise RefusedError(QuarantineReason.UNAUTHORISED, f"{wrong}; {cure}.")
        return user
