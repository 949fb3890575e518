"""Which sender rule lets a sender in: an exact address before ``*@domain`` before ``*@*``.

Only the address counts, in its normalised form (case, IDN); a display name has no say. The cost of a match does not
grow with the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backbone.addresses import domain_of, normalise
from backbone.catalogue.model import Rule

ANYBODY = "*@*"


@dataclass(frozen=True, slots=True)
class Match:
    """The rule that decides, or None, and the patterns that were looked for on the way."""

    rule: Rule | None
    considered: tuple[tuple[str, bool], ...]

    def as_step(self, sender: str) -> dict[str, Any]:
        """Return this match as a step of the mail's decision."""
        return {
            "step": "sender_rule",
            "sender": sender,
            "considered": [{"pattern": pattern, "matched": matched} for pattern, matched in self.considered],
            "rule_id": self.rule.id if self.rule else None,
            "template_id": self.rule.template_id if self.rule else None,
        }


class Matcher:
    """The sender rules of one mailbox, indexed by pattern."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Index the rules that are switched on."""
        self._rules = {rule.pattern: rule for rule in rules if rule.enabled}

    def match(self, sender: str | None) -> Match:
        """Return the most specific rule for ``sender``; one without an address is only matched by ``*@*``."""
        patterns = [ANYBODY]
        if sender and "@" in sender:
            patterns = [normalise(sender), f"*@{domain_of(sender)}", ANYBODY]
        considered: list[tuple[str, bool]] = []
        for pattern in patterns:
            rule = self._rules.get(pattern)
            considered.append((pattern, rule is not None))
            if rule:
                return Match(rule, tuple(considered))
        return Match(None, tuple(considered))
