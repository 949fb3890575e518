"""What is to become of each mail, decided before anything is written. Pure.

The order of the questions is the order of the steps in the decision: ours? a bounce? part of a conversation? allowed
to open a ticket? Automatic mail is kept like any other; it is only never answered (RFC 3834).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Mailbox, Rule, Template
from backbone.contracts import Address, ParsedMail
from backbone.ledger.states import InboundReason
from tickets import filling
from tickets.threading import Thread


class Action(StrEnum):
    """What is to be done with a mail."""

    OPEN = "open a ticket"
    ADD = "add a message"
    IGNORE = "ignore"
    HOLD = "hold for a person"
    BOUNCE = "record a bounce"
    WAIT = "wait for an earlier mail"


@dataclass(slots=True)
class Plan:
    """One mail, what is to be done with it, and why; the service fills in what it made of it."""

    mail_id: int
    mail: ParsedMail
    mailbox: Mailbox
    action: Action
    said: str = ""
    reason: InboundReason | None = None
    rule: Rule | None = None
    template: Template | None = None
    guest: bool = False
    answer_to: Address | None = None
    our_numbers: frozenset[str] = frozenset()
    steps: list[dict[str, Any]] = field(default_factory=list)
    ticket_id: int | None = None
    chat_message_id: int | None = None


def plan(  # noqa: PLR0911 - one return for each thing that a mail may become
    mail_id: int,
    mail: ParsedMail,
    *,
    size: int,
    rule_id: int | None,
    mailbox: Mailbox,
    catalogue: Catalogue,
    thread: Thread,
) -> Plan:
    """Return what is to become of ``mail``, whose ``size`` in bytes is that of the raw mail."""
    made = Plan(mail_id, mail, mailbox, Action.IGNORE, said=filling.said(mail, mailbox, size))
    if mail.automation and mail.automation.kind == "own":
        return _end(made, InboundReason.OWN_MAIL, "written by this Postroom itself")
    if mail.confirmation:
        made.action, made.reason = Action.HOLD, InboundReason.CONFIRM_FORWARDING
        made.steps.append({"step": "confirm_forwarding", **mail.confirmation.model_dump()})
        return made
    if mail.bounce:
        if mail.bounce.action in (None, "failed"):
            made.action = Action.BOUNCE
            return made
        return _end(made, InboundReason.BOUNCE, f"a report of mail {mail.bounce.action}, which is no failure")
    made.steps += thread.steps
    made.our_numbers = thread.our_numbers
    if thread.wait:
        made.action = Action.WAIT
        return made
    if thread.ticket_id is not None:
        made.action, made.ticket_id, made.guest = Action.ADD, thread.ticket_id, thread.guest
        return made
    made.rule = next((rule for rule in mailbox.rules if rule.id == rule_id), None)
    if made.rule is None:
        return _end(made, InboundReason.NO_SENDER_RULE, "no sender rule of the mailbox lets this sender in")
    if not made.rule.receive:
        return _end(made, InboundReason.RECEIVING_OFF, "the sender rule does not allow receiving mail")
    made.action, made.template = Action.OPEN, catalogue.templates[made.rule.template_id]
    made.mail = filling.first_of_conversation(mail)
    made.said = filling.said(made.mail, mailbox, size)
    made.answer_to, why = _notice(made.mail, made.rule, mailbox, catalogue)
    made.steps.append({"step": "notice", "queued": made.answer_to is not None, "why": why})
    return made


def _notice(mail: ParsedMail, rule: Rule, mailbox: Mailbox, catalogue: Catalogue) -> tuple[Address | None, str]:
    """Return whom to tell that a ticket was made, or None, and the reason."""
    address = filling.answer_address(mail)
    if address is None:
        return None, "the mail names no sender"
    if mail.automation:
        return None, f"automatic mail is never answered ({mail.automation.kind})"
    if normalise(address.address) in catalogue.addresses:
        return None, "the answer would go to a mailbox of ours"
    if not rule.reply_by_chat:
        return None, "the sender rule does not answer through the chat"
    if mailbox.smtp is None:
        return None, "the mailbox has no SMTP server"
    return address, "a new ticket"


def _end(made: Plan, reason: InboundReason, why: str) -> Plan:
    made.reason = reason
    made.steps.append({"step": "ignored", "reason": reason.value, "why": why})
    return made
