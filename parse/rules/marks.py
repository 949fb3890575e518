"""What an administrator marks in a sample mail, and where it stands in the source."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backbone.errors import UserError
from parse.rules.nearest import is_whole, nearest, quoted, whole_word, without_additions
from parse.rules.patterns import BUILT_IN, CUSTOM, TARGETS
from parse.rules.reading import Kind, Reading, tokens
from parse.rules.values import one_line

MAX_OCCURRENCES = 1_000
"""Of a text that occurs more often only the first ones are looked at."""

MAX_OPENED = 20
"""Tokens before a value that may be tags which end within it."""

_NAMES = {target: name for name, target in reversed(list(TARGETS.items()))}


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked value: the field that it belongs in, and its text as a person reads it.

    ``target`` is a field or one of its names in patterns (``external_number``, ``taskNumber``, ``custom_floor``).
    ``occurrence``, from 1, says which is meant of several; without it, the one that looks most like a labelled value.
    """

    target: str
    text: str
    occurrence: int | None = None


class MarkError(UserError):
    """A mark cannot be used. The text is one sentence: which, what is wrong, how to mend it."""

    def __init__(self, mark: Mark, sentence: str) -> None:
        """Say ``sentence`` of ``mark``."""
        self.mark = mark
        super().__init__(f"{mark.target}: {sentence}{'' if sentence.endswith('?') else '.'}")


@dataclass(frozen=True, slots=True)
class Found:
    """A mark in the source: its field, the name of its group, its place, what a rule reads there, how often it occurs.

    ``value`` is the mark's text on one line; a link in its midst adds its address, an item of a list its bullet.
    """

    mark: Mark
    target: str
    name: str
    start: int
    end: int
    value: str


def locate(reading: Reading, marks: Sequence[Mark], known: frozenset[str] = BUILT_IN) -> list[Found]:
    """Return where ``marks`` stand, in the order of the source; raise MarkError for one that cannot be used."""
    if not marks:
        raise UserError("nothing is marked; mark at least one value in the sample.")
    names = _named(marks, known)
    places = {mark: list(_occurrences(reading, mark)) for mark in marks}
    found: list[Found] = []
    # what occurs once has no choice, and a long text leaves less room
    for mark in sorted(marks, key=lambda mark: (mark.occurrence is None and len(places[mark]) > 1, -len(mark.text))):
        if mark.occurrence is not None:
            if not 1 <= mark.occurrence <= len(places[mark]):
                raise MarkError(
                    mark,
                    f"there is no occurrence {mark.occurrence} of {quoted(mark.text)}; take 1 to {len(places[mark])}",
                )
            offered = [places[mark][mark.occurrence - 1]]
        else:
            offered = sorted(places[mark], key=lambda place: (-_clearness(reading, *place), place))
        start, end = _free(mark, offered, found)
        target, name = names[mark]
        start, value = _opened(reading, mark, start, end)
        found.append(Found(mark, target, name, start, end, value))
    return sorted(found, key=lambda one: one.start)


def _named(marks: Sequence[Mark], known: frozenset[str]) -> dict[Mark, tuple[str, str]]:
    """Return the field of each mark and the name of its group."""
    names: dict[Mark, tuple[str, str]] = {}
    taken: set[str] = set()
    for mark in marks:
        target = TARGETS.get(mark.target, mark.target)
        if target not in known:
            raise MarkError(mark, f"no such field; {_hint(mark.target, known)}")
        if target in taken:
            raise MarkError(mark, "marked twice; mark one place for each field")
        taken.add(target)
        names[mark] = target, _NAMES.get(target, target)
    return names


def _hint(target: str, known: frozenset[str]) -> str:
    own = target.removeprefix(CUSTOM)
    custom = own != target
    names = {name.removeprefix(CUSTOM): name for name in sorted(known) if name.startswith(CUSTOM) is custom}
    if near := difflib.get_close_matches(own.casefold(), list(names), n=1):
        return f"did you mean {names[near[0]]}?"
    return f"declare the custom field {own} first" if custom else f"choose among {', '.join(sorted(known))}"


def _occurrences(reading: Reading, mark: Mark) -> Iterator[tuple[int, int]]:
    """Yield the places of the whole words that read as the mark's text."""
    text = " ".join(mark.text.split())
    if not text:
        raise MarkError(mark, "the marked text is empty; mark the value itself")
    if text not in reading.text:
        text = without_additions(text)
    count = 0
    inside = ""
    at = reading.text.find(text)
    while at >= 0 and count < MAX_OCCURRENCES:
        if is_whole(reading.text, at, at + len(text)):
            yield reading.place(at, at + len(text))
            count += 1
        inside = inside or whole_word(reading.text, at, at + len(text))
        at = reading.text.find(text, at + 1)
    if not count:
        if inside:
            raise MarkError(mark, f"{quoted(text)} occurs only inside {quoted(inside)}; mark the whole of it")
        raise MarkError(mark, f"{quoted(text)} does not occur in the sample; {nearest(reading, mark.text)}")


def _clearness(reading: Reading, start: int, end: int) -> int:
    """Return how much a place looks like a value behind its label."""
    before = reading.source[max(start - 20, 0) : start]
    after = reading.source[end : end + 20].lstrip(" \t\xa0")
    labelled = before.rstrip().endswith(":") or before.replace("&nbsp;", " ").rstrip().endswith((":", "№", "#"))
    opened = not before.strip(" \t") or before.endswith("\n") or (reading.html and before.rstrip().endswith(">"))
    closed = not after or after[0] in "\r\n" or (reading.html and after[0] == "<")
    return 2 * labelled + opened + closed


def _free(mark: Mark, offered: list[tuple[int, int]], found: list[Found]) -> tuple[int, int]:
    """Return the first place that no other mark has."""
    taken: list[Found] = []
    for start, end in offered:
        over = [one for one in found if one.start < end and start < one.end]
        if not over:
            return start, end
        taken += over
    other = taken[0]
    raise MarkError(
        mark,
        f"{quoted(mark.text)} overlaps {quoted(other.mark.text)}, marked as {other.mark.target}; mark them apart",
    )


def _opened(reading: Reading, mark: Mark, start: int, end: int) -> tuple[int, str]:
    """Return the place and its value; it begins with the tags before it that end within it, as a link's does."""
    value = _value(reading, mark, start, end)
    closed = _closed(reading, start, end)
    place = start
    for token in reversed(reading.before(start, 0, MAX_OPENED)):
        if not closed or token.kind not in {Kind.INLINE, Kind.BLOCK, Kind.BLANK}:
            break
        if token.kind is not Kind.BLANK:
            if _tag_name(reading.source[token.start : token.end]) != closed[0]:
                break
            place = token.start
            del closed[0]
    if place == start:
        return start, value
    return place, _value(reading, mark, place, end)


def _closed(reading: Reading, start: int, end: int) -> list[str]:
    """Return the tags that end within the place and do not begin in it, the innermost first."""
    opened: list[str] = []
    closed: list[str] = []
    for token in tokens(reading.source, start, end, html=reading.html):
        if token.kind in {Kind.INLINE, Kind.BLOCK}:
            name = _tag_name(reading.source[token.start : token.end])
            if not name.startswith("/"):
                opened.append(name)
            elif name[1:] in opened:
                del opened[len(opened) - 1 - opened[::-1].index(name[1:]) :]
            else:
                closed.append(name[1:])
    return closed


def _tag_name(source: str) -> str:
    return source[1:].split(">", maxsplit=1)[0].split(maxsplit=1)[0].lower()


def _value(reading: Reading, mark: Mark, start: int, end: int) -> str:
    """Return what a rule reads at the place; raise MarkError when that is not what was marked."""
    value = one_line(reading.source[start:end], html=reading.html)
    if without_additions(value) != without_additions(" ".join(mark.text.split())):
        raise MarkError(mark, f"{quoted(mark.text)} would be read as {quoted(value)}; mark a shorter piece")
    return value
