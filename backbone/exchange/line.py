"""A connection that publishes many messages and then waits for all of their confirms, not for each.

pika's blocking connection waits for every single one. Here its event loop runs only while there is something to wait
for, so that whoever publishes needs no callbacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.exceptions import AMQPError

OPEN_SECONDS = 30.0
CONFIRM_SECONDS = 30.0
CLOSE_SECONDS = 5.0

LAST_SECONDS = 0.05
"""pika closes its socket by a callback of its own, after the last one of ours."""


class LineError(Exception):
    """The broker could not be reached, or did not confirm; what was published may have arrived or not."""


class Line:
    """A channel to one topic exchange, opened when it is first needed or asked for. For one thread."""

    def __init__(self, urls: Sequence[str], exchange: str) -> None:
        """Publish to ``exchange``, which is declared, at the first of ``urls`` that answers."""
        self._parameters = [pika.URLParameters(url) for url in urls]
        self._exchange = exchange
        self._loop = IOLoop()
        self._connection: Any = None
        self._channel: Any = None
        self._fault: BaseException | None = None
        self._published = 0
        self._confirmed = 0
        self._early: set[int] = set()

    def open(self) -> None:
        """Connect and declare the exchange, unless that is done; raise LineError when the broker cannot be reached."""
        if self._channel is not None:
            return
        self._fault = None
        self._published = self._confirmed = 0
        self._early.clear()
        SelectConnection.create_connection(self._parameters, on_done=self._connected, custom_ioloop=self._loop)
        self._run(OPEN_SECONDS)

    def publish(self, messages: Sequence[tuple[str, bytes]], properties: pika.BasicProperties) -> None:
        """Publish messages, each with its routing key, and wait until all are confirmed; raise LineError if not."""
        self.open()
        try:
            for routing_key, body in messages:
                self._channel.basic_publish(self._exchange, routing_key, body, properties)
                self._published += 1
        except AMQPError as error:
            raise LineError(type(error).__name__) from error
        self._run(CONFIRM_SECONDS)

    def rest(self, seconds: float) -> None:
        """Do nothing for a while but keep the connection alive; one that breaks meanwhile is opened when needed."""
        self._turn(seconds)
        if self._fault:
            self._channel = None

    def close(self) -> None:
        """Close the connection; one that does not answer is left to the broker's patience."""
        if self._connection is not None and self._connection.is_open:
            self._connection.close()
            self._turn(CLOSE_SECONDS)
        self._turn(LAST_SECONDS)
        self._loop.close()

    def _turn(self, seconds: float) -> None:
        timer = self._loop.call_later(seconds, self._loop.stop)
        self._loop.start()
        self._loop.remove_timeout(timer)

    def _run(self, seconds: float) -> None:
        """Let the event loop go until what is waited for is there; raise LineError when it does not come."""
        if self._fault is None:
            timer = self._loop.call_later(seconds, lambda: self._fail(TimeoutError()))
            self._loop.start()
            self._loop.remove_timeout(timer)
        if self._fault is not None:
            raise LineError(type(self._fault).__name__) from self._fault

    def _fail(self, fault: BaseException) -> None:
        self._fault = self._fault or fault
        self._loop.stop()

    def _connected(self, result: Any) -> None:
        if isinstance(result, BaseException):
            self._fail(result)
            return
        self._connection = result
        result.add_on_close_callback(lambda _connection, fault: self._fail(fault))
        result.channel(on_open_callback=self._opened)

    def _opened(self, channel: Any) -> None:
        channel.add_on_close_callback(lambda _channel, fault: self._fail(fault))

        def ready(_frame: Any) -> None:
            self._channel = channel
            self._loop.stop()

        def confirm(_frame: Any) -> None:
            channel.confirm_delivery(self._answered, callback=ready)

        channel.exchange_declare(self._exchange, exchange_type="topic", durable=True, callback=confirm)

    def _answered(self, frame: Any) -> None:
        answer = frame.method
        if isinstance(answer, pika.spec.Basic.Nack):
            self._fail(LineError("the broker refused a message"))
            return
        if answer.multiple:
            self._early = {tag for tag in self._early if tag > answer.delivery_tag}
            self._confirmed = max(self._confirmed, answer.delivery_tag)
        else:
            self._early.add(answer.delivery_tag)
        while self._confirmed + 1 in self._early:
            self._confirmed += 1
            self._early.remove(self._confirmed)
        if self._confirmed == self._published:
            self._loop.stop()
