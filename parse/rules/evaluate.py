"""How a pattern does on other mails than the one it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from parse.rules.patterns import Pattern
from parse.rules.propose import Proposal
from parse.rules.runner import Failure, Runner
from parse.rules.values import one_line, plain_value

MANY_LINES = frozenset(("description",))
"""The fields whose values keep their lines."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pattern did on one sample.

    ``captures`` are plain values by field, ``seconds`` what it took, ``failure`` why it came to no end; ``cut``: the
    sample was longer than what is searched. ``wrong`` are the expected values that did not come, by field.
    """

    sample: str
    matched: bool
    captures: Mapping[str, str]
    seconds: float
    failure: Failure | None
    cut: bool
    wrong: Mapping[str, str]


def evaluate(
    rule: Proposal | Pattern,
    samples: Mapping[str, str],
    *,
    html: bool,
    runner: Runner,
    expected: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> list[Outcome]:
    """Return what ``rule`` does on each of ``samples``, which are sources by name.

    ``expected`` are the values that shall come, by the name of the sample and the field; blanks do not count in them.
    """
    pattern = rule.compiled if isinstance(rule, Proposal) else rule
    return [_outcome(pattern, name, source, html, runner, expected.get(name, {})) for name, source in samples.items()]


def _outcome(
    pattern: Pattern, name: str, source: str, html: bool, runner: Runner, expected: Mapping[str, str]
) -> Outcome:
    result = runner.run(pattern, source)
    captures = {
        target: (plain_value if target in MANY_LINES else one_line)(text, html=html)
        for target, text in result.captures.items()
    }
    wrong = {
        target: value
        for target, value in expected.items()
        if target not in captures or captures[target].split() != value.split()
    }
    return Outcome(
        name,
        result.matched,
        MappingProxyType(captures),
        result.seconds,
        result.failure,
        result.cut,
        MappingProxyType(wrong),
    )
