"""A consumer of the domain events, and the relay that tells it of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pika

from backbone.exchange import relay
from backbone.exchange.line import Line
from backbone.exchange.topology import EVENTS
from backbone.ledger import events
from backbone.runtime import Runtime


class Listener:
    """A queue of a consumer's own that is bound to the events."""

    def __init__(self, amqp_url: str, routing_key: str = "#") -> None:
        """Listen from now on."""
        self.connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
        self.channel = self.connection.channel()
        self.channel.exchange_declare(EVENTS, exchange_type="topic", durable=True)
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.queue, EVENTS, routing_key)

    def heard(self) -> list[dict[str, Any]]:
        """Return the events that have come since the last look."""
        found: list[dict[str, Any]] = []
        while True:
            method, properties, body = self.channel.basic_get(self.queue, auto_ack=True)
            if method is None:
                return found
            assert properties.content_type == "application/cloudevents+json"
            assert properties.delivery_mode == 2
            found.append(json.loads(body))
            assert method.routing_key == found[-1]["type"]

    def close(self) -> None:
        """Listen no more."""
        self.connection.close()


@contextmanager
def line_of(opened: Runtime) -> Iterator[Line]:
    """Open a line to the broker."""
    with closing(relay.open_line(opened)) as line:
        yield line


def tell_all(opened: Runtime) -> int:
    """Tell what waits to be told; return how many events that were."""
    with line_of(opened) as line:
        return relay.relay(opened, line)


def waiting(opened: Runtime) -> int:
    """Return how many events wait to be told."""
    with opened.database.reading() as connection:
        return events.waiting(connection)
