"""Sender rules of the files to which no mail comes, because a stored one that the files do not name decides first.

``check_senders`` finds such rules within the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.configuration.kinds import KINDS, Key, Row
from console.configuration.order import LAST

_TITLE = next(kind.title for kind in KINDS if kind.name == "senders")


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule of the files, and the stored one that is asked before it and always decides; by their titles."""

    rule: str
    before: str


def shadows(asked: Mapping[Key, Row], rest: Mapping[Key, Row], ids: Mapping[Key, int]) -> tuple[Shadow, ...]:
    """Return the rules ``asked`` for that no mail comes to beside the ``rest``, which are stored and stay."""
    first: dict[tuple[str, ...], tuple[int, float, str]] = {}
    for key, row in rest.items():
        if row["enabled"] and not _passes_on(row):
            place = (row["position"], ids[key], _TITLE(row))
            first[_whose(row)] = min(first.get(_whose(row), place), place)
    return tuple(
        Shadow(_TITLE(row), before[2])
        for key, row in asked.items()
        if row["enabled"] and (before := first.get(_whose(row))) and before[:2] < (row["position"], ids.get(key, LAST))
    )


def _whose(row: Row) -> tuple[str, ...]:
    """Return for which mail the rule is: of rules with one answer, only one decides."""
    return row["mailbox_id"], row["pattern"], row["recipient"]


def _passes_on(row: Row) -> bool:
    return row["mismatch"] == "next" and bool(row["subject_regex"] or row["message_regex"])
