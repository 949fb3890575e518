"""Plain data as the text of a YAML file that people like to read."""

from __future__ import annotations

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

LONGEST_LINE = 100
_NEVER = 1_000_000
_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")  # YAML would fold or drop them


def text(data: dict[str, Any]) -> str:
    """Return ``data`` as YAML: an empty line between sections, and between the entries that take several lines."""
    yaml = YAML()
    yaml.width = _NEVER  # a regular expression stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    return "\n".join(_section(yaml, key, value) for key, value in data.items())


def _section(yaml: YAML, key: str, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _dumped(yaml, {key: value})
    entries = [_dumped(yaml, [item]) for item in value]
    apart = "\n" if any(entry.count("\n") > 1 for entry in entries) else ""
    return f"{_dumped(yaml, {key: None})}{apart.join(entries)}"


def _dumped(yaml: YAML, value: Any) -> str:
    stream = io.StringIO()
    yaml.dump(_dressed(value), stream)
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
    if _BREAKS.search(value) or value != value.strip():
        return DoubleQuotedScalarString(value)
    return LiteralScalarString(value) if "\n" in value else value
