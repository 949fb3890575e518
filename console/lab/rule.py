"""One draft rule, given by a command's options: a stored one changed, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from backbone.addresses import normalise
from backbone.errors import UserError
from console.configuration import mail_values
from console.configuration.faults import nearest
from console.configuration.kinds import Key, Row
from console.lab.draft import Rows
from parse.rules.patterns import BUILT_IN, compile_pattern
from parse.rules.problems import PatternError

_CHOICES = {"regex_source": ("html", "text"), "mismatch": ("error", "skip", "template", "next")}
_FRESH: Row = {
    "position": -1,  # before the stored ones of its sender, as it is the one that is tried
    "enabled": True,
    "receive": True,
    "reply_by_chat": True,
    "forwarded_counts": False,
    "trust": "any",
    "subject_regex": "",
    "message_regex": "",
    "regex_source": "html",
    "mismatch": "error",
    "join_same_number": False,
    "samples": [],
}


@dataclass(frozen=True, slots=True)
class OneRule:
    """What a command says of a rule; None leaves a stored value, or the default of a new rule."""

    sender: str
    to: str = ""
    name: str = ""
    template: str | None = None
    subject_regex: str | None = None
    message_regex: str | None = None
    match_against: str | None = None
    on_mismatch: str | None = None


def with_rule(rows: Rows, mailbox: str, rule: OneRule) -> Rows:
    """Return ``rows`` with the rule in the mailbox of that address; raise UserError where it does not fit."""
    box = normalise(mailbox)
    if box not in rows["mailboxes"]:
        raise UserError(f"A rule is drafted in a mailbox: there is none called {mailbox!r}; name one with --mailbox.")
    try:
        pattern = mail_values.pattern(rule.sender)
    except PydanticCustomError as error:
        raise UserError(f"--sender: {error.message()}.") from None
    key = (box, pattern, normalise(rule.to), rule.name)
    row = rows["senders"].get(key) or _FRESH | dict(
        zip(("mailbox_id", "pattern", "recipient", "name"), key, strict=True)
    )
    changed = {
        "template_id": _template(rows, rule, row),
        "subject_regex": rule.subject_regex,
        "message_regex": rule.message_regex,
        "regex_source": rule.match_against,
        "mismatch": rule.on_mismatch,
    }
    made = row | {name: value for name, value in changed.items() if value is not None}
    _check(made, rows)
    senders: dict[Key, Row] = {**rows["senders"], key: made}
    return {**rows, "senders": senders}


def _template(rows: Rows, rule: OneRule, row: Row) -> str:
    name = rule.template or row.get("template_id")
    if not name and len(rows["templates"]) == 1:
        name = next(iter(rows["templates"]))
    if name in rows["templates"]:
        return str(name)
    if not name:
        raise UserError("A new rule needs a ticket template; name one with --template.")
    near = nearest(str(name), map(str, rows["templates"]))
    raise UserError(
        f"No template is called {name!r}; " + (f"did you mean {near!r}?" if near else "see 'postroom template list'.")
    )


def _check(row: dict[str, Any], rows: Rows) -> None:
    for column, choices in _CHOICES.items():
        if row[column] not in choices:
            option = {"regex_source": "--match-against", "mismatch": "--on-mismatch"}[column]
            raise UserError(f"{option} is one of {', '.join(choices)}, not {row[column]!r}.")
    known = BUILT_IN | {f"custom_{one['name']}" for one in rows["custom_fields"].values()}
    for column in ("subject_regex", "message_regex"):
        if row[column]:
            try:
                compile_pattern(row[column], known)
            except PatternError as error:
                option = "--" + column.replace("_", "-")
                raise UserError(f"{option}: {error}\n{error.caret()}") from None
