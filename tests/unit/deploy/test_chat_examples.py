"""The AsyncAPI document and the examples say what the code takes."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from backbone.exchange import events, messages
from backbone.exchange.messages import ChatMessagePosted, ChatUndo, QuarantineReason, read
from backbone.exchange.topology import CHAT, EVENTS
from deploy import asyncapi
from tests.support import deployment

DOCUMENT: dict[str, Any] = deployment.yaml(deployment.ROOT / "docs" / "asyncapi.yaml")
EXAMPLES = deployment.ROOT / "docs" / "examples" / "chat"
PAGE = (deployment.ROOT / "docs" / "chat-events.md").read_text(encoding="utf-8")
GOLDEN = sorted((deployment.ROOT / "tests" / "contracts" / "exchange").glob("*.json"))


def references(value: Any) -> list[str]:
    """Return every reference in a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}


def test_the_document_is_whole() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])
    assert all(resolved(one) for one in references(DOCUMENT))
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert operation["channel"]["$ref"].startswith("#/channels/")
    exchanges = [one["bindings"]["amqp"]["exchange"]["name"] for one in DOCUMENT["channels"].values()]
    assert exchanges == [CHAT, EVENTS]
    taken, told = DOCUMENT["channels"]["chat"], DOCUMENT["channels"]["events"]
    assert taken["parameters"]["type"]["enum"] == ["chat.message", "chat.undo"]
    assert set(taken["messages"]) == {one.__name__ for one in messages.KINDS}
    assert told["parameters"]["type"]["enum"] == [one.type for one in events.ALL]
    assert set(told["messages"]) == {one.__name__ for one in events.ALL}


def test_there_is_a_golden_event_of_every_kind() -> None:
    assert [path.name for path in GOLDEN] == [f"{messages.type_of(one)}@1.json" for one in messages.KINDS]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_events_decode_and_fit_the_document(path: Path) -> None:
    event = read(path.read_bytes(), 1_000)
    assert f"{event.type}@{event.version}.json" == path.name
    jsonschema.validate(json.loads(path.read_bytes()), schema(type(event).__name__))


def test_an_event_without_a_type_is_a_message_as_before_there_were_others() -> None:
    golden = json.loads(GOLDEN[0].read_bytes())
    del golden["type"]
    assert read(json.dumps(golden).encode(), 1_000) == read(GOLDEN[0].read_bytes(), 1_000)


@pytest.mark.parametrize("event", messages.examples(), ids=lambda event: str(event.type))
def test_the_examples_of_the_document_fit_it(event: messages.ChatEvent) -> None:
    name = type(event).__name__
    (example,) = DOCUMENT["components"]["messages"][name]["examples"]
    jsonschema.validate(example["payload"], schema(name))
    assert read(json.dumps(example["payload"]).encode(), 1_000) == event


def test_the_examples_of_the_page_can_be_read() -> None:
    written, undone, told = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    said, undo = read(written.encode(), 1_000), read(undone.encode(), 1_000)
    assert isinstance(undo, ChatUndo)
    assert (said.ticket, undo.ticket, undo.message_event_id) == ("O2311000", "O2311000", said.event_id)
    assert json.loads(told) == asyncapi.example(events.MessageAdded)


@pytest.mark.parametrize("kind", events.ALL, ids=lambda kind: str(kind.type))
def test_what_is_told_fits_the_document_now_and_with_keys_to_come(kind: type[events.Data]) -> None:
    described = DOCUMENT["components"]["messages"][kind.__name__]
    (example,) = described["examples"]
    for more in ({}, {"key_to_come": 1}):
        event = example["payload"] | more
        event["data"] = event["data"] | more
        jsonschema.validate(event, described["payload"] | {"components": DOCUMENT["components"]})
    wrong = example["payload"] | {"data": example["payload"]["data"] | {next(iter(kind.model_fields)): []}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, described["payload"] | {"components": DOCUMENT["components"]})


def test_every_reason_is_explained() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == set(QuarantineReason)


def told_by_shell(*words: str, **variables: str) -> messages.ChatEvent:
    """Return the event that the shell's example would publish."""
    env = {"PATH": os.environ["PATH"], "POSTROOM_TOKEN": "prt_1", "DRY_RUN": "1"} | variables
    done = subprocess.run(["sh", str(EXAMPLES / "say.sh"), *words], env=env, capture_output=True, text=True, check=True)
    request = json.loads(done.stdout)
    assert request["properties"]["headers"] == {"authorization": "Bearer prt_1"}
    event = read(request["payload"].encode(), 0)
    assert request["routing_key"] == event.type
    return event


def test_the_shells_example_sends_what_is_read() -> None:
    text = 'Он сказал: "завтра"\n'
    said = told_by_shell("O2311000", text)
    assert isinstance(said, ChatMessagePosted)
    assert (said.ticket, said.text, said.chat) == ("O2311000", text, "customer")
    undone = told_by_shell("O2311000", UNDO=str(said.event_id))
    assert isinstance(undone, ChatUndo)
    assert (undone.ticket, undone.message_event_id) == ("O2311000", said.event_id)
