"""The quarantine of chat events: looked at, sent through again, emptied; what it keeps and what it seals."""

from __future__ import annotations

import json
from typing import Any

import pika
import pytest
from pydantic import SecretStr
from sqlalchemy import delete, insert

from backbone.catalogue import access, tables
from backbone.errors import UserError
from backbone.exchange import quarantine
from backbone.exchange.messages import QuarantineReason
from backbone.exchange.quarantine import REASON, SINCE
from backbone.exchange.topology import CHAT, DELIVERY_LIMIT, QUARANTINE, declare_chat
from backbone.vault import new_key
from tests.support import chat_events
from tests.support.chat_events import consuming, depth, event, publish, put_aside
from tests.support.shell import Shell
from tests.support.talks import SECONDS, Talk
from tests.support.waiting import wait_for


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


def die_with(talk: Talk, times: int) -> None:
    """Take the event that waits, and close the channel with it in hand."""
    with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
        for _ in range(times):
            channel = connection.channel()
            channel.basic_qos(prefetch_count=1)
            for method, _properties, _body in channel.consume(CHAT, inactivity_timeout=SECONDS):
                assert method is not None
                break
            channel.close()


def test_what_kills_its_consumers_again_and_again_ends_in_the_quarantine(talk: Talk) -> None:
    talk.publish(event(talk.number))
    die_with(talk, DELIVERY_LIMIT + 1)
    wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
    (aside,) = put_aside(talk.house.runtime)
    assert aside.reason == QuarantineReason.DELIVERY_LIMIT
    quarantine.replay(talk.house.runtime.settings, lambda _: True)
    with consuming(talk.house.runtime):
        talk.wait_for_texts("Мастер едет.")


def test_the_last_consumer_puts_aside_what_the_others_died_with(talk: Talk) -> None:
    talk.publish(event(talk.number, "раз"))
    die_with(talk, DELIVERY_LIMIT)
    talk.publish(event(talk.number, "два"))
    with consuming(talk.house.runtime):
        (aside,) = talk.aside()
        talk.wait_for_texts("два")
    assert aside.reason == QuarantineReason.DELIVERY_LIMIT
    assert talk.token not in str(aside.headers)
    assert aside.since is not None


def test_no_event_is_put_aside_because_it_says_so_itself(talk: Talk) -> None:
    with consuming(talk.house.runtime):
        publish(talk.amqp_url, [event(talk.number, "раз")], talk.token, **{"x-delivery-count": 1_000})
        talk.wait_for_texts("раз")


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
def test_no_token_can_be_read_in_the_quarantine_nor_in_the_log(
    talk: Talk, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with talk.house.runtime.database.transaction() as connection:
        connection.execute(insert(tables.service_users).values(kind="api", enabled=False))
    with consuming(talk.house.runtime):
        publish(talk.amqp_url, [event(talk.number, "раз"), b"no"], None, **{name: f"Bearer {talk.token}"})
        talk.aside(2)
        with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
            kept = [connection.channel().basic_get(QUARANTINE)[1] for _ in range(2)]
        assert talk.token not in str(kept)
        with talk.house.runtime.database.transaction() as connection:
            connection.execute(delete(tables.service_users))
        quarantine.replay(talk.house.runtime.settings, lambda one: one.reason == QuarantineReason.UNAUTHORISED)
        talk.wait_for_texts("раз")
    assert talk.token not in "".join(capfd.readouterr())


def test_a_token_is_opened_by_the_key_of_its_time_as_long_as_there_is_one(talk: Talk) -> None:
    settings = talk.house.runtime.settings
    old, new = settings.secret_key.get_secret_value(), new_key()
    rotated = [settings.model_copy(update={"secret_key": SecretStr(keys)}) for keys in (new, f"{new},{old}")]
    with consuming(talk.house.runtime):
        publish(talk.amqp_url, [event("T-404", "раз")], None)
        talk.publish(event("T-404", "два"), event("T-404", "три"))
        bare, *sealed = [one.id for one in talk.aside(3)]
        with pytest.raises(UserError, match=f"opens the token of {', '.join(sealed)}; .* CHAT_TOKEN, and the others"):
            quarantine.replay(rotated[0], lambda _: True)
        assert [one.id for one in put_aside(talk.house.runtime)] == [bare, *sealed]
        assert [one.id for one in quarantine.replay(rotated[0], lambda one: one.id == bare)] == [bare]
        assert [one.reason for one in talk.aside(3)] == ["unknown_ticket", "unknown_ticket", "unauthorised"]
        assert len(quarantine.replay(rotated[1], lambda one: one.id in sealed)) == 2
        assert {one.id: one.reason for one in talk.aside(3)} == {bare: "unauthorised"} | dict.fromkeys(
            sealed, "unknown_ticket"
        )


def test_what_a_publisher_writes_in_our_headers_is_not_believed(talk: Talk) -> None:
    made_up: list[dict[str, Any]] = [
        {REASON: "none of ours", SINCE: "yesterday"},
        {"x-death": "yesterday"},
        {"x-death": [{"time": "yesterday"}]},
    ]
    with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
        channel = connection.channel()
        declare_chat(channel)
        for headers in made_up:
            channel.basic_publish("", QUARANTINE, b"{}", pika.BasicProperties(headers=headers))
    assert {(one.reason, one.since) for one in talk.aside(len(made_up))} == {("delivery_limit", None)}
