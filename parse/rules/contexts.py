"""The label before a value and what ends it, as patterns to choose from: the likeliest first.

A label is the nearest words before the value, whole up to a tag, a line end or punctuation when they are few; longer
ones reach further back. What ends a value is the next block tag or line end, or the words that follow on its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from parse.rules.units import BLANKS, TAGS, Part, Unit, blank, render

MOST = 16
"""Labels, and ends, that are offered."""

MAX_LABEL_WORDS = 4
"""A label of more words is first tried with its last ones."""

FEW_WORDS = 3
MAX_HIDDEN = 100
"""A longer comment is not written into a label, which so begins after it."""

_JOINS = frozenset("-–—/'’№#&_")
_CLOSES = frozenset(")]}»”\"'")


def labels(before: Sequence[Unit], *, html: bool, from_start: bool) -> Iterator[str]:
    """Yield labels for the value behind the units ``before``; ``from_start``: nothing comes before these."""
    touch = _touch(before, html=html)
    for index in islice(dict.fromkeys(_beginnings(before)), MOST):
        yield render(before[index:], html=html) + touch
    if from_start:
        led = r"\s*" if before and before[0].part in BLANKS else ""
        yield f"^{led}{render(before[bool(led) :], html=html)}{touch}"
    elif not any(unit.speaks for unit in before):
        yield render(before, html=html) + touch


def past_walls(run: Sequence[Unit]) -> Sequence[Unit]:
    """Return ``run`` from after its last comment that is too long to be written out."""
    cut = max((index + 1 for index, unit in enumerate(run) if _is_wall(unit)), default=0)
    return run[cut:]


def ends(after: Sequence[Unit], *, html: bool) -> Iterator[str]:
    """Yield what may come behind a value that is read up to there; blanks before a tag stay with the value."""
    run = list(after)
    if run and run[0].part is Part.BLANK and (len(run) == 1 or run[1].part in TAGS):
        del run[0]
    tags = list(takewhile(lambda unit: unit.part in TAGS | BLANKS, run))
    blocks = [unit for unit in tags if unit.part is Part.BLOCK]
    yield from (render([unit], html=html) for unit in blocks)
    if tags and not blocks and run[0].part is Part.INLINE:
        yield render(run[:1], html=html)
    if run and run[0].part is Part.BREAK:
        yield r"\r?\n"
        if run[0].source.count("\n") > 1:
            yield r"\n[ \t]*\r?\n"
    for index in islice(_stops(run), MOST):
        yield _led(run[: index + 1], html=html)


def edge(after: Sequence[Unit], *, html: bool, last: bool) -> str:
    """Return the tag or line end that follows at once, or nothing; for values that end by themselves."""
    for index, unit in enumerate(after):
        if unit.part is Part.BREAK:
            return r"[ \t\r]*(?:\n|$)" if last else r"[ \t\r]*\n"
        if unit.part is Part.BLOCK or (unit.part is Part.INLINE and unit.source.startswith("</")):
            return render(after[: index + 1], html=html)
        if unit.part is not Part.BLANK:
            return ""
    return ""


def joins(between: Sequence[Unit]) -> bool:
    """Return whether two values belong together: nothing is between them that could be the second one's label."""
    words = sum(unit.speaks for unit in between)
    if any(_is_wall(unit) for unit in between):
        return False
    return not words or (words <= FEW_WORDS and all(unit.part not in {Part.BLOCK, Part.BREAK} for unit in between))


def _is_wall(unit: Unit) -> bool:
    return unit.part is Part.HIDDEN and len(unit.source) > MAX_HIDDEN


def _beginnings(run: Sequence[Unit]) -> Iterator[int]:
    """Yield where a label may begin, from the nearest on."""
    last = next((index for index in reversed(range(len(run))) if run[index].speaks), None)
    if last is None:
        return
    first = _segment_start(run, last)
    words = [index for index in range(first, last + 1) if run[index].speaks]
    if len(words) > MAX_LABEL_WORDS:
        yield from reversed(words[: 1 - FEW_WORDS])
    yield first
    for index in reversed(range(first)):
        bounds = run[index].part in TAGS or run[index].part is Part.BREAK
        if bounds or (run[index].speaks and _segment_start(run, index) == index):
            yield index


def _segment_start(run: Sequence[Unit], index: int) -> int:
    """Return where the words that ``index`` is one of begin."""
    start = index
    while index and (
        run[index - 1].part in {Part.WORD, Part.BLANK}
        or (run[index - 1].part is Part.MARK and run[index - 1].source in _JOINS)
    ):
        index -= 1
        if run[index].speaks:
            start = index
    return start


def _touch(run: Sequence[Unit], *, html: bool) -> str:
    """Return the blanks that may stand between the end of a label and the value, where the sample has none."""
    if not run or run[-1].part in {*BLANKS, Part.WORD, Part.DATA}:
        return ""
    if run[-1].part is Part.MARK and run[-1].source not in {":", "=", "№", "#"}:
        return ""
    return f"{blank('', html=html)}*"


def _stops(run: Sequence[Unit]) -> Iterator[int]:
    """Yield where what follows a value may be cut off."""
    for index, unit in enumerate(run):
        closes = not index and unit.part is Part.MARK and unit.source in _CLOSES
        if closes or unit.speaks or unit.part is Part.BLOCK or (unit.part is Part.BREAK and index):
            yield index
    if run and run[-1].part not in BLANKS:
        yield len(run) - 1


def _led(run: Sequence[Unit], *, html: bool) -> str:
    """Return ``run`` as a pattern that begins with one character of its blank; the value takes the others."""
    if run[0].part is Part.BLANK:
        return blank(run[0].source, html=html) + render(run[1:], html=html)
    return render(run, html=html)
