"""Patterns tried on the sample they are made for, before there is a whole rule to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from parse.rules.marks import Found
from parse.rules.patterns import compile_pattern
from parse.rules.problems import PatternError
from parse.rules.program import find
from parse.rules.reading import Reading
from parse.rules.values import one_line

SECONDS = 0.5
"""What one trial gets; one that takes longer counts as failed."""

Spans = dict[str, tuple[int, int]]
"""From field to place; the empty field is the whole match."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A sample, and the fields that groups may fill."""

    reading: Reading
    known: frozenset[str]

    def search(self, pattern: str, start: int, end: int) -> Spans | None:
        """Return what the first match of ``pattern`` between ``start`` and ``end`` captures, or None."""
        try:
            compiled = compile_pattern(pattern, self.known)
            spans = find(compiled.program, self.reading.source[start:end], SECONDS)
        except (PatternError, TimeoutError):
            return None
        if spans is None:
            return None
        numbers = {"": 0, **dict(compiled.captures)}
        return {
            target: (spans[number][0] + start, spans[number][1] + start)
            for target, number in numbers.items()
            if number in spans
        }

    def reads(self, pattern: str, marks: Iterable[Found], start: int, end: int) -> int | None:
        """Return where the first match ends if it captures just ``marks``, else None."""
        spans = self.search(pattern, start, end)
        if spans is None or not all(self._holds(spans, mark) for mark in marks):
            return None
        return spans[""][1]

    def _holds(self, spans: Spans, mark: Found) -> bool:
        start, end = spans.get(mark.target, (0, 0))
        if not start <= mark.start < mark.end <= end:
            return False
        return one_line(self.reading.source[start:end], html=self.reading.html) == mark.value
