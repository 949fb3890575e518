"""Contracts only grow: every golden JSON of every version decodes, says the same again, and has a handler."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backbone import contracts, stage
from backbone.contracts import MAX_EVENT_BYTES, MAX_IDS, Contract, Event, Letter, ParsedMail
from backbone.routing import QUEUES, STAGES, batches

GOLDEN = sorted((Path(__file__).parents[2] / "contracts").glob("*.json"))
EVENTS: dict[str, type[Event]] = {kind.model_fields["type"].default: kind for kind in Event.__subclasses__()}
DOCUMENTS: dict[str, type[Contract]] = {"parsed_mail": ParsedMail, "letter": Letter}


def model_of(path: Path) -> type[Contract]:
    return (EVENTS | DOCUMENTS)[path.name.partition("@")[0]]


def has_handler(event: type[Event]) -> bool:
    return event in stage._handlers  # noqa: SLF001 - the registry is what this test is about


def test_there_is_a_golden_file_of_every_version() -> None:
    wanted = {f"{name}@{kind.model_fields['version'].default}.json" for name, kind in EVENTS.items()}
    assert {path.name for path in GOLDEN} >= wanted | {f"{name}@1.json" for name in DOCUMENTS}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_golden_file_decodes_and_says_the_same_again(path: Path) -> None:
    read = model_of(path).model_validate_json(path.read_bytes())
    written = json.loads(read.model_dump_json(by_alias=True))
    told = json.loads(path.read_bytes())
    assert _as_told(written, told) == told


def _as_told(written: Any, told: Any) -> Any:
    """Return what was ``written`` without the keys that came after the file was ``told``."""
    if isinstance(told, dict):
        return {name: _as_told(written[name], value) for name, value in told.items()}
    if isinstance(told, list) and len(written) == len(told):
        return [_as_told(*pair) for pair in zip(written, told, strict=True)]
    return written


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_unknown_keys_are_refused_at_every_depth(path: Path) -> None:
    document = json.loads(path.read_bytes())
    for holder in _objects(document):
        holder["surprise"] = 1
        with pytest.raises(ValidationError):
            model_of(path).model_validate_json(json.dumps(document))
        del holder["surprise"]


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_every_event_has_a_queue_of_a_stage_and_a_handler_there(event: type[Event]) -> None:
    stage.load(STAGES)
    assert QUEUES[event] in STAGES.values()
    assert has_handler(event)


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_events_hold_ids_only_and_stay_small(event: type[Event]) -> None:
    for name, field in event.model_fields.items():
        if name not in Event.model_fields:
            assert field.annotation is int or field.annotation == tuple[int, ...], f"{name} is no id"
    assert len(largest(event).model_dump_json().encode()) < MAX_EVENT_BYTES


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_events_are_immutable_and_of_one_version(event: type[Event]) -> None:
    made = largest(event)
    with pytest.raises(ValidationError):
        made.version = 1  # type: ignore[misc]  # what the test is about
    with pytest.raises(ValidationError):
        event.model_validate(made.model_dump() | {"version": 2})
    with pytest.raises(ValidationError):
        event.model_validate(made.model_dump() | {"type": "other"})


@pytest.mark.parametrize("count", [0, MAX_IDS + 1])
def test_an_event_names_at_least_one_id_and_not_too_many(count: int) -> None:
    with pytest.raises(ValidationError):
        contracts.MailReceived(mail_ids=tuple(range(count)))


def test_batches_fit_events_and_lose_nothing() -> None:
    ids = list(range(1000))
    cut = list(batches(ids))
    assert [one for piece in cut for one in piece] == ids
    assert max(map(len, cut)) <= MAX_IDS
    assert list(batches([])) == []


def largest(event: type[Event]) -> Event:
    biggest = 10**19 - 1
    values: dict[str, Any] = {
        name: (biggest,) * MAX_IDS if name.endswith("_ids") else biggest
        for name in event.model_fields
        if name not in Event.model_fields
    }
    return event(**values)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in _objects(inner))]
    return [one for inner in value for one in _objects(inner)] if isinstance(value, list) else []
