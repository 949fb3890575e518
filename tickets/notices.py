"""Which automatic mails a decision calls for, before the guards are asked. Pure.

A sender learns at most one thing about a mail: what became of it; where that is nothing, a verified one may be told why
not. A link to register may come beside it. Machines, guests, forged senders and our own mailboxes are told nothing (RFC
3834).
"""

from __future__ import annotations

from collections.abc import Iterator

from backbone.catalogue.model import Catalogue
from backbone.contracts import Address, LetterKind
from backbone.ledger.states import InboundReason
from tickets import addressing, filling
from tickets.planning import Action, Notice, Plan

_UNREAD = frozenset(
    {
        InboundReason.REGEX_MISMATCH,
        InboundReason.REGEX_TIMEOUT,
        InboundReason.REGEX_TOO_LONG,
        InboundReason.REGEX_MEMORY,
        InboundReason.REGEX_INVALID,
    }
)
_NOBODY = Address(address="")
TOLD = _UNREAD | {InboundReason.NO_SENDER_RULE, InboundReason.RECEIVING_OFF}
"""Reasons to accept no mail of which the sender may learn; what a person or the catalogue will mend, comes through."""


def refused(made: Plan, kind: LetterKind, why: str) -> None:
    """Record in the decision why no notice of this ``kind`` leaves."""
    _record(made, kind, why, queued=False)


def accepted(made: Plan, notice: Notice) -> None:
    """Record in the decision that a notice leaves, and plan it."""
    _record(made, notice.kind, notice.about, queued=True)
    made.notices.append(notice)


def wanted(made: Plan, catalogue: Catalogue, public_url: str) -> Iterator[tuple[Notice, ...]]:
    """Yield the notices for a mail, each as alternatives of which the first that is let through leaves.

    What is not called for, and why, becomes a step of the decision; a kind that is switched off passes in silence where
    another does its work, or where it is off by default.
    """
    if made.talks:
        yield from _one(_about_the_ticket(made, catalogue))
        if made.action is Action.OPEN:
            yield from _one(_registration(made, catalogue, public_url, verified=True))
    elif made.reason in TOLD:
        verified = made.mail.trust.verdict == "verified"
        if made.reason is InboundReason.NO_SENDER_RULE:
            invited = _registration(made, catalogue, public_url, verified=verified)
        else:
            invited = _too_big(made, catalogue)
        yield from _one(invited, _not_accepted(made, catalogue, verified=verified))


def _one(*alternatives: Notice | None) -> Iterator[tuple[Notice, ...]]:
    found = tuple(one for one in alternatives if one)
    if found:
        yield found


def _about_the_ticket(made: Plan, catalogue: Catalogue) -> Notice | None:
    kinds: list[tuple[LetterKind, str, str]] = []
    if "oversize" in made.mail.defects:
        kinds.append(("too_big", "", "the mail is larger than allowed"))
    if made.action is Action.OPEN and made.linked:
        kinds.append(("closed_ticket", "new_ticket", "a new ticket that follows a closed one"))
    if made.action is Action.OPEN:
        kinds.append(("ticket_created", "", "a new ticket"))
    elif made.reopens:
        kinds.append(("closed_ticket", "reopened", "the ticket is opened again"))
    if not kinds:
        made.steps.append(
            {"step": "notice", "queued": False, "why": "the mail joins a ticket that its sender knows of"}
        )
        return None
    kind, why, about = next((one for one in kinds if getattr(made.mailbox.outgoing.notices, one[0])), kinds[0])
    return _checked(made, catalogue, Notice(kind, filling.answer_address(made.mail) or _NOBODY, why, about))


def _too_big(made: Plan, catalogue: Catalogue) -> Notice | None:
    """Return the notice for a mail of which too little was taken for its sender rule to read it."""
    if "oversize" not in made.mail.defects or made.reason not in _UNREAD:
        return None
    if not made.mailbox.outgoing.notices.too_big:
        return None
    to = filling.answer_address(made.mail) or _NOBODY
    return _checked(made, catalogue, Notice("too_big", to, about="the mail is larger than allowed"))


def _not_accepted(made: Plan, catalogue: Catalogue, *, verified: bool) -> Notice | None:
    if not made.mailbox.outgoing.notices.not_accepted or made.reason is None:
        return None
    notice = Notice("not_accepted", _writer(made), made.reason.value, "the mail was not accepted")
    return _checked(made, catalogue, notice, verified=verified)


def _registration(made: Plan, catalogue: Catalogue, public_url: str, *, verified: bool) -> Notice | None:
    person = _writer(made)
    if not made.mailbox.outgoing.notices.registration or addressing.is_registered(person.address, catalogue.directory):
        return None
    if not public_url:
        refused(made, "registration", "POSTROOM_PUBLIC_URL is not set")
        return None
    return _checked(made, catalogue, Notice("registration", person, "", "nobody is registered"), verified=verified)


def _writer(made: Plan) -> Address:
    """Return who wrote, not where answers go: what an unknown person is told must not reach a third one."""
    person = filling.writer(made.mail)
    return person if person and filling.is_whole(person) else _NOBODY


def _checked(made: Plan, catalogue: Catalogue, notice: Notice, *, verified: bool = True) -> Notice | None:
    """Return the notice, or None, with the reason in the decision, when it is one that must never be written."""
    why = _never(made, catalogue, notice, verified=verified)
    if why:
        refused(made, notice.kind, why)
    return None if why else notice


def _never(made: Plan, catalogue: Catalogue, notice: Notice, *, verified: bool) -> str:
    answers = made.joined.reply_by_chat if made.joined else (made.opener or made).reply_by_chat
    checks = (
        (made.silent, "taken by backfill"),
        (notice.to is _NOBODY, "the mail names no sender"),
        (made.mail.automation is not None, f"automatic mail is never answered ({_kind(made)})"),
        (made.guest, "a guest is not answered"),
        (made.suspect, "the sender is forged, as a mail server says that we believe"),
        (not verified, "the sender is not verified"),
        (addressing.is_ours(notice.to.address, catalogue.addresses), "the answer would go to a mailbox of ours"),
        (addressing.is_machine(notice.to.address), "nobody reads mail to an address of this name"),
        (not answers, "the sender rule does not answer through the chat"),
        (made.mailbox.smtp is None, "the mailbox has no SMTP server"),
        (not getattr(made.mailbox.outgoing.notices, notice.kind), "switched off in this mailbox"),
    )
    return next((why for is_so, why in checks if is_so), "")


def _kind(made: Plan) -> str:
    return made.mail.automation.kind if made.mail.automation else ""


def _record(made: Plan, kind: LetterKind, why: str, *, queued: bool) -> None:
    step = {"step": "notice", "kind": kind, "queued": queued, "why": why}
    # How a mail ended stays the last step, by which it is shown in lists.
    made.steps.insert(len(made.steps) if made.talks else max(len(made.steps) - 1, 0), step)
