"""Reader of Authentication-Results (RFC 8601 section 2.2) and ARC-Authentication-Results (RFC 8617 section 4.1.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parse.evidence.fields import without_comments

MAX_VALUE = 16_384
"""A longer field than this is no server's verdict."""
MAX_RESULTS = 50

NO_ID = "-"
"""Stands for the missing authserv-id of servers that write none (Exchange Online)."""

_METHOD = re.compile(r"([a-z0-9-]{1,40})(?:\s*/\s*\d{1,5})?\s*=\s*([a-z0-9-]{1,40})")
_PROPERTY = re.compile(r"([a-z0-9-]{1,40}\.[a-z0-9_-]{1,40})\s*=\s*([^\s;]{1,600})")
_QUOTED_WORD = re.compile(r'((?:^|=)\s?)"([^"\\;()\s=]*)"')
_INSTANCE = re.compile(r"\s*i\s*=\s*(\d{1,3})\s*;")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result (``resinfo``), with its properties such as ``header.d``; all in lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Return a property, or an empty string."""
        return next((value for key, value in self.properties if key == name), "")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one server found: its authserv-id (lower case), its results in order, and the ARC instance if it has one."""

    authserv_id: str
    results: tuple[Result, ...]
    instance: int | None = None


def read(value: str) -> Verdicts | None:
    """Return what the field says, or None if it is no such field."""
    if len(value) > MAX_VALUE:
        return None
    instance = None
    numbered = _INSTANCE.match(value)
    if numbered:
        instance = int(numbered[1])
        value = value[numbered.end() :]
    head, *rest = _split(value)
    if "=" in head:
        rest.insert(0, head)
        head = NO_ID
    words = head.split()
    if not words:
        return None
    results = [found for piece in rest[:MAX_RESULTS] if (found := _result(piece)) is not None]
    return Verdicts(words[0], tuple(results), instance)


def tags(value: str) -> dict[str, str]:
    """Return the tags of a tag list such as ARC-Seal (RFC 6376 section 3.2)."""
    pairs = (piece.partition("=") for piece in value[:MAX_VALUE].split(";")[:MAX_RESULTS])
    return {name.strip().lower(): text.strip() for name, _, text in pairs if name.strip()}


def _split(value: str) -> list[str]:
    """Return the pieces between semicolons, lower case, without comments; quoted words keep their content.

    Longer quotes go: a sender chooses what stands in ``smtp.mailfrom``, and must not write properties with it.
    """
    unquoted = _QUOTED_WORD.sub(r"\1\2", value)
    return [piece.strip().lower() for piece in without_comments(unquoted).split(";")]


def _result(piece: str) -> Result | None:
    method = _METHOD.match(piece)
    if method is None:
        return None
    return Result(method[1], method[2], tuple(_PROPERTY.findall(piece, method.end())))
