"""What rules make of a mail, in words and names, so that two results can be laid beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backbone import clock
from backbone.catalogue.model import Catalogue, Mailbox, Rule
from backbone.contracts import Fields, ParsedMail, Selection
from backbone.ledger.states import InboundReason
from parse.rules.reach import Reach, reach
from parse.rules.runner import Runner
from parse.selection.conditions import Letter, searches
from parse.selection.model import Selected
from parse.selection.select import select

MOST_TOLD = 5
"""Rules of one mail of which is told how far their patterns get."""

REGEXES = ("subject_regex", "message_regex")
MOMENT = "%d.%m.%Y %H:%M:%S"
_NAMED = {
    "object": "objects",
    "work_type": "work_types",
    "ticket_type": "ticket_types",
    "criticality": "criticalities",
}
_TEXTS = ("external_number", "description", "contact_name", "contact_phone", "address")


@dataclass(frozen=True, slots=True)
class Missed:
    """A regular expression that does not match a mail: which one of what rule, and how far it gets."""

    rule: str
    condition: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a mail as the first of a conversation.

    ``rule`` and ``template`` are as people call them; ``fields`` are what the rule's regular expressions filled, and
    ``unresolved`` what they caught in vain, with why. ``seconds`` is the time of each rule that searched, by its name;
    ``missed`` are those that did not match, where that can be told. ``joins`` says, a sentence each, what may make it a
    message on a ticket that there is already: the rules do not know of tickets.
    """

    verdict: str
    reason: str | None
    rule: str
    template: str
    fields: Mapping[str, str]
    unresolved: Mapping[str, str]
    seconds: Mapping[str, float]
    steps: tuple[Mapping[str, Any], ...] = ()
    missed: tuple[Missed, ...] = ()
    joins: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Return what becomes of the mail, in a few words."""
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


def result(
    mail: ParsedMail, mailbox: Mailbox, catalogue: Catalogue, runner: Runner, *, telling: bool = False
) -> Result:
    """Return what the rules of ``catalogue`` make of ``mail`` in ``mailbox``; ``telling`` how far patterns get."""
    selected = select(mail, mailbox=mailbox, catalogue=catalogue, runner=runner, now=clock.now())
    selection = selected.selection
    rule = next((rule for rule in mailbox.rules if rule.id == selection.rule_id), None)
    template = catalogue.templates.get(selection.template_id or 0)
    return Result(
        verdict=selection.verdict,
        reason=selection.reason,
        rule=title(rule.pattern, rule.recipient, rule.name) if rule else "",
        template=template.name if template else "",
        fields=named(selection.fields, catalogue, mailbox.time_zone),
        unresolved={one.field: f"{one.text} ({one.why})" for one in selection.fields.unresolved},
        seconds=_seconds(selected.steps),
        steps=selected.steps,
        missed=tuple(_missed(selected, mailbox, runner)) if telling else (),
        joins=tuple(_joins(mail, selection, rule)),
    )


def _joins(mail: ParsedMail, selection: Selection, rule: Rule | None) -> Iterator[str]:
    if selection.reason == InboundReason.BLOCKED:
        return
    if mail.in_reply_to or mail.references:
        yield "If the mail that it answers is known, it joins the ticket of that."
    number = selection.fields.external_number
    if number and rule and rule.join_same_number and selection.verdict == "open":
        yield f"If this sender has written of {number} before, it joins the ticket of that."


def _missed(selected: Selected, mailbox: Mailbox, runner: Runner) -> Iterator[Missed]:
    """Yield the first regular expressions that did not match; of those that ran away nothing can be said."""
    mail = selected.mail
    letter = Letter.of(mail, original=mail.forwarded is not None and mail.forwarded.counts)
    rules = {rule.id: rule for rule in mailbox.rules}
    considered = [rule for step in selected.steps if step["step"] == "sender_rule" for rule in step["considered"]]
    last = [(rules[one["rule_id"]], one["conditions"][-1]) for one in considered]
    for rule, condition in [(rule, about) for rule, about in last if _is_mismatch(about)][:MOST_TOLD]:
        search = next(one for one in searches(rule, letter) if one.condition == condition["condition"])
        if found := reach(search.pattern, search.text, runner):
            yield Missed(title(rule.pattern, rule.recipient, rule.name), search.condition, found)


def _is_mismatch(condition: Mapping[str, Any]) -> bool:
    return condition["condition"] in REGEXES and not condition["ok"] and not condition["failure"]


def title(pattern: str, recipient: str, name: str) -> str:
    """Return what to call a sender rule before people."""
    return " → ".join(part for part in (pattern, recipient, name) if part)


def named(fields: Fields, catalogue: Catalogue, time_zone: str) -> dict[str, str]:
    """Return the fields that are filled, as texts and names; moments in ``time_zone``."""
    found = {name: getattr(fields, name) for name in _TEXTS}
    for name, kind in _NAMED.items():
        entry = getattr(catalogue.directory, kind).get(getattr(fields, f"{name}_id"))
        found[name] = entry.name if entry else None
    found["deadline"] = _local(fields.deadline, time_zone)
    found |= {f"custom_{name}": text for name, text in fields.custom.items()}
    return {name: text for name, text in found.items() if text is not None}


def _local(moment: datetime | None, time_zone: str) -> str | None:
    return moment.astimezone(ZoneInfo(time_zone)).strftime(MOMENT) if moment else None


def _seconds(steps: tuple[Mapping[str, Any], ...]) -> dict[str, float]:
    return {
        title(rule["pattern"], rule["recipient"], rule["name"]): sum(
            condition.get("seconds") or 0.0 for condition in rule["conditions"]
        )
        for step in steps
        if step["step"] == "sender_rule"
        for rule in step["considered"]
        if any("seconds" in condition for condition in rule["conditions"])
    }
