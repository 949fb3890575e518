"""A place in the source of a pattern, and the ways to go on from it."""

from __future__ import annotations

from typing import NoReturn

from parse.rules.problems import PatternError


class Cursor:
    """Reads a pattern from left to right."""

    def __init__(self, source: str) -> None:
        """Start before the first character."""
        self.source = source
        self.index = 0

    def peek(self, ahead: int = 0) -> str:
        """Return the character ``ahead``, empty after the last."""
        place = self.index + ahead
        return self.source[place] if place < len(self.source) else ""

    def take(self) -> str:
        """Return the next character and go past it."""
        character = self.peek()
        self.index += 1
        return character

    def accept(self, text: str) -> bool:
        """Go past ``text`` if it comes next."""
        if self.source.startswith(text, self.index):
            self.index += len(text)
            return True
        return False

    def until(self, end: str, start: int, what: str) -> str:
        """Return what stands before ``end`` and go past both; ``what`` began at ``start``."""
        place = self.source.find(end, self.index)
        if place < 0:
            self.fail(f"{what} is not closed; add {end}", start)
        text = self.source[self.index : place]
        self.index = place + len(end)
        return text

    def fail(self, sentence: str, index: int | None = None) -> NoReturn:
        """Raise what is wrong at ``index``, or here."""
        raise PatternError(self.source, self.index if index is None else index, f"{sentence}.")
