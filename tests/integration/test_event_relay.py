"""Domain events on their way over a real RabbitMQ: confirmed before they are forgotten, the same at a repeat."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import update

from backbone import clock, metrics, scheduler
from backbone.exchange import events as contract
from backbone.exchange import relay
from backbone.exchange.line import LineError
from backbone.exchange.topology import EVENTS
from backbone.ledger import events
from backbone.ledger.events import Happened
from backbone.ledger.tables import domain_events
from backbone.runtime import Runtime
from deploy.services import ServiceSet
from tests.support.listening import Listener, tell_all, waiting
from tests.support.runtimes import runtime
from tests.support.waiting import wait_for

SECONDS = 30


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url, amqp_url, instance="test") as made:
        yield made


@contextmanager
def relaying(opened: Runtime, threads: int = 1) -> Iterator[None]:
    """Run relays in threads of this process."""
    stopping = threading.Event()
    relays = [threading.Thread(target=relay.run, args=(opened, stopping), daemon=True) for _ in range(threads)]
    for one in relays:
        one.start()
    try:
        yield
    finally:
        stopping.set()
        for one in relays:
            one.join(SECONDS)
            assert not one.is_alive()


def record(opened: Runtime, *numbers: str, count: int = 1) -> None:
    """Record events of tickets, numbered by their reason."""
    told = [
        Happened(number, contract.TicketClosed(ticket=number, merged_into=str(place)))
        for place in range(count)
        for number in numbers
    ]
    with opened.database.transaction() as connection:
        events.record(opened, connection, told)


def test_a_repeat_after_a_crash_between_confirm_and_delete_has_the_same_ids(
    opened: Runtime, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(opened, "O1", "O2", count=5)
    with monkeypatch.context() as patch:
        patch.setattr(events, "forget", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tell_all(opened)
    first = listener.heard()
    assert (len(first), waiting(opened)) == (10, 10)
    assert tell_all(opened) == 10
    assert listener.heard() == first
    assert waiting(opened) == 0


def test_several_relays_tell_each_event_once_and_in_order(opened: Runtime, listener: Listener) -> None:
    numbers = [f"O{one}" for one in range(20)]
    with relaying(opened, threads=3):
        for _ in range(5):
            record(opened, *numbers, count=20)
        wait_for(lambda: waiting(opened) == 0, SECONDS, "the end of the events")
    heard = listener.heard()
    assert Counter(one["id"] for one in heard).most_common(1)[0][1] == 1
    for number in numbers:
        places = [one["data"]["merged_into"] for one in heard if one["subject"] == number]
        assert places == [str(place) for place in range(20)] * 5


def test_who_wants_to_listen_finds_the_exchange_before_anything_happened(opened: Runtime, amqp_url: str) -> None:
    with relaying(opened), pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        wait_for(partial(stands, connection, EVENTS), SECONDS, "the exchange")


def stands(connection: Any, exchange: str) -> bool:
    try:
        connection.channel().exchange_declare(exchange, passive=True)
    except ChannelClosedByBroker:
        return False
    return True


def test_consumers_choose_by_the_routing_key(opened: Runtime, amqp_url: str) -> None:
    with closing(Listener(amqp_url, "ticket.*")) as some, closing(Listener(amqp_url, "reply.#")) as none:
        record(opened, "O1")
        tell_all(opened)
        assert [one["subject"] for one in some.heard()] == ["O1"]
        assert none.heard() == []


def test_events_that_nobody_wants_are_forgotten(opened: Runtime) -> None:
    record(opened, "O1", count=3)
    assert tell_all(opened) == 3
    assert waiting(opened) == 0


def test_events_wait_while_the_broker_is_away_and_are_counted(
    own_services: Callable[..., ServiceSet], tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LONGEST_PAUSE", 0.5)
    servers = own_services("rabbitmq")
    amqp_url = servers.rabbitmq().url()
    with runtime(tmp_path, postgres_url, amqp_url) as opened, relaying(opened):
        record(opened, "O1", count=10)
        wait_for(lambda: waiting(opened) == 0, SECONDS, "the first events")
        servers.stop("rabbitmq")
        record(opened, "O1", count=10)
        with pytest.raises(LineError):
            tell_all(opened)
        assert waiting(opened) == 10
        scheduler._measure(opened)  # noqa: SLF001 - the gauge is what this test is about
        assert metrics.DOMAIN_EVENTS_WAITING._value.get() == 10  # noqa: SLF001 - the library tells nobody otherwise
        servers.start("rabbitmq")
        wait_for(lambda: waiting(opened) == 0, SECONDS, "the events that waited")


def test_a_row_restored_from_a_backup_has_another_id(opened: Runtime, listener: Listener) -> None:
    record(opened, "O1")
    with opened.database.reading() as connection:
        (row,) = events.claim(connection, 1)
    before = json.loads(contract.envelope(row, "test"))["id"]
    with opened.database.transaction() as connection:
        connection.execute(update(domain_events).values(occurred_at=clock.now()))
    tell_all(opened)
    assert listener.heard()[0]["id"] != before
