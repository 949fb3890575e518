"""A mail's searches by the regular expressions of its rules, which together may take so much time and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from backbone.ledger.states import InboundReason
from parse.rules.patterns import MAX_LENGTH, Pattern, compile_pattern
from parse.rules.problems import PatternError
from parse.rules.runner import Patience, Runner

REMEMBERED = 10_000
"""Compiled patterns that are kept; one is a few kilobytes."""

_NO_TIME_LEFT = "The searches before it took all the time that one mail has; it was not tried."


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search came to.

    ``why`` is the sentence about a pattern that can no longer be used, or one that had no time left to be ``tried``.
    """

    matched: bool = False
    captures: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    failure: InboundReason | None = None
    cut: bool = False
    why: str = ""
    tried: bool = True


class Searching:
    """The searches of one mail. One that needs more ``patience`` raises SlowSearch.

    ``known`` are the fields that groups may fill.
    """

    def __init__(self, runner: Runner, known: frozenset[str], patience: Patience) -> None:
        """Search nothing yet."""
        self._runner = runner
        self._known = known
        self._patience = patience
        self.seconds = 0.0

    def search(self, source: str, text: str) -> Searched:
        """Search ``text`` by the pattern ``source``."""
        if len(source) > MAX_LENGTH:
            return Searched(failure=InboundReason.REGEX_TOO_LONG)
        pattern = _compiled(source, self._known)
        if isinstance(pattern, str):
            return Searched(failure=InboundReason.REGEX_INVALID, why=pattern)
        if self.seconds >= self._runner.limits.mail_seconds:
            return Searched(failure=InboundReason.REGEX_TIMEOUT, why=_NO_TIME_LEFT, tried=False)
        result = self._runner.run(pattern, text, self._patience)
        self.seconds += result.seconds
        failure = InboundReason(result.failure) if result.failure else None
        return Searched(result.matched, result.captures, result.seconds, failure, result.cut)


@lru_cache(maxsize=REMEMBERED)
def _compiled(source: str, known: frozenset[str]) -> Pattern | str:
    """Return the pattern, or what is wrong with one that was stored before its custom field went away."""
    try:
        return compile_pattern(source, known)
    except PatternError as error:
        return str(error)
