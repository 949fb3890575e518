"""The sender rules of one mailbox, indexed so that finding those for a mail does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge

from backbone.catalogue.model import Rule
from parse.selection.people import Recipients, patterns_for


class Candidates:
    """The rules by recipient and pattern."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Index the rules, those that are switched off too: a decision shows them."""
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for rule in sorted(rules, key=_order):
            self._rules.setdefault((rule.recipient, rule.pattern), []).append(rule)

    def of(self, sender: str | None, recipients: Recipients) -> Iterator[Rule]:
        """Yield the rules for a mail in the order in which they are asked.

        Rules for the recipient as written come first, then those for his address without its tag, then those for any;
        among them an exact sender before ``*@domain`` before ``*@*``; among them the lower position, then the lower id.
        """
        patterns = patterns_for(sender)
        for wanted in (recipients.written, recipients.untagged, ("",)):
            for pattern in patterns:
                found = [rules for one in wanted if (rules := self._rules.get((one, pattern)))]
                yield from found[0] if len(found) == 1 else merge(*found, key=_order)


def _order(rule: Rule) -> tuple[int, int]:
    return rule.position, rule.id
