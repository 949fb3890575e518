"""Domain events over a real RabbitMQ: told in order, confirmed before they are forgotten, the same at a repeat."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import update

from backbone import clock, metrics, scheduler
from backbone.catalogue.tables import sender_rules, version
from backbone.errors import UserError
from backbone.exchange import events as contract
from backbone.exchange import relay
from backbone.exchange.line import Line, LineError
from backbone.exchange.topology import EVENTS
from backbone.ledger import events, outbound
from backbone.ledger.events import Happened
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import domain_events
from backbone.runtime import Runtime
from deploy.services import ServiceSet
from replies.outcomes import settle
from tests.support.house import HELP, House, house, letter
from tests.support.runtimes import runtime
from tests.support.sending import set_outgoing
from tests.support.waiting import wait_for
from tickets import chat, lifecycle, undo
from tickets.models import tickets

SECONDS = 30


class Listener:
    """A queue of a consumer's own that is bound to the events."""

    def __init__(self, amqp_url: str, routing_key: str = "#") -> None:
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
        self.connection.close()


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url, amqp_url, instance="test") as made:
        yield made


@pytest.fixture
def listener(amqp_url: str) -> Iterator[Listener]:
    with closing(Listener(amqp_url)) as made:
        yield made


@contextmanager
def line_of(opened: Runtime) -> Iterator[Line]:
    with closing(relay.open_line(opened)) as line:
        yield line


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


def tell_all(opened: Runtime) -> int:
    with line_of(opened) as line:
        return relay.relay(opened, line)


def record(opened: Runtime, *numbers: str, count: int = 1) -> None:
    """Record events of tickets, numbered by their reason."""
    told = [
        Happened(number, contract.TicketClosed(ticket=number, merged_into=str(place)))
        for place in range(count)
        for number in numbers
    ]
    with opened.database.transaction() as connection:
        events.record(opened, connection, told)


def waiting(opened: Runtime) -> int:
    with opened.database.reading() as connection:
        return events.waiting(connection)


def settled(office: House, outbound_id: int, state: Outbound, **values: Any) -> None:
    with office.runtime.database.transaction() as connection:
        row = outbound.claim(connection, outbound_id, clock.after(60))
    assert row is not None
    settle(office.runtime, row, state, **values)


def test_what_happens_to_a_ticket_is_told_in_order(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    (mail_id,) = office.take(letter("Не работает", Message_ID="<first@customer.example>"))
    number = office.rows(tickets)[0].number
    sent, failed = (chat.post(opened, number, text, "Анна").outbound_id for text in ("раз", "два"))
    chat.post(opened, number, "между нами", "Анна", chat="team")
    assert sent is not None
    assert failed is not None
    settled(office, sent, Outbound.SENT, answer="250 ok", sent_at=clock.now())
    settled(office, failed, Outbound.FAILED, answer="550 no", reason=OutboundReason.REFUSED)
    settled(office, office.owed()[0].id, Outbound.SENT)  # the notice: no chat message, no event
    lifecycle.close(opened, number)
    lifecycle.close(opened, number)
    office.take(letter(text="ещё", In_Reply_To="<first@customer.example>"))
    lifecycle.close(opened, number)
    lifecycle.reopen(opened, number)

    assert (tell_all(opened), waiting(opened)) == (12, 0)
    heard = listener.heard()
    assert [one["type"] for one in heard] == [
        "ticket.created",
        *["message.added"] * 4,
        "reply.sent",
        "reply.failed",
        "ticket.closed",
        "ticket.reopened",
        "message.added",
        "ticket.closed",
        "ticket.reopened",
    ]
    for one in heard:
        contract.CloudEvent.model_validate(one)
        model = next(kind for kind in contract.ALL if kind.type == one["type"])
        model.model_validate(one["data"])
    assert {one["subject"] for one in heard} == {number}
    assert {one["source"] for one in heard} == {"/postroom/test"}
    assert len({one["id"] for one in heard}) == len(heard)
    created, first = heard[0], heard[1]
    assert created["data"] == {
        "ticket": number,
        "mailbox": HELP,
        "subject": "Не работает",
        "mail_id": mail_id,
        "silent": False,
    }
    assert created["correlationid"] == first["correlationid"] == office.mail(mail_id).correlation_id
    assert (first["data"]["author"], first["data"]["text"]) == ("Иван Петров", "Добрый день!")
    assert "между нами" not in json.dumps(heard, ensure_ascii=False)
    assert [one["data"]["answer"] for one in heard if one["type"].startswith("reply.")] == ["250 ok", "550 no"]
    assert [one["data"]["by"] for one in heard if one["type"] == "ticket.reopened"] == ["mail", "staff"]


def test_a_message_and_its_twin_are_told_and_taken_back(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    set_outgoing(office, 1, undo_seconds=600)
    office.take(letter())
    number = office.rows(tickets)[0].number
    posted = chat.post(opened, number, "ой", "Анна", also=True)
    both = [posted.chat_message_id, posted.other_message_id]
    tell_all(opened)
    added = listener.heard()[-2:]
    assert [(one["data"]["message_id"], one["data"]["twin_id"]) for one in added] == [tuple(both), tuple(both[::-1])]
    assert posted.not_before
    assert {datetime.fromisoformat(one["data"]["undo_until"]) for one in added} == {posted.not_before}
    assert [one["data"]["text"] for one in added] == ["ой", None]

    undo.take_back(opened, posted.chat_message_id)
    tell_all(opened)
    undone = listener.heard()
    assert [one["type"] for one in undone] == ["message.undone"] * 2
    assert [one["data"] for one in undone] == [
        {"ticket": number, "message_id": one, "chat": where, "author": None, "event_id": None}
        for one, where in zip(both, ("customer", "team"), strict=True)
    ]
    assert {one["subject"] for one in undone} == {number}
    assert undone[0]["correlationid"] == added[0]["correlationid"]


def test_what_cannot_be_taken_back_is_not_told_to_be(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.take(letter())
    posted = chat.post(opened, office.rows(tickets)[0].number, "Едем.", "Анна")
    with pytest.raises(UserError):
        undo.take_back(opened, posted.chat_message_id)
    tell_all(opened)
    heard = listener.heard()
    assert "message.undone" not in {one["type"] for one in heard}
    assert heard[-1]["data"]["undo_until"] is None


def test_a_held_mail_is_told_of(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.change(sender_rules, trust="verified")
    office.change(version, number=99)
    (mail_id,) = office.take(letter())
    assert office.mail(mail_id).state == "held"
    tell_all(opened)
    (held,) = listener.heard()
    assert (held["type"], held["subject"]) == ("mail.held", str(mail_id))
    assert held["data"] == {"mail_id": mail_id, "mailbox": HELP, "reason": "not_verified"}


def test_embedded_nobody_is_told(tmp_path: Path) -> None:
    with house(tmp_path) as office:
        office.add_mailbox()
        office.take(letter())
        lifecycle.close(office.runtime, office.rows(tickets)[0].number)
        assert office.rows(domain_events) == []


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


def test_a_reply_that_comes_back_is_told_of(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.take(letter())
    number = office.rows(tickets)[0].number
    sent = chat.post(opened, number, "раз", "Анна").outbound_id
    assert sent is not None
    settled(office, sent, Outbound.SENT)
    message_id = office.owed()[-1].message_id
    report = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {HELP}\r\nMessage-ID: <bounce@mx.example>\r\nReturn-Path: <>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ivan@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    )
    office.take(report.encode())
    tell_all(opened)
    taken, bounced, note = listener.heard()[-3:]
    assert [taken["type"], bounced["type"], note["type"]] == ["reply.sent", "reply.bounced", "message.added"]
    assert bounced["data"]["outbound_id"] == sent
    assert bounced["data"]["answer"] == "5.1.1 ivan@customer.example"
    assert [note["data"][name] for name in ("chat", "author_kind", "text")] == ["team", "system", None]
