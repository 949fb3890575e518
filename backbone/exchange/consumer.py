"""Takes chat events from their queue: each is acknowledged when its work is committed, or put aside with a reason.

pika's connection belongs to one thread, which keeps it alive while others work; they only tell it what became of what.
Who loses the connection connects again after growing pauses and declares the queues anew. What was in hand meanwhile
is delivered again, which is harmless (``event_id``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from typing import Any

import pika
import structlog
from pika.exceptions import AMQPError
from sqlalchemy import select

from backbone import metrics, stage, telemetry
from backbone.broker import connection_urls
from backbone.exchange import headers, quarantine
from backbone.exchange.hands import AwayError, Delivery, Handler, Hands
from backbone.exchange.messages import ChatEvent, QuarantineReason, RefusedError, read
from backbone.exchange.topology import CHAT, DELIVERY_LIMIT, declare_chat
from backbone.runtime import Runtime

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds without a try after the connection was lost; the pause doubles until events flow again."""

FINISH_SECONDS = 30.0
"""Seconds that the work in hand gets when the process is asked to end."""

LOOK_EVERY = 1.0

UNREAD = "chat"
"""What the metrics call an event whose type is not known, as it was not read."""

log = structlog.get_logger(__name__)


class LostError(Exception):
    """The broker does not deliver any more, as the queue was deleted or has moved."""


def run(runtime: Runtime, handler: Handler, threads: int, stopping: threading.Event) -> None:
    """Take events until ``stopping`` is set; what is in hand then is finished."""
    hands = Hands(runtime, handler, threads, stopping)
    pause = FIRST_PAUSE
    while not stopping.is_set():
        session = Session(runtime, hands)
        try:
            session.run(stopping)
        except AwayError:
            log.warning("store.away", retry_in=pause)
            _wait_for_database(runtime, stopping)
        except (AMQPError, LostError, OSError) as error:
            log.warning("broker.unreachable", error=type(error).__name__, why=str(error)[:200], retry_in=pause)
        except Exception as error:
            log.exception("chat.failed")
            telemetry.report(error)
        finally:
            session.close()
        pause = FIRST_PAUSE if session.worked else min(pause * 2, LONGEST_PAUSE)
        stopping.wait(pause)
    hands.dismiss()


def _wait_for_database(runtime: Runtime, stopping: threading.Event) -> None:
    """Wait without a consumer, as events that are delivered in vain count towards the limit of deliveries."""
    while not stopping.wait(LONGEST_PAUSE / 6):
        try:
            with runtime.database.reading() as connection:
                connection.execute(select(1))
        except Exception as error:
            if not stage.is_away(error):
                raise
        else:
            return


class Session:
    """One connection to the broker, and what was delivered over it."""

    def __init__(self, runtime: Runtime, hands: Hands) -> None:
        """Connect when it is run."""
        self._runtime, self._hands = runtime, hands
        self._connection: Any = None
        self._channel: Any = None
        self._aside: Any = None
        self._in_hand: dict[int, tuple[bytes, Mapping[str, Any], str]] = {}
        self._ended: SimpleQueue[tuple[int, Exception | None]] = SimpleQueue()
        self._lost = False
        self.closed = False
        self.worked = False
        """Whether an event was brought to its end."""

    def run(self, stopping: threading.Event) -> None:
        """Take events until ``stopping`` is set, or raise what ends the session."""
        urls = connection_urls(self._runtime.settings)
        self._connection = pika.BlockingConnection([pika.URLParameters(url) for url in urls])
        self._aside = self._connection.channel()
        self._aside.confirm_delivery()
        self._channel = self._connection.channel()
        declare_chat(self._channel)
        self._channel.basic_qos(prefetch_count=self._runtime.settings.chat_prefetch)
        self._channel.add_on_cancel_callback(self._cancelled)
        self._channel.basic_consume(CHAT, self._take)
        log.info("chat.consuming")
        while not stopping.is_set():
            self._turn(LOOK_EVERY)
            if self._lost:
                raise LostError("the queue was deleted or has moved")
        self._hands.dismiss()
        deadline = time.monotonic() + FINISH_SECONDS
        while self._hands.busy() and time.monotonic() < deadline:
            self._turn(0.1)
        self._turn(0)

    def close(self) -> None:
        """Give up the connection; what has not been acknowledged is delivered again."""
        self.closed = True
        self._drop_channel()
        try:
            if self._connection is not None and self._connection.is_open:
                self._connection.close()
        except (AMQPError, OSError):
            log.debug("broker.closed_already")

    def end(self, tag: int, fault: Exception | None) -> None:
        """Tell what became of a delivery; called from the thread that worked on it."""
        self._ended.put((tag, fault))
        try:
            self._connection.add_callback_threadsafe(lambda: None)  # wakes the thread of the connection
        except AMQPError:
            log.debug("broker.closed_already")

    def _drop_channel(self) -> None:
        """Let the broker close the channel by a fault, so that it takes back what is in hand before it goes on.

        Closed in good order, the consumer would be cancelled first, and the next one would get later events of a ticket
        before those that we give back.
        """
        try:
            if self._channel is not None and self._channel.is_open:
                self._channel.queue_declare(f"{CHAT}.nothing", passive=True)
        except (AMQPError, OSError):
            log.debug("broker.channel_closed")

    def _cancelled(self, _frame: Any) -> None:
        self._lost = True

    def _take(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        given = properties.headers or {}
        self._in_hand[method.delivery_tag] = body, given, UNREAD
        try:
            event = self._read(body, headers.deliveries(given) if method.redelivered else 0)
        except RefusedError as refused:
            self._ended.put((method.delivery_tag, refused))
            return
        self._in_hand[method.delivery_tag] = body, given, event.type
        self._hands.give(Delivery(self, method.delivery_tag, event, headers.authorization(given)))

    def _read(self, body: bytes, deliveries: int) -> ChatEvent:
        if deliveries >= DELIVERY_LIMIT:  # after one more RabbitMQ would put it aside, with its token open
            raise RefusedError(QuarantineReason.DELIVERY_LIMIT, quarantine.DEADLY)
        return read(body, self._runtime.settings.chat_file_bytes)

    def _turn(self, seconds: float) -> None:
        """Talk with the broker for at most ``seconds``, and tell it what has ended."""
        if self._ended.empty():
            self._connection.process_data_events(time_limit=seconds)
        while True:
            try:
                tag, fault = self._ended.get_nowait()
            except Empty:
                return
            body, given, name = self._in_hand.pop(tag)
            if isinstance(fault, RefusedError):
                quarantine.put(self._aside, self._runtime.vault, body, given, fault)
                metrics.QUARANTINED.labels(fault.reason).inc()
                log.warning("chat.quarantined", reason=fault.reason, bytes=len(body))
            elif fault is not None:
                raise fault
            self._channel.basic_ack(tag)
            self.worked = True
            metrics.EVENTS.labels(name, "quarantined" if fault else "done").inc()
