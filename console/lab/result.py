"""What rules make of a mail, in words and names, so that two results can be laid beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backbone import clock
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import Fields, ParsedMail
from parse.rules.runner import Runner
from parse.selection.select import select

MOMENT = "%d.%m.%Y %H:%M:%S"
_NAMED = {
    "object": "objects",
    "work_type": "work_types",
    "ticket_type": "ticket_types",
    "criticality": "criticalities",
}
_TEXTS = ("external_number", "description", "contact_name", "contact_phone", "address")


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of a mail as the first of a conversation.

    ``rule`` and ``template`` are as people call them; ``fields`` are what the rule's regular expressions filled, and
    ``unresolved`` what they caught in vain, with why. ``seconds`` is the time of each rule that searched, by its name.
    """

    verdict: str
    reason: str | None
    rule: str
    template: str
    fields: Mapping[str, str]
    unresolved: Mapping[str, str]
    seconds: Mapping[str, float]
    steps: tuple[Mapping[str, Any], ...] = ()

    @property
    def outcome(self) -> str:
        """Return what becomes of the mail, in a few words."""
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


def result(mail: ParsedMail, mailbox: Mailbox, catalogue: Catalogue, runner: Runner) -> Result:
    """Return what the rules of ``catalogue`` make of ``mail`` in ``mailbox``."""
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
    )


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
