"""A chat system beside Postroom: its token, the events that it publishes, and what became of them."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import pika
from pika.exceptions import NackError, UnroutableError

from backbone import clock
from backbone.catalogue import access
from backbone.catalogue.access import Kind
from backbone.database import Database
from backbone.exchange import consumer, quarantine
from backbone.exchange.quarantine import Quarantined
from backbone.exchange.topology import CHAT, declare_chat
from backbone.runtime import Runtime
from tests.support.waiting import wait_for
from tickets import bus


def token(database: Database) -> str:
    """Return a token of the API user, made now."""
    with database.transaction() as connection:
        return access.issue(connection, Kind.API, 30).token


def event(ticket: str, text: str = "Мастер едет.", **changes: Any) -> bytes:
    """Return an event as a chat system writes it."""
    usual = {
        "type": "chat.message",
        "version": 1,
        "event_id": str(uuid4()),
        "occurred_at": clock.now().isoformat(),
        "ticket": ticket,
        "author": {"name": "Анна"},
        "text": text,
    }
    return json.dumps(usual | changes).encode()


def undo(ticket: str, message_event_id: str, **changes: Any) -> bytes:
    """Return an event that takes a message back."""
    usual = {
        "type": "chat.undo",
        "version": 1,
        "event_id": str(uuid4()),
        "occurred_at": clock.now().isoformat(),
        "ticket": ticket,
        "author": {"name": "Ольга"},
        "message_event_id": message_event_id,
    }
    return json.dumps(usual | changes).encode()


def publish(amqp_url: str, bodies: Iterable[bytes], token: str | None, **headers: Any) -> None:
    """Publish events, and wait until the broker has each."""
    given = headers | ({"authorization": f"Bearer {token}"} if token else {})
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        declare_chat(channel)
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=given)
        for body in bodies:
            wait_for(partial(_taken, channel, body, properties), 10, "a confirm")


def _taken(channel: Any, body: bytes, properties: pika.BasicProperties) -> bool:
    try:
        channel.basic_publish(CHAT, "chat.message", body, properties, mandatory=True)
    except (NackError, UnroutableError):
        declare_chat(channel)  # somebody has just deleted the queue
        return False
    return True


def depth(amqp_url: str, queue: str = CHAT) -> int:
    """Return how many events wait in a queue."""
    return int(_declared(amqp_url, queue).message_count)


def consumers(amqp_url: str, queue: str = CHAT) -> int:
    """Return how many consumers a queue has; what a dead one had in hand is given back as it ceases to be counted."""
    return int(_declared(amqp_url, queue).consumer_count)


def _declared(amqp_url: str, queue: str) -> Any:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        return connection.channel().queue_declare(queue, passive=True).method


def put_aside(runtime: Runtime) -> list[Quarantined]:
    """Return what stands in the quarantine."""
    return quarantine.look(runtime.settings)


@contextmanager
def consuming(runtime: Runtime, threads: int = 3) -> Iterator[threading.Thread]:
    """Take chat events in a thread of this process."""
    stopping = threading.Event()
    thread = threading.Thread(target=consumer.run, args=(runtime, bus.receive, threads, stopping), daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()
