r"""Stretches of a source around a value as pieces of a pattern: words as they are, what varies from mail to mail open.

Blanks become ``\s+`` or ``\s*``, the attributes of a tag ``[^<>]*``, and digits that look like data ``\d+``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from parse.rules.reading import Kind, Token


class Part(StrEnum):
    """What a unit is."""

    WORD = "word"
    DATA = "data"
    MARK = "punctuation"
    BLANK = "blank"
    BREAK = "line end"
    INLINE = "inline tag"
    BLOCK = "block tag"
    HIDDEN = "hidden"


TAGS = frozenset((Part.INLINE, Part.BLOCK))
BLANKS = frozenset((Part.BLANK, Part.BREAK))

_PARTS = {Kind.INLINE: Part.INLINE, Kind.BLOCK: Part.BLOCK, Kind.HIDDEN: Part.HIDDEN}
_TEXT = re.compile(r"(?P<DATA>\d+(?:[.:/-]\d+)+|\d{3,})|(?P<WORD>\w+)|(?P<BLANK>\s+)|(?P<MARK>.)", re.DOTALL)
_SPECIAL = frozenset("\\*+?|{[()^$.#")
_LONG_NUMBER = re.compile(r"\d{3,}")
_NUMBER = re.compile(r"\d+")
_ENTITY = re.compile(r"&[^;\s&]+;?")
_TAG_NAME = re.compile(r"</?[^\s<>/]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, a tag, a blank or the like, with its source."""

    part: Part
    start: int
    source: str

    @property
    def end(self) -> int:
        """Return the place after it."""
        return self.start + len(self.source)

    @property
    def speaks(self) -> bool:
        """Return whether it is a word with a letter, of which labels are made."""
        return self.part is Part.WORD and any(map(str.isalpha, self.source))


def units(source: str, tokens: Iterable[Token], *, html: bool) -> list[Unit]:
    """Return ``tokens`` in units; blanks beside each other are one."""
    found: list[Unit] = []
    for token in tokens:
        written, start = source[token.start : token.end], token.start
        if token.kind is Kind.TEXT:
            found += [
                Unit(Part[piece.lastgroup or ""], start + piece.start(), piece[0]) for piece in _TEXT.finditer(written)
            ]
        elif token.kind is Kind.BLANK:
            if found and found[-1].part in BLANKS:
                last = found.pop()
                written, start = last.source + written, last.start
            part = Part.BREAK if "\n" in written and not html else Part.BLANK
            found.append(Unit(part, start, written))
        else:
            default = Part.WORD if token.read.isalnum() else Part.MARK
            found.append(Unit(_PARTS.get(token.kind, default), start, written))
    return found


def literal(text: str) -> str:
    """Return ``text`` as .NET and we read it literally."""
    return "".join([_character(character) for character in text])


def render(run: Sequence[Unit], *, html: bool) -> str:
    """Return ``run`` as a pattern; at its ends it touches words."""
    parts: list[str] = []
    for index, unit in enumerate(run):
        before = run[index - 1].part if index else Part.WORD
        after = run[index + 1].part if index + 1 < len(run) else Part.WORD
        match unit.part:
            case Part.BLANK:
                needed = {before, after} <= {Part.WORD, Part.DATA}
                wraps = html or 0 < index < len(run) - 1
                parts.append(f"{blank(unit.source, html=wraps)}{'+' if needed else '*'}")
            case Part.BREAK:
                parts.append(r"\s+" if index else r"\n\s*")
            case Part.INLINE | Part.BLOCK:
                parts.append(rf"\s*{_tag(unit.source)}" if before in TAGS and index else _tag(unit.source))
            case Part.DATA:
                parts.append(_digits(unit.source, _NUMBER))
            case Part.WORD:
                parts.append(_digits(unit.source, _LONG_NUMBER))
            case _:
                parts.append(literal(unit.source))
    return "".join(parts)


def blank(source: str, *, html: bool) -> str:
    """Return the set of blanks of which those in ``source`` are some; in text those of one line stay on a line."""
    entities = sorted(set(_ENTITY.findall(source)))
    if entities:
        return rf"(?:\s|{'|'.join(map(literal, entities))})"
    if re.search(r"[\x1c-\x1f]", source):
        return r"[\s\x1c-\x1f]"
    if html or "\n" in source:
        return r"\s"
    return r"[ \t]" if not source.strip(" \t") else r"[^\S\r\n]"


def _digits(text: str, varying: re.Pattern[str]) -> str:
    parts: list[str] = []
    place = 0
    for found in varying.finditer(text):
        parts += [literal(text[place : found.start()]), r"\d+"]
        place = found.end()
    return "".join([*parts, literal(text[place:])])


def _tag(source: str) -> str:
    name = _TAG_NAME.match(source)
    inner = source[1:-1]
    if not name or "<" in inner or ">" in inner:
        return literal(source)
    if name[0].lower() == "<br":
        return rf"{name[0]}[^<>]*>"
    if f"{name[0]}>" == source:
        return literal(source)
    return rf"{literal(name[0])}\b[^<>]*>"


def _character(character: str) -> str:
    if character in _SPECIAL:
        return f"\\{character}"
    if character.isprintable() or ord(character) > 0xFFFF:  # noqa: PLR2004 - the last character that \u can write
        return character
    return rf"\u{ord(character):04x}"
