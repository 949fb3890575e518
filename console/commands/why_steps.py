"""The steps of a mail's decision in words. Pure.

Every stage writes its steps as it likes, and older ones stay as they were written: so whatever is missing is passed
over, and a step that is not known here is shown by its keys and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from console.commands.why_cures import cure
from console.commands.why_rules import fields, sender_rule
from console.commands.why_words import YES_NO, Line, Step, Templates, said


@dataclass(frozen=True, slots=True)
class Told:
    """One step: what it is about, and what it says."""

    label: str
    lines: tuple[Line, ...]


def tell(step: Step, templates: Templates) -> Told:
    """Return ``step`` in words; ``templates`` are the names of ticket templates by id."""
    name = str(step.get("step", ""))
    if name == "sender_rule":
        return Told("sender rules", tuple(sender_rule(step, templates)))
    label, lines = _KNOWN.get(name, (name.replace("_", " "), _generic))
    return Told(label, tuple(lines(step)))


def _generic(step: Step) -> Iterator[Line]:
    for key, value in step.items():
        if key != "step" and value not in (None, [], {}, ""):
            yield Line("·", f"{key.replace('_', ' ')}: {said(value)}")


def _read(step: Step) -> Iterator[Line]:
    levels = {
        "full": "understood in full",
        "text": "only its text was understood",
        "headers": "only its header was read",
    }
    level = str(step.get("level", ""))
    yield Line(YES_NO[level == "full"], levels.get(level, level))
    for defect in step.get("defects") or ():
        yield Line("·", f"defect: {said(defect).replace('_', ' ')}", 1)
    trust = str(step.get("trust", ""))
    words = {
        "verified": "the sender is verified by the mail server that we believe",
        "unverified": "the sender is not verified",
        "suspect": "the sender is suspect: the mail server that we believe contradicts",
    }
    yield Line({"verified": "✓", "suspect": "✗"}.get(trust, "·"), words.get(trust, trust))


def _blocked(step: Step) -> Iterator[Line]:
    where = "of all mailboxes" if step.get("where") == "all" else "of this mailbox"
    yield Line("✗", f"{said(step.get('sender'))} is blocked by {said(step.get('pattern'))} {where}")


def _forwarded(step: Step) -> Iterator[Line]:
    counts = bool(step.get("counts"))
    words = "the mail counts as one of his" if counts else "the mail counts as one of who passed it on"
    yield Line(YES_NO[counts], f"the original is from {said(step.get('original_sender'))}; {words}")


def _automation(step: Step) -> Iterator[Line]:
    yield Line("·", f"written by a machine: {said(step.get('kind')).replace('_', ' ')}")
    for one in step.get("evidence") or ():
        yield Line("·", said(one), 1)


_THREAD = {
    "joined": ("✓", "taken: the mail belongs to that conversation"),
    "colleague": ("✓", "taken: its sender is verified, and of the same organisation as the one whom we wrote to"),
    "guest": ("✓", "taken as of an unverified guest: its sender does not belong to that conversation"),
    "suspect": ("✓", "taken as of an unverified guest: the mail server that we believe says that its sender is forged"),
    "pending": ("·", "that mail is still on its way, or held; this one waits for it"),
    "unknown": ("✗", "refused: not known here"),
    "unknown_key": ("✗", "refused: its token was signed by a key that is not ours, or not any more"),
    "no_ticket": ("✗", "refused: there is no such ticket"),
    "other_mailbox": ("✗", "refused: it belongs to another mailbox"),
    "bad_signature": ("✗", "refused: its signature is not ours"),
    "not_a_participant": ("✗", "refused: the sender does not belong to that conversation"),
    "not_verified": ("✗", "refused: the sender is not verified"),
    "switched_off": ("✗", "refused: in this mailbox, numbers in subjects lead to no ticket"),
}
_BY = {
    "plus_address": "the token in its recipient {}",
    "body_marker": "the token in its text {}",
    "subject_tag": "the number {} in the subject",
}


def _thread(step: Step) -> Iterator[Line]:
    verdict = str(step.get("verdict", ""))
    mark, words = _THREAD.get(verdict, ("·", verdict))
    what = _BY.get(str(step.get("by")), "answers {}").format(said(step.get("candidate")))
    yield Line(mark, f"{what}: {words}")


def _as_new(step: Step) -> Iterator[Line]:
    who = said(step.get("by") or "a person")
    yield Line("→", f"{who} takes it for a new mail, whatever it answers ({said(step.get('at'))})")


def _merged(step: Step) -> Iterator[Line]:
    yield Line("→", f"{said(step.get('number'))} was merged into {said(step.get('into'))}")


def _closed(step: Step) -> Iterator[Line]:
    days = step.get("reopen_days")
    late = "too late to open it again" if step.get("late") else "in time to open it again"
    yield Line("·", f"{said(step.get('number'))} was closed at {said(step.get('closed_at'))}; {late} ({days} days)")
    yield Line("→", said(step.get("taken")))


def _external(step: Step) -> Iterator[Line]:
    number, found = said(step.get("number")), step.get("found")
    if step.get("suspect"):
        yield Line("✗", f"{number} leads nowhere: the sender is suspect, and gets a ticket of his own")
    elif found is None:
        yield Line("·", f"{number} was never seen from this sender before")
    elif step.get("joins"):
        yield Line("✓", f"{number} was seen before: {said(found)}; the mail joins that")
    else:
        yield Line("·", f"{number} was seen before: {said(found)}; the rule does not join by number")


def _permission(step: Step) -> Iterator[Line]:
    granted = bool(step.get("granted"))
    needed = ", ".join(said(one).replace("_", " ") for one in step.get("needed") or ())
    may = "may" if granted else "may not do all of this here"
    yield Line(YES_NO[granted], f"the {said(step.get('user'))} user {may}: {needed}")


def _notice(step: Step) -> Iterator[Line]:
    queued = bool(step.get("queued"))
    kind = f" ({said(step['kind']).replace('_', ' ')})" if step.get("kind") else ""
    words = f"a notice{kind} is sent" if queued else f"no notice{kind} is sent"
    yield Line(YES_NO[queued], f"{words}: {said(step.get('why'))}")


def _ticket(step: Step) -> Iterator[Line]:
    template = step.get("template")
    yield Line("→", f"{said(step.get('number'))}{f', by the template «{said(template)}»' if template else ''}")


def _ended(step: Step) -> Iterator[Line]:
    yield Line("✗", f"{said(step.get('step'))}: {said(step.get('why') or step.get('reason'))}")
    if words := cure(str(step.get("reason"))):
        yield Line("·", words, 1)


def _confirm(step: Step) -> Iterator[Line]:
    yield Line(
        "!", f"{said(step.get('provider'))} asks to confirm that mail may be forwarded here; a person has to do it"
    )
    for key in ("link", "code"):
        if step.get(key):
            yield Line("·", f"{key}: {said(step[key])}", 1)


_DOUBTS = {
    "bad_token": "the signed address that it came to is none of ours: it was altered, or its key has been dropped",
    "no_token": "it did not come to the signed address that our mail was sent from",
    "suspect": "the mail server that we believe says that its sender is forged",
    "not_by_server": "neither its envelope sender nor its author is a mail server's",
}


def _bounce(step: Step) -> Iterator[Line]:
    whom = said(step.get("recipient") or "somebody")
    yield Line(
        "✗", f"a mail to {whom} was not delivered ({said(step.get('status') or step.get('action') or 'no code')})"
    )
    found = bool(step.get("found"))
    of = step.get("original_message_id")
    yield Line(YES_NO[found], f"{'it is ours' if found else 'no mail of ours'}{f': {said(of)}' if of else ''}", 1)
    if step.get("token") == "right":
        yield Line("✓", "it came to the signed address that our mail was sent from", 1)
    elif step.get("token") and not found:
        yield Line("✗", _DOUBTS["bad_token"], 1)
    if doubt := step.get("doubt"):
        yield Line("✗", f"not believed, so nothing changes: {_DOUBTS.get(str(doubt), said(doubt))}", 1)
    if step.get("suppressed"):
        yield Line("→", f"nothing automatic goes to {said(step['suppressed'])} until a mail comes from there", 1)


def _duplicate(step: Step) -> Iterator[Line]:
    yield Line("·", f"the same mail as {said(step.get('of'))}, delivered twice")


_KNOWN: Mapping[str, tuple[str, Callable[[Step], Iterator[Line]]]] = {
    "read": ("reading", _read),
    "blocked": ("block list", _blocked),
    "forwarded": ("forwarded", _forwarded),
    "automation": ("automatic mail", _automation),
    "fields": ("fields", fields),
    "thread": ("conversation", _thread),
    "as_new": ("conversation", _as_new),
    "merged_ticket": ("conversation", _merged),
    "closed_ticket": ("closed ticket", _closed),
    "external_number": ("external number", _external),
    "permission": ("permission", _permission),
    "notice": ("notice", _notice),
    "ticket": ("ticket", _ticket),
    "ignored": ("outcome", _ended),
    "held": ("outcome", _ended),
    "confirm_forwarding": ("outcome", _confirm),
    "bounce": ("bounce", _bounce),
    "duplicate": ("outcome", _duplicate),
}
