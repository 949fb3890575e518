"""The AsyncAPI 3.0 document of what Postroom and other systems say to each other over AMQP, made from the models."""

from __future__ import annotations

import inspect
import io
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from backbone.exchange import events, messages
from backbone.exchange.topology import CHAT, EVENTS

NOTICE = "# Made by 'python -m deploy.docs' from the models in the code. Do not edit it here.\n"
_REFERENCE = "#/components/schemas/{model}"
_SAMPLES: dict[str, Any] = {
    "ticket": "O2311000",
    "mailbox": "help@example.com",
    "subject": "Не работает кондиционер",
    "mail_id": 42,
    "message_id": 17,
    "outbound_id": 23,
    "chat": "customer",
    "author_kind": "staff",
    "author": "Анна",
    "text": "Мастер приедет завтра в 10:00.",
    "files": 1,
    "undo_until": "2026-11-23T06:30:31.250000Z",
    "event_id": "5f0c6a52-6a5e-4d0e-9b5c-0d6d5b1f7a10",
    "merged_into": "O2311001",
    "by": "mail",
    "reason": "not_verified",
    "recipient": "ivan@customer.example",
    "answer": "250 2.0.0 Ok: queued as 4F1",
}
"""What stands in the examples of what is told, by the name of the key; other keys have their defaults."""

_UNDO = {"event_id": "c3a4f0de-0c56-4f4b-8a53-3f2a9b6c1d20"}
_SAMPLES_OF: dict[str, dict[str, Any]] = {
    events.MessageUndone.type: _UNDO,
    events.MessageKept.type: _UNDO | {"reason": "too_late"},
}
"""What stands there instead in those of one type."""


def text() -> str:
    """Return the document as YAML."""
    yaml = YAML()
    yaml.width = 118
    yaml.representer.ignore_aliases = lambda *_: True
    stream = io.StringIO()
    yaml.dump(document(), stream)
    return NOTICE + stream.getvalue()


def document() -> dict[str, Any]:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Postroom over AMQP",
            "version": "1.0.0",
            "description": "A chat system publishes what staff write on tickets; Postroom tells what happened. "
            "How to connect, and what becomes of an event that cannot be used: docs/chat-events.md. Keys may be added "
            "to what is told: pass over those that you do not know.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "rabbitmq": {
                "host": "rabbitmq.example.com:5671",
                "pathname": "/",
                "protocol": "amqps",
                "security": [{"$ref": "#/components/securitySchemes/rabbitmq"}],
            }
        },
        "channels": {
            "chat": _channel(CHAT, {messages.type_of(one): one.__name__ for one in messages.KINDS}),
            "events": _channel(EVENTS, {one.type: one.__name__ for one in events.ALL}),
        },
        "operations": {
            "receiveChatMessage": {
                "action": "receive",
                "channel": {"$ref": "#/channels/chat"},
                "summary": "Postroom takes a message that a member of staff wrote, or takes one back.",
            },
            "tellWhatHappened": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Postroom tells what happened to tickets, mails and replies.",
            },
        },
        "components": {
            "messages": {type(one).__name__: _from_chat(one) for one in messages.examples()}
            | {one.__name__: _told(one) for one in events.ALL},
            "schemas": _schemas([*messages.KINDS, events.CloudEvent, *events.ALL]),
            "securitySchemes": {"rabbitmq": {"type": "userPassword", "description": "A user of RabbitMQ."}},
        },
    }


def _channel(exchange: str, names: dict[str, str]) -> dict[str, Any]:
    """Return the channel of what goes through an exchange: names of messages by their types."""
    return {
        "address": "{type}",
        "parameters": {"type": {"enum": list(names), "description": "The type of the event."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names.values()},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _from_chat(example: messages.ChatEvent) -> dict[str, Any]:
    kind = type(example)
    token = {
        "type": "string",
        "pattern": "^Bearer prt_",
        "description": "A token of 'postroom service-user token api'.",
    }
    return {
        "name": example.type,
        "summary": _words(kind),
        "contentType": "application/json",
        "headers": {"type": "object", "required": ["authorization"], "properties": {"authorization": token}},
        "payload": {"$ref": _REFERENCE.format(model=kind.__name__)},
        "examples": [{"headers": {"authorization": "Bearer prt_…"}, "payload": example.model_dump(mode="json")}],
    }


def example(kind: type[events.Data]) -> dict[str, Any]:
    """Return an event of this kind, as it is told."""
    samples = _SAMPLES | _SAMPLES_OF.get(kind.type, {})
    data = kind.model_validate({name: value for name, value in samples.items() if name in kind.model_fields})
    event = events.CloudEvent(
        id="0b6a1c53-6d0a-5a51-9d0e-3c4f0b8f7c11",
        source="/postroom/postroom",
        type=kind.type,
        subject=_SAMPLES["ticket"] if "ticket" in kind.model_fields else str(_SAMPLES["mail_id"]),
        time=datetime(2026, 11, 23, 6, 30, 1, 250_000, tzinfo=UTC),
        correlationid="e35fdb1894d44fae927ef8215d07e455",
        data=data.model_dump(mode="json"),
    )
    return event.model_dump(mode="json")


def _told(kind: type[events.Data]) -> dict[str, Any]:
    own = {"type": {"const": kind.type}, "data": {"$ref": _REFERENCE.format(model=kind.__name__)}}
    return {
        "name": kind.type,
        "summary": _words(kind),
        "contentType": events.CONTENT_TYPE,
        "payload": {"allOf": [{"$ref": _REFERENCE.format(model="CloudEvent")}, {"properties": own}]},
        "examples": [{"payload": example(kind)}],
    }


def _schemas(kinds: list[type[BaseModel]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in kinds:
        schema = kind.model_json_schema(ref_template=_REFERENCE)
        found |= schema.pop("$defs", {})
        if kind in (events.CloudEvent, *events.ALL):
            del schema["additionalProperties"]  # we know our own keys; who listens is to pass over new ones
        found[kind.__name__] = schema
    return {name: _plain(schema) for name, schema in sorted(found.items())}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose description is one paragraph, as the docstring has it."""
    if "description" in schema:
        schema["description"] = _paragraph(schema["description"])
    return schema


def _words(documented: object) -> str:
    return _paragraph(inspect.getdoc(documented) or "")


def _paragraph(words: str) -> str:
    return " ".join(words.split()).replace("``", "`")
