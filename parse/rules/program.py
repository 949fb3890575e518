"""A compiled pattern: what is searched for, one part after the other. Pure data, and the search itself.

With parts P0 … Pk and "any text" between them, the latest place of Pk is the last start at which it matches, that of
P(i) the last start at which it matches and ends no later than P(i+1)'s latest place. A greedy gap leads to the latest
place, a lazy one to the first match after the part before that ends early enough. Each part is searched for twice, so
the whole is linear in the text when its parts are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import regex

REMEMBERED = 2_000
LEAST_SECONDS = 1e-4
"""What a search gets when the time is all but over: the regex package takes no time to mean no limit."""


class Gap(StrEnum):
    """What stands before a part."""

    NONE = "none"
    LAZY = "lazy"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Step:
    """One part: its source for the regex package, the text it begins with, and the gap before it."""

    source: str
    prefix: str
    gap: Gap


@dataclass(frozen=True, slots=True)
class Program:
    """The parts of a pattern. Group ``g3`` is the capture 3; ``o3`` and ``c3`` are where it opens and closes."""

    steps: tuple[Step, ...]


@lru_cache(maxsize=REMEMBERED)
def compiled(source: str) -> regex.Pattern[str]:
    """Return the part compiled."""
    return regex.compile(source)


Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a search must have ended, by its clock."""

    clock: Clock
    at: float

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError when there are none."""
        left = self.at - self.clock()
        if left <= 0:
            raise TimeoutError
        return max(left, LEAST_SECONDS)


Spans = dict[int, tuple[int, int]]
"""From capture to place; capture 0 is the whole match."""


def find(program: Program, text: str, seconds: float, clock: Clock = time.monotonic) -> Spans | None:
    """Return the places of the first match of ``program`` in ``text``, or None.

    Raises TimeoutError past ``seconds`` of ``clock``, and past as many of the whole process's CPU time.
    """
    until = Deadline(clock, clock() + seconds)
    latest = [len(text)]
    for step in reversed(program.steps[1:]):
        place = _latest(step, text, latest[-1], until)
        if place is None:
            return None
        latest.append(place)
    spans: Spans = {}
    opened: dict[int, int] = {}
    start = end = 0
    place = 0
    for number, step in enumerate(program.steps):
        limit = latest.pop()
        expression = compiled(step.source)
        if step.gap is Gap.GREEDY:
            found = expression.match(text, place, limit, timeout=until.left())
        else:
            found = expression.search(text, end, limit, timeout=until.left())
        place = limit
        if found is None:
            return None
        start = start if number else found.start()
        end = found.end()
        _record(found, spans, opened)
    spans[0] = (start, end)
    return spans


def _record(found: regex.Match[str], spans: Spans, opened: dict[int, int]) -> None:
    for name in found.re.groupindex:
        place = found.span(name)
        if place[0] < 0:
            continue
        capture = int(name[1:])
        if name[0] == "o":
            opened[capture] = place[0]
        else:
            spans[capture] = place if name[0] == "g" else (opened[capture], place[1])


def _latest(step: Step, text: str, limit: int, until: Deadline) -> int | None:
    """Return the last place at which the part matches and ends within ``limit``."""
    if not step.prefix:
        found = compiled(f"(?r)(?={step.source})").search(text, 0, limit, timeout=until.left())
        return found.start() if found else None
    expression = compiled(step.source)
    end = limit
    while (place := text.rfind(step.prefix, 0, end)) >= 0:
        if expression.match(text, place, limit, timeout=until.left()):
            return place
        end = place + len(step.prefix) - 1
    return None
