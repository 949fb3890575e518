"""Events over a real RabbitMQ: confirmed, in replicated queues, and put aside when nobody can read them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pika
import pytest
from dramatiq import Message, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from pika.exceptions import ChannelClosedByBroker

from backbone import broker as backbone_broker
from backbone import stage
from backbone.broker import DELIVERY_LIMIT, Publisher, declare_queues, open_broker
from backbone.contracts import Event, MailReceived
from backbone.routing import STAGES
from backbone.runtime import Runtime
from backbone.settings import Settings
from backbone.vault import new_key
from deploy.services import ServiceSet
from tests.support.runtimes import runtime
from tests.support.waiting import wait_for

SECONDS = 60


def opened(amqp_url: str) -> RabbitmqBroker:
    broker = open_broker(Settings.model_validate({"amqp_url": amqp_url, "secret_key": new_key()}))
    assert isinstance(broker, RabbitmqBroker)
    declare_queues(broker)
    return broker


@pytest.fixture
def broker(amqp_url: str) -> Iterator[RabbitmqBroker]:
    made = opened(amqp_url)
    yield made
    made.close()


@contextmanager
def channel(amqp_url: str) -> Iterator[Any]:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        yield connection.channel()


def depth(amqp_url: str, queue: str) -> int:
    with channel(amqp_url) as made:
        return int(made.queue_declare(queue, passive=True).method.message_count)


def event(number: int = 1) -> MailReceived:
    return MailReceived(mail_ids=(number,))


def test_queues_are_replicated_and_count_deliveries(broker: RabbitmqBroker, amqp_url: str) -> None:
    assert Publisher(broker).publish(event())
    with channel(amqp_url) as made:
        for name in ("parse", "parse.DQ"):
            arguments = {
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": "parse.XQ",
            }
            made.queue_declare(name, durable=True, arguments=arguments)
    with channel(amqp_url) as made, pytest.raises(ChannelClosedByBroker, match="inequivalent arg"):
        made.queue_declare("parse", durable=True)


def test_every_stage_has_its_queue(broker: RabbitmqBroker) -> None:
    assert broker.get_declared_queues() == set(STAGES.values())


def test_an_event_waits_for_its_consumer_across_connections(broker: RabbitmqBroker, amqp_url: str) -> None:
    assert Publisher(broker).publish(event(1), event(2))
    assert depth(amqp_url, "parse") == 2


def test_an_event_to_a_queue_that_is_gone_makes_it_anew(broker: RabbitmqBroker, amqp_url: str) -> None:
    publisher = Publisher(broker)
    assert publisher.publish(event())
    with channel(amqp_url) as made:
        made.queue_delete("parse")
    assert publisher.publish(event())
    assert depth(amqp_url, "parse") == 1


def test_a_connection_that_was_lost_is_made_anew(broker: RabbitmqBroker, amqp_url: str) -> None:
    publisher = Publisher(broker)
    assert publisher.publish(event(1))
    broker.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - as a cut cable does
    assert publisher.publish(event(2))
    assert depth(amqp_url, "parse") == 2
    broker.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - as above
    wait_for(lambda: publisher.ready() and publisher.publish(event(3)), SECONDS, "the connection")
    assert depth(amqp_url, "parse") == 3


def test_without_rabbitmq_publishing_fails_fast_and_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbone_broker, "REST_AFTER_FAILURE", 60)
    broker = opened("amqp://guest:guest@127.0.0.1:1/")
    publisher = Publisher(broker)
    assert not publisher.publish(event())
    calls: list[object] = []
    monkeypatch.setattr(broker, "enqueue", calls.append)
    assert not publisher.ready()
    assert not publisher.publish(event())
    assert calls == []
    publisher._rest_until = time.monotonic()  # noqa: SLF001 - as a minute later
    assert publisher.publish(event())
    assert len(calls) == 1
    broker.close()


@contextmanager
def consuming(
    opened_runtime: Runtime, amqp_url: str, monkeypatch: pytest.MonkeyPatch, handler: Callable[[Runtime, Event], None]
) -> Iterator[None]:
    """Run a worker on the queue of parse that has this handler and no other."""
    monkeypatch.setattr(stage, "_handlers", {MailReceived: handler})
    monkeypatch.setattr(stage, "stopping", threading.Event())
    broker = opened(amqp_url)
    stage.attach(broker, opened_runtime)
    worker = Worker(broker, queues={"parse"}, worker_threads=2, worker_timeout=100)
    worker.start()
    try:
        yield
    finally:
        stage.stopping.set()
        worker.stop(5000)
        broker.close()


def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(
    tmp_path: Path, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Event] = []
    with (
        runtime(tmp_path, f"sqlite:///{tmp_path}/none.db", amqp_url) as made,
        consuming(made, amqp_url, monkeypatch, lambda _, event: seen.append(event)),
    ):
        assert made.publisher.publish(event(1))
        wait_for(lambda: len(seen) == 1, SECONDS, "the first event")
        with channel(amqp_url) as raw:
            raw.basic_publish("", "parse", b"no message at all")
            for payload in ("{}", "[]"):
                body = Message("parse", "mail.received", (payload,), {}, {}).encode()
                raw.basic_publish("", "parse", body)
        assert made.publisher.publish(event(2))
        wait_for(lambda: len(seen) == 2, SECONDS, "the event behind")
        wait_for(lambda: depth(amqp_url, "parse.XQ") == 3, SECONDS, "three dead letters")
        assert depth(amqp_url, "parse") == 0


def test_events_published_while_rabbitmq_restarts_are_kept_or_refused(
    own_services: Callable[..., ServiceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event that was confirmed arrives, and each that was not is known to its publisher."""
    monkeypatch.setattr(backbone_broker, "REST_AFTER_FAILURE", 0.2)
    servers = own_services("rabbitmq")
    amqp_url = servers.rabbitmq().url()
    confirmed: set[int] = set()
    refused: set[int] = set()
    seen: list[int] = []
    enough = threading.Event()

    def note(_: Runtime, event: Event) -> None:
        assert isinstance(event, MailReceived)
        seen.extend(event.mail_ids)

    with (
        runtime(tmp_path, f"sqlite:///{tmp_path}/none.db", amqp_url) as made,
        consuming(made, amqp_url, monkeypatch, note),
    ):

        def publish() -> None:
            for number in count(1):
                (confirmed if made.publisher.publish(event(number)) else refused).add(number)
                if enough.wait(0.005):
                    return

        thread = threading.Thread(target=publish)
        thread.start()
        wait_for(lambda: len(confirmed) > 20, SECONDS, "events before the restart")
        servers.stop("rabbitmq")
        wait_for(lambda: refused and not made.publisher.ready(), SECONDS, "refused events")
        servers.start("rabbitmq")
        before = len(confirmed)
        wait_for(lambda: len(confirmed) > before + 20, SECONDS, "events after the restart")
        enough.set()
        thread.join(SECONDS)
        wait_for(lambda: confirmed <= set(seen), SECONDS, "every confirmed event")
