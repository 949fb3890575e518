"""The consumer of chat events while its servers go away and come back: it waits, and loses and puts aside nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest
import structlog
from pydantic import SecretStr

from backbone.exchange import consumer
from backbone.exchange.topology import CHAT
from deploy.services import ServiceSet
from tests.support.chat_events import consuming, depth, event, put_aside
from tests.support.house import House
from tests.support.runtimes import runtime
from tests.support.talks import SECONDS, Talk, begun, is_there
from tests.support.waiting import wait_for


def test_a_queue_that_is_deleted_is_declared_again(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "FIRST_PAUSE", 0.05)
    with consuming(talk.house.runtime), consuming(talk.house.runtime):
        talk.publish(event(talk.number, "раз"))
        talk.wait_for_texts("раз")
        with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
            connection.channel().queue_delete(CHAT)
        wait_for(lambda: is_there(talk.amqp_url), SECONDS, "the queue")
        talk.publish(event(talk.number, "два"))
        talk.wait_for_texts("раз", "два")


def test_it_waits_for_a_database_that_is_away_and_quarantines_nothing(
    own_services: Callable[..., ServiceSet], tmp_path: Path, amqp_url: str
) -> None:
    servers = own_services("postgresql")
    with runtime(tmp_path, servers.environment()["POSTROOM_TEST_POSTGRES_URL"], amqp_url) as opened:
        opened.database.migrate()
        talk = begun(House(opened), amqp_url)
        with consuming(opened):
            talk.publish(event(talk.number, "раз"))
            talk.wait_for_texts("раз")
            servers.stop("postgresql")
            talk.publish(event(talk.number, "два"), event(talk.number, "три"))
            wait_for(lambda: depth(amqp_url) == 0, SECONDS, "the events in hand")
            servers.start("postgresql")
            talk.wait_for_texts("раз", "два", "три")
        assert put_aside(opened) == []


def test_it_connects_again_after_the_broker_restarts(
    own_services: Callable[..., ServiceSet], tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LONGEST_PAUSE", 0.5)
    servers = own_services("rabbitmq")
    amqp_url = servers.rabbitmq().url()
    with runtime(tmp_path, postgres_url, amqp_url) as opened:
        talk = begun(House(opened), amqp_url)
        with consuming(opened):
            talk.publish(*(event(talk.number, str(place)) for place in range(20)))
            wait_for(talk.said, SECONDS, "the first message")
            servers.stop("rabbitmq")
            servers.start("rabbitmq")
            talk.publish(event(talk.number, "20"))
            wait_for(lambda: len(talk.said()) == 21, SECONDS, "all messages")
        assert talk.said() == [str(place) for place in range(21)]
        assert put_aside(opened) == []


def test_it_waits_for_rights_that_the_broker_refuses(
    own_services: Callable[..., ServiceSet], tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LONGEST_PAUSE", 0.5)
    broker = own_services("rabbitmq").rabbitmq()
    url = broker.url()
    password = urlsplit(url).password or ""
    broker.control("add_user", "poor", password)
    with runtime(tmp_path, postgres_url, url) as opened:
        talk = begun(House(opened), url)
        talk.publish(event(talk.number, "раз"))
        settings = opened.settings.model_copy(update={"amqp_url": SecretStr(url.replace("postroom:", "poor:", 1))})
        with structlog.testing.capture_logs() as logged, consuming(dataclasses.replace(opened, settings=settings)):
            wait_for(lambda: "NOT_ALLOWED" in str(logged), SECONDS, "the refusal of the virtual host")
            broker.control("set_permissions", "poor", "", "", "")
            wait_for(lambda: "ACCESS_REFUSED" in str(logged), SECONDS, "the refusal of the exchange")
            broker.control("set_permissions", "poor", ".*", ".*", ".*")
            talk.wait_for_texts("раз")
        assert password not in str(logged)
        assert put_aside(opened) == []
