"""The source of a mail as a person reads it, with the way back from each character read to its place in the source.

What is read has one blank where the source has any number of blanks, line ends or block tags; tags inside a line leave
nothing, entities are their characters, and what no one sees (comments, styles, scripts, the head) is not there.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from typing import NamedTuple


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    BLANK = "blank"
    ENTITY = "entity"
    INLINE = "inline tag"
    BLOCK = "block tag"
    HIDDEN = "hidden"


class Token(NamedTuple):
    """A stretch of the source, and what is read there; of a text some words."""

    kind: Kind
    start: int
    end: int
    read: str


_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("tr", "ul"),
    ]
)
_UNSEEN = frozenset(("head", "script", "style", "title"))
_TEXT = re.compile(r"(?P<blank>\s+)|(?P<text>\S{1,99}(?: \S{1,99}){0,9})")
_HTML = re.compile(
    r"(?P<blank>\s+)|(?P<text>[^\s<&]{1,99}(?: [^\s<&]{1,99}){0,9})"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z]\w{1,31});?)|(?P<comment><!--)"
    r"""|</?(?P<tag>[a-zA-Z][^\s<>/"']*+)(?:(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>|[^<>]*+>)"""
    r"|<[!?][^<>]*+>|(?P<bare>[<&]{1,99}(?=[<&])|[<&])"
)


def tokens(source: str, start: int, end: int, *, html: bool) -> Iterator[Token]:
    """Yield the tokens of ``source`` from ``start``, which must not lie inside one, to ``end``."""
    expression = _HTML if html else _TEXT
    unclosed: set[str] = set()
    place = start
    while found := expression.match(source, place, end):
        kind, read = Kind.HIDDEN, ""
        place = found.end()
        match found.lastgroup:
            case "text" | "bare":
                kind, read = Kind.TEXT, found[0]
            case "blank":
                kind, read = Kind.BLANK, " "
            case "entity":
                kind, read = _entity(found[0])
            case "comment":
                place = _after("-->", source, place, end, unclosed)
            case "tag":
                name = found["tag"].lower()
                kind, read = (Kind.BLOCK, " ") if name in _BLOCKS else (Kind.INLINE, "")
                if name in _UNSEEN and found[0][1] != "/":
                    kind, place = Kind.HIDDEN, _after(f"</{name}", source, place, end, unclosed)
        yield Token(kind, found.start(), place, read)


def _entity(written: str) -> tuple[Kind, str]:
    read = unescape(written)
    if read == written:
        return Kind.TEXT, read
    return (Kind.BLANK, " ") if read.isspace() else (Kind.ENTITY, read)


def _after(closing: str, source: str, place: int, end: int, unclosed: set[str]) -> int:
    """Return the place after ``closing``; ``place`` itself when it never comes, which is looked for once."""
    if closing in unclosed:
        return place
    found = re.compile(re.escape(closing), re.IGNORECASE).search(source, place, end)
    if not found:
        unclosed.add(closing)
        return place
    close = source.find(">", found.end() - 1, end)
    return close + 1 if close >= 0 else end


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read in ``source``: piece by piece, where it is read and where it stands."""

    source: str
    html: bool
    text: str
    read_at: array[int]
    starts: array[int]
    ends: array[int]
    token_starts: array[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the source the characters ``start`` to ``end`` of what is read stand."""
        return self._stands(start)[0], self._stands(end - 1)[1]

    def _stands(self, index: int) -> tuple[int, int]:
        piece = bisect_right(self.read_at, index) - 1
        start, end = self.starts[piece], self.ends[piece]
        length = (self.read_at[piece + 1] if piece + 1 < len(self.read_at) else len(self.text)) - self.read_at[piece]
        if end - start != length:
            return start, end
        start += index - self.read_at[piece]
        return start, start + 1

    def before(self, place: int, limit: int, count: int) -> list[Token]:
        """Return the last ``count`` tokens, or a few more, between ``limit`` and ``place``."""
        first = max(bisect_left(self.token_starts, place) - count, 0)
        start = max(self.token_starts[first], limit) if self.token_starts else limit
        return list(tokens(self.source, start, place, html=self.html))

    def after(self, place: int, limit: int, count: int) -> list[Token]:
        """Return the first ``count`` tokens between ``place`` and ``limit``."""
        found = tokens(self.source, place, limit, html=self.html)
        return [token for _, token in zip(range(count), found, strict=False)]


def read(source: str, *, html: bool) -> Reading:
    """Return what a person reads in ``source``."""
    pieces: list[str] = []
    read_at, starts, ends, token_starts = array("l"), array("l"), array("l"), array("l")
    length = 0
    blank = True
    for token in tokens(source, 0, len(source), html=html):
        token_starts.append(token.start)
        if not token.read or (blank and token.read == " "):
            continue
        blank = token.read == " "
        pieces.append(token.read)
        read_at.append(length)
        starts.append(token.start)
        ends.append(token.end)
        length += len(token.read)
    return Reading(source, html, "".join(pieces), read_at, starts, ends, token_starts)
