"""How a marked text is compared with a sample, and what of it a person may have meant when it is not there."""

from __future__ import annotations

import re

from parse.rules.reading import Reading
from parse.rules.values import one_line

MAX_SHOWN = 80
"""Characters of a text that an error repeats."""

_OPENING = frozenset("«„“\"'([")
_CLOSING = frozenset("»”“\"')]")
_ADDED = re.compile(r" ?\((?:https?://|mailto:|tel:)[^()\s]+\)|• ")


def without_additions(text: str) -> str:
    """Return ``text`` without what reading HTML adds: addresses in brackets behind links, and bullets."""
    return _ADDED.sub("", text)


def quoted(text: str) -> str:
    """Return ``text`` on one line and not too long, in quotes."""
    text = " ".join(text.split())
    return f'"{text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"}"'


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether ``text`` from ``start`` to ``end`` cuts no number and no word at its ends."""
    return not (start and _joined(text[start - 1], text[start])) and not (
        end < len(text) and _joined(text[end - 1], text[end])
    )


def whole_word(text: str, start: int, end: int) -> str:
    """Return ``text`` from ``start`` to ``end``, with the rest of a number or word cut at either end."""
    lowest, highest = max(start - MAX_SHOWN, 0), min(end + MAX_SHOWN, len(text))
    while start > lowest and _joined(text[start - 1], text[start]):
        start -= 1
    while end < highest and _joined(text[end - 1], text[end]):
        end += 1
    return text[start:end]


def nearest(reading: Reading, text: str) -> str:
    """Return half a sentence that names what of the sample comes nearest to ``text``, and what to do."""
    if reading.html:
        shown = one_line(text, html=True)
        if shown and shown != " ".join(text.split()) and shown in reading.text:
            return f"as it is read it is {quoted(shown)}; mark that"
    if similar := _similar(reading.text, text):
        return f"nearest is {quoted(similar)}; mark that"
    if text.strip() and text in reading.source:
        return "it stands only in what nobody sees of the HTML; mark what is seen"
    return "mark a text that does"


def _joined(first: str, second: str) -> bool:
    return (first.isalpha() and second.isalpha()) or (first.isdecimal() and second.isdecimal())


def _similar(sample: str, text: str) -> str:
    """Return what is like ``text`` when only letters and digits count, whatever their case."""
    wanted = "".join(_folded(character) for character in text if character.isalnum())
    if not wanted:
        return ""
    places = [place for place, character in enumerate(sample) if character.isalnum()]
    at = "".join([_folded(sample[place]) for place in places]).find(wanted)
    if at < 0:
        return ""
    start, end = places[at], places[at + len(wanted) - 1] + 1
    while start and sample[start - 1] in _OPENING:
        start -= 1
    while end < len(sample) and sample[end] in _CLOSING:
        end += 1
    return sample[start:end]


def _folded(character: str) -> str:
    """Return one character for one."""
    lower = character.lower()
    return "е" if lower == "ё" else lower if len(lower) == 1 else character
