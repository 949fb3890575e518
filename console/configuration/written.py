"""Plain data as the text of a YAML file that people like to read."""

from __future__ import annotations

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

LONGEST_LINE = 100
_NEVER = 1_000_000
_ODD = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML would fold, drop or refuse where it is not escaped."""
_PLAIN = re.compile(r"[^\W_][\w .,@/«»()№+-]*|\$\{\w+\}")
"""What stands without quotes, unless YAML takes it for a number or the like."""


def text(data: dict[str, Any]) -> str:
    """Return ``data`` as YAML: an empty line between sections, and between the entries that take several lines."""
    yaml = YAML()
    yaml.width = _NEVER  # a regular expression stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    return "\n".join(_section(yaml, key, value) for key, value in data.items())


def _section(yaml: YAML, key: str, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _dumped(yaml, {key: _dressed(value)})
    entries = [_dumped(yaml, [_dressed(item)]) for item in value]
    apart = "\n" if any(entry.count("\n") > 1 for entry in entries) else ""
    return f"{_dumped(yaml, {key: None})}{apart.join(entries)}"


def _dumped(yaml: YAML, value: Any) -> str:
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _dressed(value: Any) -> Any:
    """Return ``value`` with the style in which it is written."""
    if isinstance(value, dict):
        return CommentedMap((key, _dressed(item)) for key, item in value.items())
    if isinstance(value, list):
        found = CommentedSeq(map(_dressed, value))
        scalars = not any(isinstance(item, dict | list) for item in value)
        if scalars and sum(len(str(item)) + 4 for item in value) < LONGEST_LINE:
            found.fa.set_flow_style()
        return found
    if not isinstance(value, str):
        return value
    if _ODD.search(value) or value != value.strip():
        return DoubleQuotedScalarString(value)
    if "\n" in value:
        return LiteralScalarString(value)
    return value if _PLAIN.fullmatch(value) else SingleQuotedScalarString(value)
