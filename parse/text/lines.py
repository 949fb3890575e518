"""The lines of a mail's text, and what its HTML structure says of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parse.text.quotes_html import Mark

_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_HAS_INVISIBLE = re.compile(f"[{_INVISIBLE}\u00a0\u202f\u2007\u3000\t]")
_TO_KEY = str.maketrans({**dict.fromkeys(_INVISIBLE), **dict.fromkeys("\u00a0\u202f\u2007\u3000\t", " ")})
_BREAK = re.compile("\r\n?|[\u2028\u2029\u0085\x0b\x0c]")
_MARKS = re.compile("([\ufdd0-\ufdef])")
_BULLET = re.compile("^ {2,}• ")

_OPENS = {mark.value[0]: mark for mark in Mark}
_CLOSES = {mark.value[1]: mark for mark in Mark if len(mark.value) > 1}


@dataclass(slots=True)
class Lines:
    """Lines of text in step: as they came, as keys to compare (stripped, invisible characters out), and their marks.

    ``marks`` is empty for plain text.
    """

    texts: list[str]
    keys: list[str]
    marks: list[Mark | None] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.texts)

    def mark(self, number: int) -> Mark | None:
        """Return what the HTML says of a line."""
        return self.marks[number] if self.marks else None


def lines_of_text(text: str) -> Lines:
    """Return the lines of plain text; every kind of line break counts."""
    texts = _BREAK.sub("\n", text).split("\n")
    return Lines(texts, _keys(texts, text))


def lines_of_marked(marked: str) -> Lines:
    """Return the lines of a text with the marks of :mod:`parse.text.quotes_html`; a mark that changes cuts a line."""
    texts: list[str] = []
    marks: list[Mark | None] = []
    opened: list[Mark] = []
    for piece in _MARKS.split(marked):
        if piece in _OPENS:
            opened.append(_OPENS[piece])
        elif piece in _CLOSES:
            if _CLOSES[piece] in opened:
                opened.remove(_CLOSES[piece])
        else:
            rows = piece.split("\n")
            # A blank piece of a line is what a mark left of it.
            first, last = not rows[0].strip(), len(rows) > 1 and not rows[-1].strip()
            rows = rows[first : len(rows) - last]
            texts += [_BULLET.sub("", row) if row[:1] == " " else row for row in rows]
            marks += [_strongest(opened)] * len(rows)
    return Lines(texts, _keys(texts, marked), marks)


def _strongest(opened: list[Mark]) -> Mark | None:
    """Return the mark that rules where several are open: history, then quotes, then what is inside of them."""
    if not opened:
        return None
    for mark in (Mark.HISTORY, Mark.CITED, Mark.QUOTED):
        if mark in opened:
            return mark
    return opened[-1]


def _keys(texts: list[str], whole: str) -> list[str]:
    if (not whole.isascii() or "\t" in whole) and _HAS_INVISIBLE.search(whole):
        return [line.translate(_TO_KEY).strip() for line in texts]
    return [line.strip() for line in texts]
