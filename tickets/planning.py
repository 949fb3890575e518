"""What is to become of each mail, decided before anything is written. Pure.

The order of the questions is the order of the steps in the decision: ours? blocked? a bounce? part of a conversation?
allowed to open a ticket? Automatic mail is kept like any other; it is only never answered (RFC 3834).
:mod:`tickets.finishing` asks the last questions, when what other mails became is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from backbone.catalogue.model import Catalogue, Mailbox, Rule, Template
from backbone.contracts import Address, Fields, LetterKind, ParsedMail, Selection
from backbone.ledger.states import InboundReason
from tickets import filling
from tickets.proofs import Proof
from tickets.standing import Closed, Standing, policy
from tickets.threading import Thread

_WHY = {
    InboundReason.BLOCKED: "the sender is on the block list",
    InboundReason.NO_SENDER_RULE: "no sender rule of the mailbox lets this sender in",
    InboundReason.RECEIVING_OFF: "the sender rule does not allow receiving mail",
    InboundReason.NOT_VERIFIED: "the sender rule wants a verified sender, and this one is not",
    InboundReason.REGEX_MISMATCH: "the regular expressions of the sender rule do not match the mail",
    InboundReason.REGEX_TIMEOUT: "the regular expressions of the sender rule took too long",
    InboundReason.REGEX_TOO_LONG: "the mail is too long for the regular expressions of the sender rule",
    InboundReason.REGEX_MEMORY: "the regular expressions of the sender rule took too much memory",
    InboundReason.REGEX_INVALID: "the sender rule has a regular expression that cannot be used",
}


class Action(StrEnum):
    """What is to be done with a mail."""

    OPEN = "open a ticket"
    ADD = "add a message"
    IGNORE = "ignore"
    HOLD = "hold for a person"
    BOUNCE = "record a bounce"
    WAIT = "wait for an earlier mail"
    PARSE = "parse again"


@dataclass(frozen=True, slots=True)
class Notice:
    """An automatic mail that is called for: its kind, to whom, its ``why`` (as in ``Letter.why``), and what about."""

    kind: LetterKind
    to: Address
    why: str = ""
    about: str = ""


@dataclass(slots=True)
class Plan:
    """One mail, what is to be done with it, and why; the service fills in what it made of it.

    ``joined`` is the ticket that an ADD goes to, and ``opener`` the plan that opens it where it is not made yet;
    ``linked`` is the closed ticket that a new one follows. ``proof`` is what a report's return token proves, if it has
    one. ``held_at`` is the catalogue's version that held the mail.
    """

    mail_id: int
    mail: ParsedMail
    mailbox: Mailbox
    arrived: datetime
    action: Action
    said: str = ""
    reason: InboundReason | None = None
    rule_id: int | None = None
    template: Template | None = None
    reply_by_chat: bool = False
    join_same_number: bool = False
    fields: Fields = field(default_factory=Fields)
    joined: Standing | None = None
    opener: Plan | None = None
    linked: Standing | None = None
    reopens: bool = False
    guest: bool = False
    silent: bool = False
    proof: Proof | None = None
    notices: list[Notice] = field(default_factory=list)
    held_at: int | None = None
    our_numbers: frozenset[str] = frozenset()
    steps: list[dict[str, Any]] = field(default_factory=list)
    ticket_id: int | None = None
    number: str = ""
    chat_message_id: int | None = None

    @property
    def talks(self) -> bool:
        """Whether the mail becomes a message."""
        return self.action in (Action.OPEN, Action.ADD)

    @property
    def proven(self) -> bool:
        """Whether the mail, a report, came to the very address that our mail was sent from."""
        return self.proof is not None and self.proof.message_id is not None

    @property
    def suspect(self) -> bool:
        """Whether a server that we believe says that the mail's sender is forged."""
        return self.mail.trust.verdict == "suspect"

    def hold(self, reason: InboundReason, why: str, version: int | None = None) -> None:
        """Let the mail wait for a person, or for a change of the catalogue, of which this is the ``version``."""
        self.action, self.reason, self.held_at = Action.HOLD, reason, version
        self.steps.append({"step": "held", "reason": reason.value, "why": why})


def chosen(stored: Any, rule_id: int | None, mailbox: Mailbox) -> Selection:
    """Return what the parse stage chose for a mail.

    A mail parsed before it stored that has only the rule that lets its sender in, which says as much.
    """
    if stored is not None:
        return Selection.model_validate(stored)
    if rule_id is None:
        return Selection(verdict="ignore", reason=InboundReason.NO_SENDER_RULE)
    rule = _rule(mailbox, rule_id)
    if rule and not rule.receive:
        return Selection(verdict="ignore", reason=InboundReason.RECEIVING_OFF, rule_id=rule_id)
    return Selection(verdict="open", rule_id=rule_id, template_id=rule.template_id if rule else None)


def plan(
    mail_id: int,
    mail: ParsedMail,
    *,
    size: int,
    arrived: datetime,
    selection: Selection,
    mailbox: Mailbox,
    catalogue: Catalogue,
    thread: Thread,
    standing: Standing | None,
    proof: Proof | None = None,
    silent: bool = False,
) -> Plan:
    """Return what is to become of ``mail``, whose ``size`` in bytes is that of the raw mail.

    ``standing`` is the ticket that ``thread`` leads to. Of a ``silent`` mail nobody is told, and it reopens nothing.
    """
    said = filling.said(mail, mailbox, size)
    made = Plan(mail_id, mail, mailbox, arrived, Action.IGNORE, said=said, silent=silent, proof=proof)
    if _is_no_word_of_a_person(made, selection):
        return made
    made.steps += thread.steps
    made.our_numbers = thread.our_numbers
    if thread.wait:
        made.action = Action.WAIT
    elif thread.held:
        made.hold(InboundReason(thread.held), "the mail that it answers is held", catalogue.version)
    elif standing:
        made.guest = thread.guest
        _answer(made, standing, selection, catalogue)
    elif thread.forged:
        made.hold(InboundReason.BAD_TOKEN, "it bears a reply token of ours whose signature does not fit")
    elif selection.verdict != "open":
        rule = _rule(mailbox, selection.rule_id)
        made.reply_by_chat = rule is None or rule.reply_by_chat
        reason = InboundReason(selection.reason or InboundReason.NO_SENDER_RULE)
        why = _WHY.get(reason, "the sender rules say so")
        if selection.verdict == "ignore":
            _end(made, reason, why)
        else:
            made.hold(reason, why)
    elif _open(made, selection, catalogue):
        made.mail = filling.first_of_conversation(mail)
        made.said = filling.said(made.mail, mailbox, size)
    else:
        made.action = Action.PARSE
    return made


def _is_no_word_of_a_person(made: Plan, selection: Selection) -> bool:
    """Plan for our own mail, a blocked sender's, a provider's request and a delivery report; False for any other."""
    mail = made.mail
    if mail.automation and mail.automation.kind == "own":
        _end(made, InboundReason.OWN_MAIL, "written by this Postroom itself")
    elif selection.reason == InboundReason.BLOCKED and not (mail.bounce and (mail.bounce.by_server or made.proven)):
        # A mail server's report tells of our own mail, and so does one that proves it.
        _end(made, InboundReason.BLOCKED, _WHY[InboundReason.BLOCKED])
    elif mail.confirmation:
        made.action, made.reason = Action.HOLD, InboundReason.CONFIRM_FORWARDING
        made.steps.append({"step": "confirm_forwarding", **mail.confirmation.model_dump()})
    elif mail.bounce and mail.bounce.action in (None, "failed"):
        made.action = Action.BOUNCE
    elif mail.bounce:
        _end(made, InboundReason.BOUNCE, f"a report of mail {mail.bounce.action}, which is no failure")
    else:
        return False
    return True


def join(made: Plan, ticket: Standing, catalogue: Catalogue) -> None:
    """Let a mail that would open a ticket go to ``ticket`` instead, whose external number it has."""
    taken = _settle_closed(made, ticket, catalogue, late_stays=False)
    if taken is not Closed.NEW_TICKET:
        made.action, made.joined, made.linked, made.reopens = Action.ADD, ticket, None, taken is Closed.REOPENS


def _answer(made: Plan, ticket: Standing, selection: Selection, catalogue: Catalogue) -> None:
    """Plan for a mail that answers into the conversation of ``ticket``."""
    taken = _settle_closed(made, ticket, catalogue, late_stays=True)
    if taken is not Closed.NEW_TICKET:
        made.action, made.joined, made.reopens = Action.ADD, ticket, taken is Closed.REOPENS
    elif selection.verdict != "open" or not _open(made, selection, catalogue):
        # Who may answer may also come too late: the rules are asked no more, the ticket has its own.
        made.action, made.rule_id = Action.OPEN, ticket.rule_id
        made.template, made.reply_by_chat = catalogue.templates[ticket.template_id], ticket.reply_by_chat


def _settle_closed(made: Plan, ticket: Standing, catalogue: Catalogue, *, late_stays: bool) -> Closed | None:
    if ticket.asked != ticket.number:
        made.steps.append({"step": "merged_ticket", "number": ticket.asked, "into": ticket.number})
    taken, step = policy(
        ticket,
        reopen_days=catalogue.templates[ticket.template_id].reopen_days,
        arrived=made.arrived,
        automatic=made.mail.automation is not None or made.guest or made.silent,
        late_stays=late_stays,
    )
    made.steps += [step] if step else []
    if taken is Closed.NEW_TICKET:
        made.linked = ticket
        made.our_numbers |= ticket.numbers
    return taken


def _open(made: Plan, selection: Selection, catalogue: Catalogue) -> bool:
    """Plan for a new ticket; False when what was selected is not in the catalogue any more."""
    rule = _rule(made.mailbox, selection.rule_id)
    template = catalogue.templates.get(selection.template_id) if selection.template_id is not None else None
    if rule is None or template is None or not _known(selection.fields, catalogue):
        return False
    made.action, made.template, made.fields = Action.OPEN, template, selection.fields
    made.rule_id, made.reply_by_chat, made.join_same_number = rule.id, rule.reply_by_chat, rule.join_same_number
    return True


def _known(fields: Fields, catalogue: Catalogue) -> bool:
    directory = catalogue.directory
    return all(
        one is None or one in entries
        for one, entries in (
            (fields.object_id, directory.objects),
            (fields.work_type_id, directory.work_types),
            (fields.ticket_type_id, directory.ticket_types),
            (fields.criticality_id, directory.criticalities),
        )
    )


def _rule(mailbox: Mailbox, rule_id: int | None) -> Rule | None:
    return next((rule for rule in mailbox.rules if rule.id == rule_id), None)


def _end(made: Plan, reason: InboundReason, why: str) -> None:
    made.reason = reason
    made.steps.append({"step": "ignored", "reason": reason.value, "why": why})
