"""Events that nobody should publish: whatever their bodies and headers are, none stops those that come after it."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any

import pika
import pika.data
import pytest

from backbone.exchange.messages import QuarantineReason
from backbone.exchange.topology import CHAT, declare_chat
from tests.support.chat_events import consuming, event, undo
from tests.support.talks import Talk

USUAL = json.loads(event("O2311000"))
MESSAGE = USUAL["event_id"]

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "no object": b"null",
    "UTF-16": json.dumps(USUAL).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(USUAL).encode(),
    "compressed": gzip.compress(json.dumps(USUAL).encode()),
    "cut off": json.dumps(USUAL).encode()[:-2],
    "two at once": json.dumps(USUAL).encode() * 2,
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep and whole": json.dumps(USUAL)[:-1].encode() + b', "more": ' + b"[" * 9_000 + b"]" * 9_000 + b"}",
    "no number": json.dumps(USUAL | {"version": float("nan")}).encode(),
    "infinite": json.dumps(USUAL | {"occurred_at": float("inf")}).encode(),
    "half a pair": json.dumps(USUAL)[:-1].encode() + b', "text": "\\ud800"}',
    "half a pair in bytes": json.dumps(USUAL)[:-1].encode() + b', "text": "\xed\xa0\x80"}',
    "a list for a text": json.dumps(USUAL | {"text": ["a"]}).encode(),
    "nothing for a text": json.dumps(USUAL | {"text": None}).encode(),
    "a number for a ticket": json.dumps(USUAL | {"ticket": 2311000}).encode(),
    "a text for an author": json.dumps(USUAL | {"author": "Анна"}).encode(),
    "an object for files": json.dumps(USUAL | {"attachments": {}}).encode(),
    "no time zone": json.dumps(USUAL | {"occurred_at": "2026-11-23T09:30:00"}).encode(),
    "no time": json.dumps(USUAL | {"occurred_at": 10**30}).encode(),
    "without an event_id": json.dumps({name: value for name, value in USUAL.items() if name != "event_id"}).encode(),
    "no event_id": json.dumps(USUAL | {"event_id": ""}).encode(),
    "a long event_id": json.dumps(USUAL | {"event_id": "5" * 40}).encode(),
    "a later version": json.dumps(USUAL | {"version": 2}).encode(),
    "another type": json.dumps(USUAL | {"type": "chat.edit"}).encode(),
    "a list for a type": json.dumps(USUAL | {"type": ["chat.message"]}).encode(),
    "nothing for a type": json.dumps(USUAL | {"type": None}).encode(),
    "an undo that says something": json.dumps(USUAL | {"type": "chat.undo", "message_event_id": MESSAGE}).encode(),
    "an undo of nothing": undo("O2311000", ""),
    "an undo of itself": undo("O2311000", MESSAGE, event_id=MESSAGE),
    "an undo as a message": undo("O2311000", MESSAGE, type="chat.message"),
    "another chat": json.dumps(USUAL | {"chat": "all"}).encode(),
    "a long ticket": json.dumps(USUAL | {"ticket": "O" * 81}).encode(),
    "a long text": json.dumps(USUAL | {"text": "x" * 100_001}).encode(),
    "too many files": json.dumps(USUAL | {"attachments": [{"filename": "a", "content": ""}] * 11}).encode(),
}


class Raw:
    """A header's value, as its bytes."""

    def __init__(self, kind: bytes, value: bytes) -> None:
        self.encoded = kind + value


def long(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def nested(kind: bytes, name: bytes, levels: int) -> Raw:
    content = b""
    for _ in range(levels):
        content = name + kind + long(content)
    return Raw(kind, long(content))


HEADERS: dict[str, dict[Any, Any]] = {
    "beyond the calendar": {"x": Raw(b"T", struct.pack(">Q", 2**63))},
    "beyond it in a list": {"x": Raw(b"A", long(b"T" + struct.pack(">Q", 2**64 - 1)))},
    "deep lists": {"x": nested(b"A", b"", 20_000)},
    "deep tables": {"x": nested(b"F", b"\1n", 15_000)},
    "a name that is no text": {b"\xff\xfe": "x"},
    "a value that is no text": {"x": Raw(b"S", long(b"\xff\xfe"))},
    "as much as one frame holds": {"x": "y" * 130_850},
    "many": {f"x{one}": one for one in range(5_000)},
    "of our names": {"x-postroom-reason": "bug", "x-postroom-authorization": "x", "x-death": "x"},
    "numbers of every size": {"a": 2**63 - 1, "b": -(2**63), "c": Raw(b"D", b"\xff" + struct.pack(">i", -(2**31)))},
}


@pytest.fixture
def _raw_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pika write values that it has no type for."""
    plain = pika.data.encode_value

    def encode(pieces: list[bytes], value: Any) -> int:
        if isinstance(value, Raw):
            pieces.append(value.encoded)
            return len(value.encoded)
        return int(plain(pieces, value))

    monkeypatch.setattr(pika.data, "encode_value", encode)


def send(talk: Talk, body: bytes, headers: dict[Any, Any], **properties: Any) -> None:
    """Publish as a program that knows no rules would."""
    with pika.BlockingConnection(pika.URLParameters(talk.amqp_url)) as connection:
        channel = connection.channel()
        declare_chat(channel)
        channel.confirm_delivery()
        channel.basic_publish(CHAT, "chat.message", body, pika.BasicProperties(headers=headers, **properties))


def test_no_body_stops_the_others(talk: Talk) -> None:
    with consuming(talk.house.runtime):
        talk.publish(*UNREADABLE.values(), event(talk.number, "дальше"))
        talk.wait_for_texts("дальше")
        aside = {one.body: one for one in talk.aside(len(UNREADABLE))}
    found = {name: aside[body].reason for name, body in UNREADABLE.items()}
    assert found == dict.fromkeys(UNREADABLE, QuarantineReason.UNREADABLE)
    for one in aside.values():
        assert one.sentence.startswith("The event does not follow docs/asyncapi.yaml (")
        assert len(one.sentence) <= 900


@pytest.mark.usefixtures("_raw_headers")
@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)
def test_no_headers_stop_the_others(talk: Talk, headers: dict[Any, Any]) -> None:
    authorised = headers | {"authorization": f"Bearer {talk.token}"}
    with consuming(talk.house.runtime):
        send(talk, event(talk.number, "раз"), authorised)
        send(talk, b"no", authorised)
        send(talk, event(talk.number, "два"), headers)
        talk.publish(event(talk.number, "дальше"))
        aside = talk.aside(2)
        talk.wait_for_texts("раз", "дальше")
    assert {one.reason for one in aside} == {QuarantineReason.UNREADABLE, QuarantineReason.UNAUTHORISED}


def test_no_property_is_believed(talk: Talk) -> None:
    authorised = {"authorization": f"bearer  {talk.token} "}
    wrong = {"content_type": "image/png", "content_encoding": "gzip", "priority": 255, "timestamp": 2**64 - 1}
    with consuming(talk.house.runtime):
        send(talk, event(talk.number, "раз"), authorised, **wrong, user_id="postroom", delivery_mode=1)
        talk.wait_for_texts("раз")


def test_of_a_key_that_stands_twice_the_last_counts(talk: Talk) -> None:
    body = event(talk.number, "раз")[:-1] + b', "text": "' + "два".encode() + b'"}'
    with consuming(talk.house.runtime):
        talk.publish(body)
        talk.wait_for_texts("два")
