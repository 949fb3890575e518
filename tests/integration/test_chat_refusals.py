"""Chat events that cannot become messages stand aside, each with its reason, and hold up nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, update

from backbone.catalogue import access, tables
from backbone.exchange import messages as contract
from backbone.exchange.messages import QuarantineReason
from backbone.exchange.topology import QUARANTINE
from tests.support.chat_events import consuming, depth, event, publish, put_aside
from tests.support.talks import SECONDS, Talk, ticket
from tests.support.waiting import wait_for
from tickets import bus, lifecycle
from tickets.models import chat_events as taken_events
from tickets.models import tickets


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
        (lambda talk: event(talk.number, version=2), QuarantineReason.UNREADABLE, "(version: Input should be 1"),
        (
            lambda talk: event(talk.number, type="secret"),
            QuarantineReason.UNREADABLE,
            "(the event: its type has to be chat.message or chat.undo)",
        ),
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


def test_a_bug_of_ours_stands_aside_too(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bus, "receive", broken)
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number))
        wait_for(lambda: depth(talk.amqp_url, QUARANTINE) == 1, SECONDS, "the event in the quarantine")
    (aside,) = put_aside(talk.house.runtime)
    assert (aside.reason, "ZeroDivisionError" in aside.sentence) == (QuarantineReason.BUG, True)
