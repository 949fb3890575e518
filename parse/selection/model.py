"""What comes out of a selection, and what a regular expression caught on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from backbone.catalogue.model import Rule
from backbone.contracts import ParsedMail, Selection
from backbone.ledger.states import InboundReason

SHOWN = 200
"""Characters of a text that a decision quotes."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule whose regular expression could not be run to its end on a mail, and why."""

    rule_id: int
    reason: InboundReason


@dataclass(frozen=True, slots=True)
class Selected:
    """What the sender rules make of a mail.

    ``mail`` is the mail with ``forwarded.counts`` set; ``steps`` go into its decision; ``troubles`` are the rules to be
    reported; ``seconds`` is the time that all of the regular expressions took.
    """

    selection: Selection
    mail: ParsedMail
    steps: tuple[dict[str, Any], ...] = ()
    troubles: tuple[Trouble, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Captured:
    """A text that a group caught; ``html``: in the source of HTML."""

    text: str
    html: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule says about a mail: a verdict, to ask the ``next`` one, or nothing, as it is switched off.

    ``conditions`` are those looked at, in order, the last one being the one that decided.
    """

    rule: Rule
    conditions: tuple[dict[str, Any], ...]
    verdict: Literal["open", "ignore", "hold"] | None = None
    reason: InboundReason | None = None
    next: bool = False
    captures: Mapping[str, Captured] = field(default_factory=dict)

    def as_step(self) -> dict[str, Any]:
        """Return this answer as the decision lists it."""
        return {
            "rule_id": self.rule.id,
            "name": self.rule.name,
            "pattern": self.rule.pattern,
            "recipient": self.rule.recipient,
            "position": self.rule.position,
            "conditions": list(self.conditions),
        }


def shown(text: str) -> str:
    """Return ``text`` as a decision quotes it."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
