"""Runs patterns under limits, so that one that runs away costs its own mail only.

A search first gets a few milliseconds here, which nearly every pattern on nearly every mail stays within; what does
not goes to a process apart with limits on time and memory. There are two of them: what ran away before has one to
itself, so that what did not never waits behind it.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType, TracebackType
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field

from parse.limits import MIB, Count
from parse.rules.isolation import Isolated, MemoryExceeded
from parse.rules.patterns import MAX_LENGTH, Pattern
from parse.rules.program import Program, Spans, find

FIRST_TRIES = 3
"""The regex package's clock is CPU time of all threads: a search stopped by its neighbours' is tried again."""

REMEMBERED = 1_000
"""Patterns that ran away and are known by it."""

LEAST_MEMORY = 16 * MIB
"""With less the process apart cannot do anything."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Patience(IntEnum):
    """How far a search may go: its first milliseconds, the process apart, or behind patterns that run away.

    APART is for what HERE did not suffice for: its first milliseconds are not tried again.
    """

    HERE = 0
    APART = 1
    ANY = 2


class SlowSearch(Exception):  # noqa: N818 - an outcome, not a fault
    """A search ``needs`` more patience than it was given."""

    def __init__(self, needs: Patience) -> None:
        """Say how much."""
        super().__init__(needs.name)
        self.needs = needs


class Failure(StrEnum):
    """Why a search came to no end: a metric label, and the reason in a mail's decision."""

    TIMEOUT = "regex_timeout"
    TOO_LONG = "regex_too_long"
    MEMORY = "regex_memory"


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Bounds on one search.

    ``pattern_chars`` of its source; ``body_chars`` of the text that are searched; ``seconds`` of wall time;
    ``first_seconds`` of them in this process; ``memory_bytes`` beyond what the process apart has when it is up. All
    searches for one mail may take ``mail_seconds``; the one under way when they are over still has its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    pattern_chars: Annotated[int, Field(ge=1, le=MAX_LENGTH)] = MAX_LENGTH
    body_chars: Count = 2_000_000
    seconds: Seconds = 1.0
    first_seconds: Seconds = 0.005
    memory_bytes: Annotated[int, Field(ge=LEAST_MEMORY)] = 256 * MIB
    mail_seconds: Seconds = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a search came to. ``cut``: the text was longer than allowed, and its end was not searched."""

    matched: bool
    captures: Mapping[str, str]
    spans: Mapping[str, tuple[int, int]]
    seconds: float
    failure: Failure | None = None
    cut: bool = False
    isolated: bool = False


class Lane:
    """A process apart, and who may use it now."""

    def __init__(self, memory_bytes: int) -> None:
        """Start nothing yet."""
        self.lock = threading.Lock()
        self.isolated = Isolated(memory_bytes)


class Runner:
    """Runs patterns, from any number of threads. Close it, or use it in a ``with``."""

    def __init__(self, limits: RunLimits = RunLimits()) -> None:
        """Start nothing yet: a process apart comes up when it is first needed."""
        self.limits = limits
        self._apart = Lane(limits.memory_bytes)
        self._apart_for_runaways = Lane(limits.memory_bytes)
        self._runaway: dict[Program, None] = {}
        self._lock = threading.Lock()
        atexit.register(self.close)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Kill the processes apart, after what runs in them has ended."""
        atexit.unregister(self.close)
        for lane in (self._apart, self._apart_for_runaways):
            with lane.lock:
                lane.isolated.close()

    def run(self, pattern: Pattern, text: str, patience: Patience = Patience.ANY) -> Result:
        """Return what ``pattern`` finds in ``text``. Never raises for what a pattern or a text does.

        With less than any ``patience``, a search that needs more raises SlowSearch.
        """
        started = time.monotonic()
        spans: Spans | None = None
        failure: Failure | None = None
        isolated = False
        if len(pattern.source) > self.limits.pattern_chars:
            failure = Failure.TOO_LONG
        else:
            cut_text = text[: self.limits.body_chars]
            try:
                spans, isolated = self._search(pattern.program, cut_text, patience)
            except TimeoutError:
                failure, isolated = Failure.TIMEOUT, True
            except (MemoryExceeded, MemoryError):
                failure, isolated = Failure.MEMORY, True
        places = _places(pattern, spans or {})
        return Result(
            matched=spans is not None,
            captures=MappingProxyType({target: text[start:end] for target, (start, end) in places.items()}),
            spans=MappingProxyType(places),
            seconds=time.monotonic() - started,
            failure=failure,
            cut=len(text) > self.limits.body_chars,
            isolated=isolated,
        )

    def _search(self, program: Program, text: str, patience: Patience) -> tuple[Spans | None, bool]:
        """Return the places found, and whether that took the process apart."""
        lane, needs = self._apart_for_runaways, Patience.ANY
        if program not in self._runaway:
            lane, needs = self._apart, Patience.APART
            for _ in range(FIRST_TRIES if patience is not Patience.APART else 0):
                started = time.thread_time()
                try:
                    return find(program, text, self.limits.first_seconds, time.thread_time), False
                except TimeoutError:
                    if time.thread_time() - started > self.limits.first_seconds / 2:
                        break
        if patience < needs:
            raise SlowSearch(needs)
        with lane.lock:
            try:
                spans = lane.isolated.find(program, text, self.limits.seconds)
            except (TimeoutError, MemoryExceeded):
                self._remember(program)
                raise
        with self._lock:
            self._runaway.pop(program, None)
        return spans, True

    def _remember(self, program: Program) -> None:
        with self._lock:
            self._runaway[program] = None
            if len(self._runaway) > REMEMBERED:
                del self._runaway[next(iter(self._runaway))]


def _places(pattern: Pattern, spans: Spans) -> dict[str, tuple[int, int]]:
    """Return the place of each field; of several groups for one field the first that caught something counts."""
    places: dict[str, tuple[int, int]] = {}
    for target, number in pattern.captures:
        place = spans.get(number)
        if place and (target not in places or places[target][0] == places[target][1]):
            places[target] = place
    return places
