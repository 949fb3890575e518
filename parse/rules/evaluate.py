"""How a pattern does on other mails than the one it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from parse.rules.patterns import Pattern
from parse.rules.runner import Failure, Runner
from parse.rules.values import one_line, plain_value

MANY_LINES = frozenset(("description",))
"""The fields whose values keep their lines."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pattern did on one sample.

    ``captures`` are plain values by field, ``seconds`` what it took, ``failure`` why it came to no end; ``cut``: the
    sample was longer than what is searched.
    """

    sample: str
    matched: bool
    captures: Mapping[str, str]
    seconds: float
    failure: Failure | None
    cut: bool


def evaluate(pattern: Pattern, sample: str, source: str, *, html: bool, runner: Runner) -> Outcome:
    """Return what ``pattern`` does on ``source``, which is called ``sample``."""
    result = runner.run(pattern, source)
    captures = {
        target: (plain_value if target in MANY_LINES else one_line)(text, html=html)
        for target, text in result.captures.items()
    }
    return Outcome(sample, result.matched, MappingProxyType(captures), result.seconds, result.failure, result.cut)
