"""What one sender rule says about a mail: its conditions, asked in order until one decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from backbone.catalogue.model import Mismatch, Rule
from backbone.contracts import ParsedMail
from backbone.ledger.states import InboundReason
from parse.selection.model import Answer, Captured, shown
from parse.selection.searching import Searched, Searching


@dataclass(frozen=True, slots=True)
class Letter:
    """What the conditions look at: of a mail, or of the original for which it stands."""

    trust: str
    subject: str
    text: str
    html: str | None

    @classmethod
    def of(cls, mail: ParsedMail, *, original: bool) -> Letter:
        """Return what counts of ``mail``; of its forwarded ``original`` there is no HTML but that around it."""
        first = mail.forwarded if original else None
        return cls(
            trust=mail.trust.verdict,
            subject=(first and first.subject) or mail.subject,
            text=(first and first.text) or mail.text,
            html=mail.html,
        )


@dataclass(frozen=True, slots=True)
class Search:
    """A ``pattern`` and the ``text`` in which it is searched for, which is the source of ``html`` or plain."""

    condition: Literal["subject_regex", "message_regex"]
    pattern: str
    text: str
    html: bool = False

    @property
    def value(self) -> str:
        """Return how a decision names the text."""
        return shown(self.text) if self.condition == "subject_regex" else "html" if self.html else "text"


@dataclass(slots=True)
class _Asking:
    """The conditions looked at so far, and what the regular expressions caught."""

    rule: Rule
    conditions: list[dict[str, Any]] = field(default_factory=list)
    captures: dict[str, Captured] = field(default_factory=dict)

    def note(self, condition: str, *, ok: bool, **more: Any) -> bool:
        self.conditions.append({"condition": condition, "ok": ok, **more})
        return ok

    def catch(self, captures: Mapping[str, str], *, html: bool) -> None:
        self.captures |= {target: Captured(text, html) for target, text in captures.items() if text.strip()}


def ask(rule: Rule, letter: Letter, searching: Searching) -> Answer:
    """Return what ``rule`` says about ``letter``, which is from its sender and to its recipient."""
    asking = _Asking(rule)
    if not asking.note("enabled", ok=rule.enabled):
        return Answer(rule, tuple(asking.conditions))
    if rule.recipient:
        asking.note("recipient", ok=True, required=rule.recipient)
    if not asking.note("receive", ok=rule.receive):
        return Answer(rule, tuple(asking.conditions), "ignore", InboundReason.RECEIVING_OFF)
    if not trusted(rule, letter.trust):
        asking.note("trust", ok=False, required=rule.trust, value=letter.trust)
        return Answer(rule, tuple(asking.conditions), "hold", InboundReason.NOT_VERIFIED)
    asking.note("trust", ok=True, required=rule.trust, value=letter.trust)
    for one in searches(rule, letter):
        found = searching.search(one.pattern, one.text)
        ok = asking.note(one.condition, ok=found.matched, required=shown(one.pattern), value=one.value, **_about(found))
        if not ok:
            return _mismatched(asking, found.failure or InboundReason.REGEX_MISMATCH)
        asking.catch(found.captures, html=one.html)
    return Answer(rule, tuple(asking.conditions), "open", captures=asking.captures)


def searches(rule: Rule, letter: Letter) -> Iterator[Search]:
    """Yield the searches that ``rule`` wants, in their order."""
    if rule.subject_regex:
        yield Search("subject_regex", rule.subject_regex, letter.subject)
    if rule.message_regex and rule.regex_source == "html" and letter.html is not None:
        yield Search("message_regex", rule.message_regex, letter.html, html=True)
    elif rule.message_regex:
        yield Search("message_regex", rule.message_regex, letter.text)


def trusted(rule: Rule, verdict: str) -> bool:
    """Return whether a mail of this trust ``verdict`` is enough for ``rule``."""
    return rule.trust != "verified" or verdict == "verified"


def _about(found: Searched) -> dict[str, Any]:
    about: dict[str, Any] = {"seconds": round(found.seconds, 6), "failure": found.failure}
    if found.cut:
        about["cut"] = True
    if found.why:
        about["why"] = found.why
    if not found.tried:
        about["tried"] = False
    return about


def _mismatched(asking: _Asking, reason: InboundReason) -> Answer:
    """Return what the rule wants done with a mail that its regular expressions do not fit."""
    conditions = tuple(asking.conditions)
    match asking.rule.mismatch:
        case Mismatch.SKIP:
            return Answer(asking.rule, conditions, "ignore", reason)
        case Mismatch.TEMPLATE:
            return Answer(asking.rule, conditions, "open")
        case action:
            return Answer(asking.rule, conditions, "hold", reason, next=action is Mismatch.NEXT)
