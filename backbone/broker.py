"""The broker: RabbitMQ with publisher confirms and quorum queues, or the in-process one when embedded.

Publishing never fails the work that was done: the ledger is committed first, and a row whose event did not get out is
published again when it is due (design section 3).
"""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pika
import pika.exceptions
import structlog
from dramatiq import Message, MessageProxy, Middleware
from dramatiq.broker import Broker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed, DramatiqError

from backbone.contracts import Event
from backbone.errors import UserError
from backbone.routing import QUEUES, STAGES
from backbone.settings import Settings

DELIVERY_LIMIT = 20
"""Deliveries of one event before RabbitMQ puts it aside; the ledger publishes a new one when the row is due."""

REST_AFTER_FAILURE = 2.0
"""Seconds without a try after RabbitMQ could not be reached, so that its absence does not slow ingest down."""

LONGEST_REST = 60.0
"""The longest such pause."""

_PATIENCE = {"blocked_connection_timeout": 30, "socket_timeout": 10, "stack_timeout": 15, "connection_attempts": 1}

log = structlog.get_logger(__name__)


class QuorumBroker(RabbitmqBroker):
    """RabbitMQ with replicated queues that count deliveries (x-queue-type quorum, RabbitMQ 3.10 and later)."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        arguments: dict[str, Any] = super()._build_queue_arguments(queue_name)  # type: ignore[no-untyped-call]  # untyped there
        return arguments | {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}


def open_broker(settings: Settings) -> Broker:
    """Return the broker of these settings, without middleware: retries, limits and records are the ledger's."""
    if settings.embedded:
        return StubBroker(middleware=[_Unreadable()])
    urls = connection_urls(settings)
    try:
        return QuorumBroker(url=urls, confirm_delivery=True, middleware=[_Unreadable()])
    except (ValueError, TypeError):
        raise _unreadable_url() from None


def connection_urls(settings: Settings) -> list[str]:
    """Return the URLs of RabbitMQ's nodes, with our time limits; raise UserError when one cannot be read."""
    try:
        urls = [_patient(url) for url in settings.amqp_url.get_secret_value().split(";")]
        for url in urls:
            pika.URLParameters(url)
    except (ValueError, TypeError):
        raise _unreadable_url() from None
    return urls


def _unreadable_url() -> UserError:
    return UserError(
        "POSTROOM_AMQP_URL cannot be read; write it as amqp://user:password@host:5672/vhost, with amqps:// for TLS "
        "and special characters of the password percent-encoded."
    )


class UnreadableEventError(Exception):
    """An event is not of a form that this program knows."""


class _Unreadable(Middleware):
    """Puts an event that cannot be read into the dead-letter queue, for a person; the ledger heals its row."""

    def after_process_message(
        self,
        _broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002 - named so by dramatiq
        exception: BaseException | None = None,
    ) -> None:
        if isinstance(exception, UnreadableEventError):
            message.fail()


class Publisher:
    """Tells the next stage. ``delivers`` is False where nobody consumes in this process or over a server."""

    delivers = True

    def __init__(self, broker: Broker) -> None:
        """Publish through ``broker``."""
        self._broker = broker
        self._lock = threading.Lock()
        self._rest_until = 0.0

    def publish(self, *events: Event) -> bool:
        """Publish ``events`` and wait until the broker confirms; False when it could not be reached."""
        if time.monotonic() < self._rest_until:
            return False
        started = time.monotonic()
        try:
            for event in events:
                self._broker.enqueue(_message(event))
        except (ConnectionClosed, DramatiqError, pika.exceptions.AMQPError, OSError) as error:
            self._rest(error, started)
            return False
        return True

    def ready(self) -> bool:
        """Whether the broker can be reached now."""
        if not isinstance(self._broker, RabbitmqBroker):
            return True
        started = time.monotonic()
        if started < self._rest_until:
            return False
        try:
            self._broker.connection.process_data_events(time_limit=0)
        except (pika.exceptions.AMQPError, OSError) as error:
            del self._broker.connection
            self._rest(error, started)
            return False
        return True

    def close(self) -> None:
        """Close the connections of this process."""
        self._broker.close()

    def _rest(self, error: Exception, started: float) -> None:
        """Try again after a pause; a host that swallows packets costs time at every try, so the pause grows with it."""
        now = time.monotonic()
        with self._lock:
            self._rest_until = now + max(REST_AFTER_FAILURE, min(now - started, LONGEST_REST))
        log.warning("broker.unreachable", error=type(error).__name__)


class SilentPublisher(Publisher):
    """For a command beside an embedded Postroom: nobody listens here, so that the ledger has to tell."""

    delivers = False

    def __init__(self) -> None:
        """Need no broker."""

    def publish(self, *events: Event) -> bool:
        """Tell nobody."""
        del events
        return False

    def ready(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Have nothing to close."""


def declare_queues(broker: Broker) -> None:
    """Make every stage's queue known to the broker."""
    for queue in STAGES.values():
        broker.declare_queue(queue)


def _patient(url: str) -> str:
    """Return ``url`` with our time limits, where it does not set its own."""
    parts = urlsplit(url)
    if parts.scheme not in ("amqp", "amqps"):
        raise ValueError(parts.scheme)
    given = {name for name, _ in parse_qsl(parts.query)}
    wanted = urlencode({name: value for name, value in _PATIENCE.items() if name not in given})
    return f"{url}{'&' if '?' in url else '?'}{wanted}"


def _message(event: Event) -> Message[None]:
    return Message(
        queue_name=QUEUES[type(event)],
        actor_name=event.type,
        args=(event.model_dump_json(),),
        kwargs={},
        options={},
    )
