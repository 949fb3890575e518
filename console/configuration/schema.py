"""The JSON schema of a configuration file, for editors: which keys there are, what they mean, what they may hold.

It is made from the models that read the files. What only the whole of a file tells, such as a name that is nowhere,
is for ``postroom check`` to say.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from ruamel.yaml import YAML

from console.configuration.model import Configuration

_REFERENCE = r"^\s*(\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:.+)\s*$"
_NOTHING = {"type": "null"}
_SERVERS = {"imap": "Imap", "smtp": "Smtp"}


def document() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12)."""
    made = Configuration.model_json_schema(mode="validation")
    parts: dict[str, Any] = made.pop("$defs")
    for part in (made, *parts.values()):
        _polish(part)
    _let_presets_name_hosts(parts)
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Mail configuration of Postroom",
        **made,
        "$defs": parts,
    }


def text() -> str:
    """Return the schema as it is published."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _polish(part: dict[str, Any]) -> None:
    """Say of one mapping what pydantic leaves unsaid: that a key may stay empty, and how passwords are written."""
    part.pop("title", None)
    part["description"] = part["description"].replace("``", "`")
    for key, about in part.get("properties", {}).items():
        about.pop("title", None)
        if "examples" in about:
            about["examples"] = [YAML(typ="safe", pure=True).load(example) for example in about["examples"]]
        for option in (about, *about.get("anyOf", ())):
            if option.get("format") == "password":
                del option["format"], option["writeOnly"]
                option["pattern"] = _REFERENCE
        if not _tells(about.get("default")):
            about.pop("default", None)
        if key not in part.get("required", ()):
            part["properties"][key] = _or_nothing(about)


def _tells(default: object) -> bool:
    """Whether a default says more than that there is nothing."""
    return isinstance(default, bool) or (bool(default) and not isinstance(default, dict))


def _or_nothing(about: dict[str, Any]) -> dict[str, Any]:
    """Allow a key with nothing behind it, which counts as not written."""
    rest = {key: value for key, value in about.items() if key in {"description", "default", "examples"}}
    kinds = about.get("anyOf") or [{key: value for key, value in about.items() if key not in rest}]
    return rest | {"anyOf": [*(kind for kind in kinds if kind != _NOTHING), _NOTHING]}


def _let_presets_name_hosts(parts: dict[str, Any]) -> None:
    """Ask for the servers' hosts only where no preset fills them in."""
    for part in _SERVERS.values():
        parts[part]["required"] = [key for key in parts[part]["required"] if key != "host"]
    parts["Mailbox"] |= {
        "if": {"required": ["preset"], "properties": {"preset": {"type": "string"}}},
        "else": {"properties": {side: {"required": ["host"]} for side in _SERVERS}},
    }
