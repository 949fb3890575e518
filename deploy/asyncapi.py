"""The AsyncAPI 3.0 document of what Postroom and other systems say to each other over AMQP, made from the models."""

from __future__ import annotations

import inspect
import io
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from backbone.exchange import events, messages
from backbone.exchange.topology import CHAT, EVENTS

NOTICE = "# Made by 'python -m deploy.docs' from the models in the code. Do not edit it here.\n"
_REFERENCE = "#/components/schemas/{model}"


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
            "How to connect, and what becomes of an event that cannot be used: docs/chat-events.md.",
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
        "channels": {"chat": _channel(CHAT, ["ChatMessagePosted"], "chat.message"), "events": _events_channel()},
        "operations": {
            "receiveChatMessage": {
                "action": "receive",
                "channel": {"$ref": "#/channels/chat"},
                "summary": "Postroom takes a message that a member of staff wrote.",
            },
            "tellWhatHappened": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Postroom tells what happened to tickets, mails and replies.",
            },
        },
        "components": {
            "messages": {"ChatMessagePosted": _chat_message()} | {one.__name__: _told(one) for one in events.ALL},
            "schemas": _schemas([messages.ChatMessagePosted, events.CloudEvent, *events.ALL]),
            "securitySchemes": {"rabbitmq": {"type": "userPassword", "description": "A user of RabbitMQ."}},
        },
    }


def _channel(exchange: str, names: list[str], address: str) -> dict[str, Any]:
    return {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _events_channel() -> dict[str, Any]:
    channel = _channel(EVENTS, [one.__name__ for one in events.ALL], "{type}")
    types = {"enum": [one.type for one in events.ALL], "description": "The type of the event."}
    return channel | {"parameters": {"type": types}}


def _chat_message() -> dict[str, Any]:
    example = messages.example().model_dump(mode="json")
    token = {
        "type": "string",
        "pattern": "^Bearer prt_",
        "description": "A token of 'postroom service-user token api'.",
    }
    return {
        "name": "chat.message",
        "title": "A chat message",
        "summary": _words(messages.ChatMessagePosted),
        "contentType": "application/json",
        "headers": {"type": "object", "required": ["authorization"], "properties": {"authorization": token}},
        "payload": {"$ref": _REFERENCE.format(model="ChatMessagePosted")},
        "examples": [{"headers": {"authorization": "Bearer prt_…"}, "payload": example}],
    }


def _told(kind: type[events.Data]) -> dict[str, Any]:
    own = {"type": {"const": kind.type}, "data": {"$ref": _REFERENCE.format(model=kind.__name__)}}
    return {
        "name": kind.type,
        "summary": _words(kind),
        "contentType": events.CONTENT_TYPE,
        "payload": {"allOf": [{"$ref": _REFERENCE.format(model="CloudEvent")}, {"properties": own}]},
    }


def _schemas(kinds: list[type[BaseModel]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind in kinds:
        schema = kind.model_json_schema(ref_template=_REFERENCE)
        found |= schema.pop("$defs", {})
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
