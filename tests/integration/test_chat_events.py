"""Chat events over a real RabbitMQ: each becomes a message once and in its order, or stands aside with its reason."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import insert, select, text, update

from backbone.catalogue import access, tables
from backbone.contracts import Letter
from backbone.exchange import consumer, quarantine, relay
from backbone.exchange import messages as contract
from backbone.exchange.messages import QuarantineReason
from backbone.exchange.topology import CHAT, DELIVERY_LIMIT, QUARANTINE
from deploy.services import ServiceSet
from tests.support import chat_events
from tests.support.chat_events import consuming, depth, event, publish, put_aside
from tests.support.house import House, letter
from tests.support.runtimes import runtime
from tests.support.shell import Shell
from tests.support.waiting import wait_for
from tickets import bus, lifecycle
from tickets.models import attachments, messages, tickets
from tickets.models import chat_events as taken_events

SECONDS = 30


@dataclass(frozen=True)
class Talk:
    """A house with one ticket, and the chat system's side of it."""

    house: House
    amqp_url: str
    token: str
    number: str

    def publish(self, *bodies: bytes) -> None:
        publish(self.amqp_url, bodies, self.token)

    def said(self, number: str = "") -> list[str]:
        """Return the texts of a ticket's messages but the first, which is the customer's mail."""
        of = select(tickets.c.id).where(tickets.c.number == (number or self.number)).scalar_subquery()
        return [row.text for row in self.house.rows(messages, messages.c.ticket_id == of)][1:]

    def wait_for_texts(self, *texts: str) -> None:
        wait_for(lambda: self.said() == list(texts), SECONDS, f"the messages {texts}")


@pytest.fixture
def talk(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Talk]:
    with runtime(tmp_path, postgres_url, amqp_url) as opened:
        yield begun(House(opened), amqp_url)


def begun(office: House, amqp_url: str) -> Talk:
    office.add_mailbox()
    return Talk(office, amqp_url, chat_events.token(office.runtime.database), ticket(office))


def ticket(office: House) -> str:
    (mail_id,) = office.take(letter())
    ticket_id = office.mail(mail_id).ticket_id
    return str(office.rows(tickets, tickets.c.id == ticket_id)[0].number)


def test_a_message_to_the_customer_leaves_as_mail_with_its_files(talk: Talk) -> None:
    content = bytes(range(256))
    file = {"filename": "акт.pdf", "content_type": "application/pdf", "content": base64.b64encode(content).decode()}
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "Акт приложен.", attachments=[file]))
        talk.wait_for_texts("Акт приложен.")
        wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "the acknowledgement")
    row = talk.house.owed()[-1]
    written = Letter.model_validate(row.letter)
    assert (row.kind, row.state, written.entries[0].author) == ("chat_message", "queued", "Анна")
    (kept,) = talk.house.rows(attachments)
    assert (kept.filename, kept.size, talk.house.runtime.blobs.get(kept.sha256)) == ("акт.pdf", 256, content)
    assert [one.sha256 for one in written.attachments] == [kept.sha256]
    (noted,) = talk.house.rows(taken_events)
    assert noted.chat_message_id == row.chat_message_id


def test_the_team_chat_stays_in_the_house_unless_also_says_otherwise(talk: Talk) -> None:
    before = len(talk.house.owed())
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "между нами", chat="team"))
        talk.wait_for_texts("между нами")
        assert len(talk.house.owed()) == before
        talk.publish(event(talk.number, "и клиенту", chat="team", also=True))
        talk.wait_for_texts("между нами", "и клиенту", "и клиенту")
        talk.publish(event(talk.number, "и своим", chat="customer", also=True))
        talk.wait_for_texts("между нами", *["и клиенту"] * 2, *["и своим"] * 2)
    chats_of = sorted(row.chat for row in talk.house.rows(messages) if row.text == "и клиенту")
    assert chats_of == ["customer", "team"]
    assert len(talk.house.owed()) == before + 2
    assert "между нами" not in str([row.letter for row in talk.house.owed()])


def test_a_repeat_is_harmless(talk: Talk) -> None:
    one = event(talk.number, "раз")
    with consuming(talk.house.runtime):
        talk.publish(one, one, one)
        talk.publish(event(talk.number, "два"), one)
        talk.wait_for_texts("раз", "два")
        wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "all acknowledgements")
    assert talk.said() == ["раз", "два"]
    assert put_aside(talk.house.runtime) == []


def test_messages_of_a_ticket_keep_their_order_with_several_threads_and_processes(talk: Talk) -> None:
    numbers = [talk.number, *(ticket(talk.house) for _ in range(4))]
    bodies = [event(number, str(place)) for place in range(30) for number in numbers]
    with consuming(talk.house.runtime), consuming(talk.house.runtime):
        talk.publish(*bodies)
        wait_for(lambda: len(talk.house.rows(taken_events)) == len(bodies), SECONDS, "all messages")
    assert [talk.said(number) for number in numbers] == [[str(place) for place in range(30)]] * 5


def test_who_takes_over_from_a_consumer_keeps_the_order(talk: Talk) -> None:
    with consuming(talk.house.runtime) as second:
        with consuming(talk.house.runtime):
            talk.publish(*(event(talk.number, str(place)) for place in range(60)))
            wait_for(lambda: len(talk.said()) > 5, SECONDS, "the first messages")
        assert second.is_alive()
        wait_for(lambda: len(talk.said()) == 60, SECONDS, "all messages")
    assert talk.said() == [str(place) for place in range(60)]


def too_large(_talk: Talk) -> bytes:
    return b'{"text": "' + b"x" * contract.longest(10_000_000) + b'"}'


def many_files(talk: Talk) -> bytes:
    content = base64.b64encode(bytes(5_000_001)).decode()
    return event(talk.number, attachments=[{"filename": f"{one}.bin", "content": content} for one in "ab"])


def merged(talk: Talk) -> bytes:
    other = ticket(talk.house)
    lifecycle.merge(talk.house.runtime, other, talk.number)
    return event(other)


def elsewhere(talk: Talk) -> bytes:
    """Put the ticket's object into a district that is not the API user's."""
    with talk.house.runtime.database.transaction() as connection:
        mine, theirs = (
            connection.execute(insert(tables.districts).values(name=name).returning(tables.districts.c.id)).scalar_one()
            for name in ("Север", "Юг")
        )
        place = connection.execute(
            insert(tables.objects).values(name="Склад", district_id=theirs).returning(tables.objects.c.id)
        ).scalar_one()
        connection.execute(update(tickets).values(object_id=place))
        user = user_with(connection, "add_messages")
        connection.execute(insert(tables.service_user_districts).values(service_user_id=user, district_id=mine))
        connection.execute(update(tables.version).values(number=tables.version.c.number + 1))
    return event(talk.number)


def lacking(talk: Talk) -> bytes:
    with talk.house.runtime.database.transaction() as connection:
        user_with(connection, "create_tickets")
    return event(talk.number)


def user_with(connection: Any, permission: str) -> int:
    role = connection.execute(
        insert(tables.roles).values(name="Чат", permissions=[permission]).returning(tables.roles.c.id)
    ).scalar_one()
    user = connection.execute(
        insert(tables.service_users)
        .values(kind="api", enabled=True, all_districts=permission != "add_messages")
        .returning(tables.service_users.c.id)
    ).scalar_one()
    connection.execute(insert(tables.service_user_roles).values(service_user_id=user, role_id=role))
    return int(user)


@pytest.mark.parametrize(
    ("body", "reason", "sentence"),
    [
        (lambda _: b"\xff\xfenot json", QuarantineReason.UNREADABLE, "Invalid JSON"),
        (lambda _: b"[]", QuarantineReason.UNREADABLE, "an object"),
        (lambda talk: event(talk.number, surprise=1), QuarantineReason.UNREADABLE, "surprise: Extra inputs"),
        (lambda talk: event(talk.number, version=2), QuarantineReason.UNREADABLE, "version: Input should be 1"),
        (lambda talk: event(talk.number, event_id="7"), QuarantineReason.UNREADABLE, "event_id"),
        (lambda talk: event(talk.number, author={"name": "a\nb"}), QuarantineReason.UNREADABLE, "one line"),
        (
            lambda talk: event(talk.number, attachments=[{"filename": "a", "content": "!"}]),
            QuarantineReason.UNREADABLE,
            "base64",
        ),
        (
            lambda talk: event(talk.number, attachments=[{"filename": "../a", "content": ""}]),
            QuarantineReason.UNREADABLE,
            "attachments.0.filename",
        ),
        (too_large, QuarantineReason.TOO_LARGE, "POSTROOM_CHAT_FILE_BYTES"),
        (many_files, QuarantineReason.TOO_LARGE, "10000002 bytes together"),
        (lambda _: event("O9999999"), QuarantineReason.UNKNOWN_TICKET, "no ticket of that number"),
        (merged, QuarantineReason.MERGED_TICKET, "was merged into"),
        (lambda talk: event(talk.number, text=" "), QuarantineReason.REFUSED, "empty"),
        (lambda talk: event(talk.number, text="a\0b"), QuarantineReason.REFUSED, "no text"),
        (elsewhere, QuarantineReason.NO_PERMISSION, "district"),
        (lacking, QuarantineReason.NO_PERMISSION, "add_messages"),
    ],
)
def test_what_cannot_be_a_message_stands_aside_and_holds_up_nothing(
    talk: Talk, body: Callable[[Talk], bytes], reason: QuarantineReason, sentence: str
) -> None:
    wrong = body(talk)
    with consuming(talk.house.runtime):
        publish(talk.amqp_url, [wrong], talk.token, note="theirs")
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
        if reason is not QuarantineReason.NO_PERMISSION:
            talk.publish(event(talk.number, "дальше"))
            talk.wait_for_texts("дальше")
    (aside,) = put_aside(talk.house.runtime)
    assert (aside.reason, aside.body, aside.headers["note"]) == (reason, wrong, "theirs")
    assert sentence in aside.sentence
    assert aside.since is not None
    assert len(talk.house.rows(taken_events)) == (reason is not QuarantineReason.NO_PERMISSION)


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Bearer prt_" + "0" * 64, "Basic x", "revoked", "off", 7])
def test_who_has_no_valid_token_is_not_let_in(talk: Talk, header: Any) -> None:
    headers = {} if header is None else {"authorization": header}
    with talk.house.runtime.database.transaction() as connection:
        if header == "revoked":
            access.revoke(connection, 1)
        if header == "off":
            connection.execute(insert(tables.service_users).values(kind="api", enabled=False))
    if header in ("revoked", "off"):
        headers = {"authorization": f"Bearer {talk.token}"}
    with consuming(talk.house.runtime):
        publish(talk.amqp_url, [event(talk.number)], None, **headers)
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
    (aside,) = put_aside(talk.house.runtime)
    assert aside.reason == QuarantineReason.UNAUTHORISED
    assert talk.said() == []


def test_the_quarantine_is_shown_and_replayed_after_mending(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = talk.house.runtime.settings
    monkeypatch.setenv("POSTROOM_AMQP_URL", talk.amqp_url)
    monkeypatch.setenv("POSTROOM_SECRET_KEY", settings.secret_key.get_secret_value())
    shell = Shell(monkeypatch, capsys)
    assert "empty" in shell("chat-quarantine", "list").out
    with talk.house.runtime.database.transaction() as connection:
        access.revoke(connection, 1)
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "раз"), event(talk.number, "два"), b"nonsense \x1b[31m")
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 3, SECONDS, "three events in the quarantine")
        shown = shell("chat-quarantine", "list", "--json").json()
        assert sorted(one["reason"] for one in shown) == ["unauthorised", "unauthorised", "unreadable"]
        table = shell("chat-quarantine", "list").out
        assert all(one["id"] in table for one in shown)
        assert "\x1b" not in table
        assert talk.token not in table + json.dumps(shown)

        assert "no such event: 0123" in shell("chat-quarantine", "replay", "0123").err
        assert "2 events" in shell("chat-quarantine", "replay", "--reason", "unauthorised").out
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 3, SECONDS, "them back in the quarantine")
        fresh = chat_events.token(talk.house.runtime.database)
        assert "2 events" in shell("chat-quarantine", "replay", "--reason", "unauthorised", CHAT_TOKEN=fresh).out
        talk.wait_for_texts("раз", "два")
        assert "Say which events" in shell("chat-quarantine", "remove").err
        assert "1 events" in shell("chat-quarantine", "remove", "--reason", "unreadable").out
    assert depth(talk.amqp_url, QUARANTINE) == 0


def test_looking_often_drops_nothing(talk: Talk) -> None:
    with consuming(talk.house.runtime):
        talk.publish(b"1", b"2")
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 2, SECONDS, "the quarantine")
    assert {tuple(one.body for one in put_aside(talk.house.runtime)) for _ in range(30)} == {(b"1", b"2")}


def test_what_kills_its_consumers_again_and_again_ends_in_the_quarantine(talk: Talk) -> None:
    talk.publish(event(talk.number))
    with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
        for _ in range(DELIVERY_LIMIT + 1):
            channel = connection.channel()
            for _method, _properties, _body in channel.consume(CHAT, inactivity_timeout=5):
                break
            channel.close()
    wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
    (aside,) = put_aside(talk.house.runtime)
    assert aside.reason == QuarantineReason.DELIVERY_LIMIT
    quarantine.replay(talk.house.runtime.settings, lambda _: True)
    with consuming(talk.house.runtime):
        talk.wait_for_texts("Мастер едет.")


def test_a_bug_of_ours_stands_aside_too(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bus, "receive", broken)
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number))
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
    (aside,) = put_aside(talk.house.runtime)
    assert (aside.reason, "ZeroDivisionError" in aside.sentence) == (QuarantineReason.BUG, True)


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


def is_there(amqp_url: str, queue: str = CHAT) -> bool:
    try:
        return depth(amqp_url, queue) == 0
    except ChannelClosedByBroker:
        return False


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


def test_events_that_wait_for_a_ticket_in_use_are_not_lost(talk: Talk) -> None:
    with consuming(talk.house.runtime):
        with talk.house.runtime.database.transaction() as connection:
            connection.execute(text("SELECT 1 FROM tickets FOR UPDATE"))
            talk.publish(event(talk.number, "раз"))
            wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "the event in hand")
        talk.wait_for_texts("раз")


def test_the_example_in_python_speaks_and_listens(talk: Talk) -> None:
    path = Path(__file__).parents[2] / "docs" / "examples" / "chat" / "chat.py"
    env = {"PATH": os.environ["PATH"], "AMQP_URL": talk.amqp_url, "POSTROOM_TOKEN": talk.token}
    with consuming(talk.house.runtime), closing(relay.open_line(talk.house.runtime)) as line:
        relay.relay(talk.house.runtime, line)  # what opened the ticket; declares the exchange
        listening = subprocess.Popen([sys.executable, str(path), "listen"], env=env, stdout=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: is_there(talk.amqp_url, "my-chat"), SECONDS, "its queue")
            subprocess.run([sys.executable, str(path), "say", talk.number, "Едем."], env=env, check=True, timeout=30)
            talk.wait_for_texts("Едем.")
            wait_for(lambda: relay.relay(talk.house.runtime, line), SECONDS, "the event")
            assert listening.stdout is not None
            heard = listening.stdout.readline()
        finally:
            listening.kill()
            listening.communicate()
    assert "message.added" in heard
    assert "Едем." in heard
