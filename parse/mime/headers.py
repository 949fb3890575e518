"""The header section of a message or part (RFC 5322 section 2.2), found and cut into raw fields.

Accepted beyond the RFC, because the standard library ends the header there and loses the rest: a blank before the
colon, a junk line, an mbox ``From`` line, blank lines at the very top, bare CR as line end, a line of white space.
Never raises; linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_END = re.compile(rb"\n\r{0,3}\n|(?<![\r\n])\r\r(?![\r\n])")
_FIELD = re.compile(rb"([!-9;-~\x80-\xff]{1,200})[ \t]*:(.*)\Z", re.DOTALL)
_REGULAR = re.compile(rb"([!-9;-~]{1,200}):([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_LONE_CR = re.compile(rb"\r(?=[!-9;-~]{1,80}[ \t]?:|[ \t\r]|\Z)")
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|received|return-path|"
    rb"mime-version|content-[a-z-]{2,40}|x-[a-z0-9_-]{1,60}|dkim-signature|authentication-results|list-[a-z-]{1,40}|"
    rb"auto-submitted|precedence|delivered-to|arc-[a-z-]{1,40}|thread-[a-z]{1,20}|importance|user-agent)[ \t]*:",
    re.IGNORECASE,
)
_MBOX = re.compile(rb">?From [^\r\n]*[\r\n]+")
_CONTENT = frozenset({"Content-", "content-"})
_MOST_FIELDS = 5_000


@dataclass(frozen=True, slots=True)
class Section:
    """A header section: raw fields ``(name, value)`` in order, where the body starts, and the defects."""

    fields: tuple[tuple[str, bytes], ...]
    body_start: int
    defects: tuple[str, ...] = ()

    def mime_fields(self) -> dict[str, bytes]:
        """Return the first raw value of each Content- field by its lower-case name (RFC 2045 section 3)."""
        found: dict[str, bytes] = {}
        for name, value in self.fields:
            if name[:8] in _CONTENT or name[:8].lower() == "content-":
                found.setdefault(name.lower(), value)
        return found


def read_section(raw: bytes, start: int, end: int, header_bytes: int) -> Section:
    """Read the header section that starts at ``start``; the body may go up to ``end``."""
    defects: list[str] = []
    if raw[start : start + 2] == b"\r\n":
        return Section((), start + 2)
    if raw[start : start + 1] in {b"\n", b"\r"}:
        return Section((), start + 1)
    if mbox := _MBOX.match(raw, start, min(end, start + 1000)):
        start = mbox.end()
        defects.append("mbox_line")
    found = _END.search(raw, start, end)
    block_end, body_start = (found.start(), found.end()) if found else (end, end)
    if block_end - start > header_bytes:
        block_end = start + header_bytes
        defects.append("header_too_large")
    block = raw[start:block_end]
    if (regular := _regular_fields(block)) is not None:
        return Section(regular, body_start, tuple(defects))
    lines, offsets = _lines(block)
    fields, junk_at = _fields(lines, defects)
    if junk_at is not None:
        # Lines without any header form up to the end: the empty line is missing and the body has begun.
        body_start = start + offsets[junk_at]
        defects.append("header_without_end")
    return Section(tuple(fields), body_start, tuple(defects))


def _regular_fields(block: bytes) -> tuple[tuple[str, bytes], ...] | None:
    """Cut a header section that keeps the rules, as nearly all do; None when it breaks one."""
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") + block.endswith(b"\r"):
        return None
    fields: list[tuple[str, bytes]] = []
    position = 0
    while position < len(block):
        match = _REGULAR.match(block, position)
        if match is None or len(fields) >= _MOST_FIELDS:
            return None
        fields.append((match[1].decode("ascii"), match[2]))
        position = match.end()
    return tuple(fields)


def _lines(block: bytes) -> tuple[list[bytes], list[int]]:
    """Split into physical lines, with where each begins."""
    if b"\r" in block and b"\n" not in block:
        block = block.replace(b"\r", b"\n")
    elif b"\r" in block:
        block = _LONE_CR.sub(b"\n", block)
    lines = block.split(b"\n")
    offsets, position = [], 0
    for line in lines:
        offsets.append(position)
        position += len(line) + 1
    return lines, offsets


def _fields(lines: list[bytes], defects: list[str]) -> tuple[list[tuple[str, bytes]], int | None]:
    """Cut lines into fields; return them and the line where a body without an empty line before it begins."""
    fields: list[tuple[str, bytes]] = []
    last_known: int | None = None
    for index, folded in _logical_lines(lines):
        match = _FIELD.match(folded)
        if match is None:
            if last_known is None:
                last_known = next((i for i in range(len(lines) - 1, index, -1) if _KNOWN.match(lines[i])), index)
            if last_known <= index:
                return fields, index
            defects.append("header_junk")
        elif len(fields) >= _MOST_FIELDS:
            defects.append("header_too_many")
            break
        else:
            fields.append((match[1].decode("latin-1"), match[2]))
    return fields, None


def _logical_lines(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Put folded lines together (RFC 5322 section 2.2.3); a line of white space is a continuation too."""
    first = 0
    while first < len(lines) and (lines[first][:1] in {b" ", b"\t"} or not lines[first].strip()):
        first += 1
    for index in range(first + 1, len(lines) + 1):
        if index < len(lines) and (lines[index][:1] in {b" ", b"\t"} or not lines[index].strip()):
            continue
        yield first, lines[first] if index == first + 1 else b"\n".join(lines[first:index])
        first = index
