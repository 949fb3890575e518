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
from backbone.exchange.messages import QuarantineReason, read
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
    told = DOCUMENT["channels"]["events"]
    assert told["parameters"]["type"]["enum"] == [one.type for one in events.ALL]
    assert set(told["messages"]) == {one.__name__ for one in events.ALL}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_events_decode_and_fit_the_document(path: Path) -> None:
    assert read(path.read_bytes(), 1_000)
    jsonschema.validate(json.loads(path.read_bytes()), schema("ChatMessagePosted"))


def test_the_example_of_the_document_fits_it() -> None:
    (example,) = DOCUMENT["components"]["messages"]["ChatMessagePosted"]["examples"]
    jsonschema.validate(example["payload"], schema("ChatMessagePosted"))
    assert messages.ChatMessagePosted.model_validate_json(json.dumps(example["payload"])) == messages.example()


def test_the_example_of_the_page_can_be_read() -> None:
    written, told = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert read(written.encode(), 1_000).ticket == "O2311000"
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


def test_the_shells_example_sends_what_is_read() -> None:
    env = {"PATH": os.environ["PATH"], "POSTROOM_TOKEN": "prt_1", "DRY_RUN": "1"}
    said = 'Он сказал: "завтра"\n'
    done = subprocess.run(
        ["sh", str(EXAMPLES / "say.sh"), "O2311000", said], env=env, capture_output=True, text=True, check=True
    )
    request = json.loads(done.stdout)
    assert request["properties"]["headers"] == {"authorization": "Bearer prt_1"}
    event = read(request["payload"].encode(), 0)
    assert (event.ticket, event.text, event.chat) == ("O2311000", said, "customer")
