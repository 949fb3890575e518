"""What a draft changes: for each mail what the stored rules make of it, beside what the draft makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backbone.catalogue.model import Catalogue, Mailbox
from backbone.errors import UserError
from console.lab.reading import LabMail, mailbox_of, parsed
from console.lab.result import Result, result, title
from parse.rules.runner import Runner


class Difference(StrEnum):
    """What a draft does to one mail. Gained: a ticket where there was none; lost: the other way round."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Compared:
    """One mail under both; ``before`` is None where the mailbox is not stored yet.

    ``became`` is what it became, where that is known. ``fields`` are those that differ, by name, each with the value
    before and after.
    """

    name: str
    became: str
    mailbox: str
    before: Result | None
    after: Result
    difference: Difference
    fields: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTime:
    """What a rule's regular expressions took: mails searched, seconds in all, and for the slowest of them."""

    rule: str
    mails: int
    seconds: float
    slowest: float


def compare(
    mails: Iterable[LabMail], stored: Catalogue, draft: Catalogue, mailbox: str, runner: Runner
) -> list[Compared]:
    """Return what becomes of each mail under both; ``mailbox`` is where mails came to that do not say it.

    Raise UserError for a mail of which nobody can tell the mailbox.
    """
    compared = []
    for mail in mails:
        box = mailbox_of(mail, draft, mailbox)
        if box is None:
            raise UserError(
                f"The draft has no mailbox for the mail {mail.name!r}; name one of its mailboxes with --mailbox."
            )
        now = parsed(mail.raw, box, draft)
        after = result(now, box, draft, runner, telling=True)
        before = None
        if old := stored.mailboxes.get(box.id):
            alike = _reads(old, stored) == _reads(box, draft)
            before = result(now if alike else parsed(mail.raw, old, stored), old, stored, runner)
        fields = _fields(before, after)
        difference = _difference(before, after, fields)
        compared.append(Compared(mail.name, mail.became, box.address, before, after, difference, fields))
    return compared


def _reads(mailbox: Mailbox, catalogue: Catalogue) -> tuple[object, ...]:
    """Return what of the configuration counts when a mail is read."""
    return mailbox.authserv_ids, mailbox.arc, catalogue.addresses


def times(compared: Iterable[Compared]) -> list[RuleTime]:
    """Return the time of each rule of the draft that searched, the slowest first."""
    spent: dict[str, list[float]] = {}
    for one in compared:
        for rule, seconds in one.after.seconds.items():
            spent.setdefault(rule, []).append(seconds)
    found = [RuleTime(rule, len(each), sum(each), max(each)) for rule, each in spent.items()]
    return sorted(found, key=lambda one: -one.seconds)


def was_asked(compared: Iterable[Compared], rule: str) -> bool:
    """Return whether the rule of that title was asked for a mail, as far as it can be told."""
    steps = [step for one in compared for step in one.after.steps if step["step"] == "sender_rule"]
    asked = (title(one["pattern"], one["recipient"], one["name"]) for step in steps for one in step["considered"])
    return rule in asked or any(step.get("more") for step in steps)


def _difference(before: Result | None, after: Result, fields: Mapping[str, object]) -> Difference:
    opened = before is not None and before.verdict == "open"
    opens = after.verdict == "open"
    if opened != opens:
        return Difference.GAINED if opens else Difference.LOST
    if before is None:
        return Difference.SAME
    same = (before.outcome, before.rule, before.template) == (after.outcome, after.rule, after.template)
    return Difference.SAME if same and not fields else Difference.CHANGED


def _fields(before: Result | None, after: Result) -> dict[str, tuple[str | None, str | None]]:
    old = before.fields if before else {}
    names = sorted({*old, *after.fields})
    return {name: (old.get(name), after.fields.get(name)) for name in names if old.get(name) != after.fields.get(name)}
