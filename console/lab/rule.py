"""One draft rule, given by a command's options: a stored one changed, or a new one."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pydantic_core import PydanticCustomError

from backbone.addresses import normalise
from backbone.errors import UserError
from console.configuration import mail_values
from console.configuration.faults import nearest
from console.configuration.kinds import Key, Row
from console.lab.draft import Rows
from console.lab.result import title
from parse.rules.patterns import BUILT_IN, compile_pattern
from parse.rules.problems import PatternError

_CHOICES = {"regex_source": ("html", "text"), "mismatch": ("error", "skip", "template", "next")}
_REGEXES = ("subject_regex", "message_regex")
_NEEDLESS = {"on_mismatch": _REGEXES, "match_against": ("message_regex",)}
"""Options that speak of a regex, and of which."""

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

    @property
    def options(self) -> list[str]:
        """Return the options by which it was given, but for the sender's."""
        given = asdict(self)
        return [_option(name) for name, value in given.items() if name != "sender" and value not in ("", None)]


def with_rule(rows: Rows, mailbox: str, rule: OneRule) -> tuple[Rows, str]:
    """Return ``rows`` with the rule in the mailbox of that address, and what to call the rule before people.

    Raise UserError where it does not fit.
    """
    box = normalise(mailbox)
    if box not in rows["mailboxes"]:
        raise UserError(f"A rule is drafted in a mailbox: there is none called {mailbox!r}; name one with --mailbox.")
    try:
        pattern = mail_values.pattern(rule.sender)
    except PydanticCustomError as error:
        raise UserError(f"--sender: {error.message()}.") from None
    key = (box, pattern, _recipient(rule.to, rows["mailboxes"][box]), rule.name)
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
    _check(made, rule, rows)
    senders: dict[Key, Row] = {**rows["senders"], key: made}
    return {**rows, "senders": senders}, title(*key[1:])


def _recipient(written: str, mailbox: Row) -> str:
    """Return the recipient; raise UserError for an address whose mail does not come to ``mailbox``."""
    if not written:
        return ""
    try:
        recipient = normalise(mail_values.address(written))
    except PydanticCustomError as error:
        raise UserError(f"--to: {error.message()}.") from None
    local, _, domain = recipient.rpartition("@")
    if not {recipient, f"{local.partition('+')[0]}@{domain}"} & {normalise(mailbox["address"]), *mailbox["aliases"]}:
        raise UserError(
            f"--to: the mail to {written!r} does not come to {mailbox['address']}; name one of its aliases, or its "
            "address with a plus."
        )
    return recipient


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


def _check(row: Row, rule: OneRule, rows: Rows) -> None:
    for column, choices in _CHOICES.items():
        if row[column] not in choices:
            option = {"regex_source": "match_against", "mismatch": "on_mismatch"}[column]
            raise UserError(f"{_option(option)} is one of {', '.join(choices)}, not {row[column]!r}.")
    for column, needs in _NEEDLESS.items():
        if getattr(rule, column) is not None and not any(row[regex] for regex in needs):
            told = " or ".join(map(_option, needs))
            raise UserError(f"{_option(column)} says nothing without a regex; add {told}, or leave it out.")
    known = BUILT_IN | {f"custom_{one['name']}" for one in rows["custom_fields"].values()}
    for column in _REGEXES:
        if row[column]:
            try:
                compile_pattern(row[column], known)
            except PatternError as error:
                raise UserError(f"{_option(column)}: {error}\n{error.caret()}") from None


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
