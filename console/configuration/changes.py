"""The difference between what is wanted and what is stored, step by step; also what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from console.configuration.kinds import KINDS, Key, Row
from console.configuration.stored import Stored
from console.configuration.wanted import Wanted


class Action(StrEnum):
    """What a step does to a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the file and what becomes of it; ``row`` may hold secrets and is never shown."""

    kind: str
    key: Key
    title: str
    action: Action
    fields: tuple[str, ...] = ()
    row: Row = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Changes:
    """All steps of a configuration, in the order in which they can be taken."""

    steps: tuple[Step, ...]

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return any(step.action is not Action.UNCHANGED for step in self.steps)

    def of(self, kind: str, action: Action) -> tuple[Step, ...]:
        """Return the steps of one kind that do one thing."""
        return tuple(step for step in self.steps if step.kind == kind and step.action is action)

    def names(self, kind: str, action: Action) -> tuple[str, ...]:
        """Return the names of what these steps concern."""
        return tuple(step.title for step in self.of(kind, action))

    def count(self, action: Action) -> int:
        """Return how many steps of all kinds do this."""
        return sum(step.action is action for step in self.steps)


def compare(wanted: Wanted, stored: Stored) -> Changes:
    """Return the steps from what is stored to what is wanted. What the file does not name is left as it is."""
    return Changes(
        tuple(
            _step(kind.name, key, kind.title(row), row, stored.rows[kind.name].get(key))
            for kind in KINDS
            for key, row in wanted[kind.name].items()
        )
    )


def _step(kind: str, key: Key, title: str, row: Row, before: Mapping[str, object] | None) -> Step:
    if before is None:
        return Step(kind, key, title, Action.CREATED, tuple(row), row)
    fields = tuple(_different(row, before))
    return Step(kind, key, title, Action.CHANGED if fields else Action.UNCHANGED, fields, row)


def _different(row: Row, before: Mapping[str, object]) -> Iterable[str]:
    return (column for column, value in row.items() if before[column] != value)
