"""The difference between what is wanted and what is stored, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from console.configuration.kinds import KINDS, RETIRED, Key, Kind, Row
from console.configuration.order import settled
from console.configuration.passwords import Kept
from console.configuration.shadows import Shadow
from console.configuration.stored import Stored
from console.configuration.wanted import Wanted

SWITCHES = frozenset({"enabled", "published"})
"""The columns by which a row that stays is switched off."""


class Action(StrEnum):
    """What a step does to a row; a retired one stays in the database for what history says of it."""

    CREATED = "created"
    CHANGED = "changed"
    RETIRED = "retired"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class Effect(StrEnum):
    """What a step means to who reads it."""

    CREATED = "created"
    CHANGED = "changed"
    SWITCHED_OFF = "switched off"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """One row and what becomes of it; ``row`` and ``before`` may hold secrets, and are never shown as they are."""

    kind: str
    key: Key
    title: str
    action: Action
    fields: tuple[str, ...] = ()
    row: Row = field(default_factory=dict, repr=False, compare=False)
    before: Row = field(default_factory=dict, repr=False, compare=False)

    @property
    def effect(self) -> Effect:
        """Return what the step means: what had been retired is created anew to who reads it."""
        if self.action is Action.RETIRED:
            return Effect.SWITCHED_OFF
        if self.action is Action.CHANGED and self.before.get(RETIRED):
            return Effect.CREATED
        if self.action is Action.CHANGED and any(self.before[name] and not self.row[name] for name in self._switches):
            return Effect.SWITCHED_OFF
        return Effect(self.action)

    @property
    def _switches(self) -> frozenset[str]:
        return SWITCHES & set(self.fields)


@dataclass(frozen=True, slots=True)
class Changes:
    """All steps of a configuration, in the order in which they can be taken; then those of what it does not name.

    ``kept`` are the passwords that stay as they are stored, because their variables are not set. ``emptied`` are the
    kinds of which nothing is left. ``left`` counts by kind what the files do not name and what stays as it is, and
    ``shadows`` are the sender rules to which therefore no mail comes.
    """

    steps: tuple[Step, ...]
    kept: tuple[Kept, ...] = ()
    emptied: tuple[str, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    shadows: tuple[Shadow, ...] = ()

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
    wanted = wanted | {"senders": settled(wanted["senders"], stored)}
    return Changes(
        tuple(
            _step(kind, key, row, stored.rows[kind.name].get(key))
            for kind in KINDS
            for key, row in wanted[kind.name].items()
        )
    )


def _step(kind: Kind, key: Key, row: Row, before: Row | None) -> Step:
    title = kind.title(row)
    if before is None:
        return Step(kind.name, key, title, Action.CREATED, tuple(row), row)
    fields = tuple(_different(row, before))
    return Step(kind.name, key, title, Action.CHANGED if fields else Action.UNCHANGED, fields, row, before)


def _different(row: Row, before: Mapping[str, object]) -> Iterable[str]:
    return (column for column, value in row.items() if before[column] != value)
