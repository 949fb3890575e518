"""The reference pages that are made from the code: settings, contracts, the schema of the mail configuration, AsyncAPI.

``python -m deploy.docs`` writes them, ``python -m deploy.docs --check`` only says which are out of date (exit code 1).
The pages hold nothing that is not in the models: their descriptions, defaults, bounds and docstrings.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from backbone import contracts
from backbone.routing import BATCH, QUEUES, STAGES
from console.configuration import schema as configuration_schema
from deploy import asyncapi

ROOT = Path(__file__).parent.parent
PACKAGES = ("backbone", *STAGES, "console")
HEADINGS = {"backbone": "Shared by every process", "console": "The console"}
NOTICE = "<!-- Made by 'python -m deploy.docs' from the models in the code. Do not edit it here. -->"
SETTINGS_WORDS = (
    "Every process reads its settings from the environment when it starts. What cannot be used is named in one "
    "sentence, and the process does not start. With none set, everything runs embedded, below the folder `var`."
)
EVENT_WORDS = (
    f"An event is JSON under {contracts.MAX_EVENT_BYTES} bytes and names up to {contracts.MAX_IDS} ids; Postroom "
    f"itself puts {BATCH} into one. Unknown keys are refused."
)
EMITTERS = {
    "mailbox.due": "scheduler",
    "mail.received": "ingest",
    "mail.parsed": "parse",
    "mail.queued": "tickets",
    "copies.owed": "scheduler",
}


def settings_classes() -> list[type[BaseSettings]]:
    """Return every class of settings, the shared one first."""
    found: list[type[BaseSettings]] = []
    for package in PACKAGES:
        if not (ROOT / package / "settings.py").exists():
            continue
        module = import_module(f"{package}.settings")
        found += [
            kind
            for _name, kind in inspect.getmembers(module, inspect.isclass)
            if issubclass(kind, BaseSettings) and kind.__module__ == module.__name__
        ]
    return found


def variables() -> dict[str, type[BaseSettings]]:
    """Return every environment variable that Postroom reads, and the class that reads it."""
    return {row[0]: kind for kind in settings_classes() for row in _rows(kind)}


def settings_page() -> str:
    """Return the page of all settings."""
    lines = [
        "# Settings",
        "",
        NOTICE,
        "",
        SETTINGS_WORDS,
    ]
    for kind in settings_classes():
        title = kind.__module__.partition(".")[0]
        heading = HEADINGS.get(title, f"The {title} stage")
        lines += ["", f"## {heading}", "", _words(kind), ""]
        lines += ["| variable | default | value | meaning |", "|---|---|---|---|"]
        for variable, default, value, meaning in _rows(kind):
            cells = (f"`{variable}`", _default(default), _bounded(value), meaning)
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def contracts_page() -> str:
    """Return the page of all events and documents."""
    events = list(QUEUES)
    documents = [kind for kind in _models() if not issubclass(kind, contracts.Event)]
    lines = [
        "# Contracts",
        "",
        NOTICE,
        "",
        _words(contracts),
        "",
        EVENT_WORDS,
        "",
        "## Events",
        "",
        "| event | queue | consumed by | published by |",
        "|---|---|---|---|",
    ]
    consumers = {queue: stage for stage, queue in STAGES.items()}
    for kind in events:
        name = kind.model_fields["type"].default
        queue = QUEUES[kind]
        lines.append(f"| [`{name}`](#{kind.__name__.lower()}) | `{queue}` | {consumers[queue]} | {EMITTERS[name]} |")
    lines += ["", "The scheduler publishes each of them again when a row of the ledger is past due."]
    for kind in events:
        lines += [*_model(kind), "", "```json", _example(kind), "```"]
    lines += ["", "## Documents", "", "JSON blobs and columns that events point at by id."]
    for document in documents:
        lines += _model(document)
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/operations/settings.md": settings_page,
    "docs/contracts.md": contracts_page,
    "docs/configuration.schema.json": configuration_schema.text,
    "docs/asyncapi.yaml": asyncapi.text,
}


def stale() -> list[str]:
    """Return the pages that do not say what the code says."""
    return [path for path, make in PAGES.items() if not _is(ROOT / path, make())]


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` only compare them; return the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m deploy.docs [--check]\n")
        return 2
    old = stale()
    for path in old:
        if not arguments:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(PAGES[path](), encoding="utf-8")
        print(f"{path}: {'out of date; run python -m deploy.docs' if arguments else 'written'}")
    return 1 if old and arguments else 0


def _rows(kind: type[BaseSettings]) -> Iterator[tuple[str, object, dict[str, Any], str]]:
    """Yield the variables of a class with default, JSON schema and meaning; those inside a dataclass one by one."""
    schema = kind.model_json_schema()
    prefix, joint = kind.model_config.get("env_prefix", ""), kind.model_config.get("env_nested_delimiter") or ""
    for name, field in kind.model_fields.items():
        variable = f"{prefix}{name}".upper()
        inner = field.default
        if not is_dataclass(inner):
            yield variable, inner, schema["properties"][name], field.description or ""
            continue
        meaning = f"{field.description or ''}: {_words(type(inner))}"
        for one in fields(inner):
            part = schema["$defs"][type(inner).__name__]["properties"][one.name]
            yield f"{variable}{joint}{one.name.upper()}", getattr(inner, one.name), part, meaning
            meaning = "as above"


def _words(documented: object) -> str:
    """Return a docstring as Markdown."""
    text = " ".join((inspect.getdoc(documented) or "").split()).replace("``", "`")
    return re.sub(r":\w+:`(\w+)`", r"`\1`", text)


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _models() -> Iterator[type[contracts.Contract]]:
    """Yield the models of the contracts in the order in which they are written."""
    kinds = [
        kind
        for kind in vars(contracts).values()
        if inspect.isclass(kind) and issubclass(kind, contracts.Contract) and kind.__module__ == contracts.__name__
    ]
    return (kind for kind in kinds if kind not in (contracts.Contract, contracts.Event))


def _model(kind: type[BaseModel]) -> list[str]:
    schema = kind.model_json_schema(by_alias=True)
    lines = ["", f"### {kind.__name__}", "", _words(kind), ""]
    lines += ["| key | value | when left out |", "|---|---|---|"]
    required = schema.get("required", [])
    for field in kind.model_fields.values():
        key = field.alias or next(name for name, one in kind.model_fields.items() if one is field)
        left_out = "required" if key in required else _left_out(field.default)
        lines.append(f"| `{key}` | {_cell(_type(schema['properties'][key]))} | {_cell(left_out)} |")
    return lines


def _example(kind: type[contracts.Event]) -> str:
    ids: dict[str, Any] = {
        name: 17 if name == "mailbox_id" else (17, 18) for name in kind.model_fields if name.endswith(("_id", "_ids"))
    }
    ids |= {"event_id": UUID(int=0), "occurred_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}
    return kind.model_validate(ids).model_dump_json(indent=2)


def _left_out(default: object) -> str:
    if default is PydanticUndefined:
        return "made afresh"
    if isinstance(default, BaseModel):
        return f"an empty {type(default).__name__}"
    return f"`{json.dumps(default)}`"


def _type(schema: dict[str, Any]) -> str:
    """Return in words what values a JSON schema allows."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    inside = {"array": ("list of", "items"), "object": ("JSON object of", "additionalProperties")}
    if schema.get("type") in inside:
        words, key = inside[schema["type"]]
        return f"{words} {_type(schema.get(key, {}))}"
    return str({"date-time": "ISO 8601 time", "uuid": "UUID"}.get(schema.get("format", ""), schema.get("type", "any")))


def _bounded(schema: dict[str, Any]) -> str:
    """Return what values a setting takes, with its bounds."""
    words = _type(schema)
    marks = {
        "minimum": "≥",
        "exclusiveMinimum": ">",
        "maximum": "≤",
        "exclusiveMaximum": "<",
        "maxLength": "length ≤",
        "pattern": "like",
    }
    parts = [f"{mark} `{schema[key]}`" for key, mark in marks.items() if key in schema]
    return f"{words}, {', '.join(parts)}" if parts else words


def _default(value: object) -> str:
    if isinstance(value, SecretStr) or value in ("", None, {}, frozenset()):
        return "(empty)"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) and value < 1_000_000 else f"`{value}`"  # noqa: PLR2004 - no exponent


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
