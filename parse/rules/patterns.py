r"""A customer's pattern, written for .NET, checked and translated for the regex package.

>>> compile_pattern(r"номер (?<taskNumber>\d+)((.|\n)*)<b>Объект</b>: (?<object>.*?)<br>").targets
('external_number', 'object')
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import regex

from parse.rules.chains import CLOSES, OPENS, cut, prefix
from parse.rules.idioms import simplify
from parse.rules.parser import parse_pattern
from parse.rules.problems import PatternError
from parse.rules.program import Program, Step, compiled
from parse.rules.syntax import Group, Node, references, unrolled, walk
from parse.rules.writer import write

MAX_LENGTH = 4_000
"""A longer pattern is refused: compiling one has no limit of its own."""

MAX_UNROLLED = 20_000
"""With its counts written out, a pattern may have so many characters: (a{1000}){1000} takes gigabytes to compile."""

CUSTOM = "custom_"
"""What the name of a custom field begins with."""

TARGETS = MappingProxyType(
    {
        "taskNumber": "external_number",
        "external_number": "external_number",
        "taskDeadline": "deadline",
        "deadline": "deadline",
        "object": "object",
        "workType": "work_type",
        "work_type": "work_type",
        "ticketType": "ticket_type",
        "ticket_type": "ticket_type",
        "criticality": "criticality",
        "description": "description",
        "contactName": "contact_name",
        "contact_name": "contact_name",
        "contactPhone": "contact_phone",
        "contact_phone": "contact_phone",
        "address": "address",
    }
)
"""The names that a group may have, and the ticket's field that each fills."""

BUILT_IN = frozenset(TARGETS.values())
"""The fields that every ticket has."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that can be run: ``captures`` are the fields it fills, each with the number of its capture."""

    source: str
    program: Program
    captures: tuple[tuple[str, int], ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the fields that it may fill, in the order of the pattern."""
        return tuple(dict.fromkeys(target for target, _ in self.captures))


def compile_pattern(source: str, known: frozenset[str] = BUILT_IN) -> Pattern:
    """Return ``source`` ready to run, or raise PatternError.

    ``known`` are the fields that groups may fill: BUILT_IN and the declared custom fields as ``custom_<name>``. A group
    whose name begins with ``_`` fills none and is there to be referred to.
    """
    if len(source) > MAX_LENGTH:
        raise PatternError(
            source, MAX_LENGTH, f"the pattern has {len(source)} characters, {MAX_LENGTH} are allowed; shorten it."
        )
    if not source:
        raise PatternError(source, 0, "the pattern is empty; leave the key out to have none.")
    tree = parse_pattern(source)
    if unrolled(tree) > MAX_UNROLLED:
        raise PatternError(source, 0, "the counts in {…} multiply to too much; lower those within each other.")
    return compile_tree(tree, source, _targets(tree, source, known))


def compile_tree(tree: Node, source: str, targets: Mapping[str, str]) -> Pattern:
    """Return ``tree``, of ``source`` or of a part of it, ready to run; ``targets`` are the fields of its groups.

    Raise PatternError for one that cannot be compiled.
    """
    kept = frozenset(targets) | references(tree)
    numbers = {key: number for number, key in enumerate(sorted(kept), start=1)}
    program = _program(simplify(tree, kept), source, numbers)
    return Pattern(source, program, tuple((target, numbers[key]) for key, target in targets.items()))


def _program(tree: Node, source: str, numbers: dict[str, int]) -> Program:
    names = {key: f"g{number}" for key, number in numbers.items()}
    names |= {OPENS + key: f"o{number}" for key, number in numbers.items()}
    names |= {CLOSES + key: f"c{number}" for key, number in numbers.items()}
    try:
        steps = tuple(Step(write(part.node, names), prefix(part), part.gap) for part in cut(tree, frozenset(numbers)))
        for step in steps:
            compiled(step.source)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        reason = str(error) if isinstance(error, regex.error) else type(error).__name__
        raise PatternError(source, 0, f"the pattern cannot be compiled ({reason}); write it more simply.") from error
    return Program(steps)


def _targets(tree: Node, source: str, known: frozenset[str]) -> dict[str, str]:
    """Return the field of each named group; raise for one that has none."""
    found: dict[str, str] = {}
    for node in walk(tree):
        if not isinstance(node, Group) or not node.key or node.key[0] in "#_":
            continue
        name = node.key
        target = TARGETS.get(name, name)
        if target in known:
            found[name] = target
            continue
        raise PatternError(source, node.index, _unknown(name, known))
    return found


def _unknown(name: str, known: frozenset[str]) -> str:
    custom = name.startswith(CUSTOM)
    names = known - BUILT_IN if custom else {name for name, target in TARGETS.items() if target in known}
    folded = {other.removeprefix(CUSTOM).casefold(): other for other in sorted(names)}
    near = difflib.get_close_matches(name.removeprefix(CUSTOM).casefold(), list(folded), n=1)
    if near:
        return f"(?<{name}>…) fills no field that we know; did you mean {folded[near[0]]}?"
    if name == CUSTOM:
        return f"(?<{name}>…) names no custom field; write its name after it, such as {CUSTOM}floor."
    if custom:
        return f"(?<{name}>…) fills a custom field that is not declared; declare {name.removeprefix(CUSTOM)} first."
    return (
        f"(?<{name}>…) fills no field that we know; name it {', '.join(TARGETS)} or {CUSTOM}<field>, "
        "or begin its name with _."
    )
