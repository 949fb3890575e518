"""What became of the mail that a chat message left as, in words for staff."""

from __future__ import annotations

from typing import Any

from backbone import clock
from backbone.ledger.late import NOT_TO
from backbone.ledger.states import Outbound, OutboundReason
from console.commands.common import when

TICK = "✓"

_WHY = {
    OutboundReason.CONNECTION: "the mail server cannot be reached",
    OutboundReason.CERTIFICATE: "the mail server's certificate is not trusted",
    OutboundReason.LOGIN_REFUSED: "the mail server refuses the login",
    OutboundReason.TRY_LATER: "the mail server wants it later",
    OutboundReason.REFUSED: "the mail server refuses it",
    OutboundReason.RECIPIENT_REFUSED: "the recipient is refused",
    OutboundReason.OUTCOME_UNKNOWN: "nobody knows whether it was taken",
    OutboundReason.NO_SMTP: "the mailbox has no SMTP server",
    OutboundReason.EXPIRED: "it was tried for too long",
    OutboundReason.RATE_LIMITED: "the mailbox's limit is reached",
    OutboundReason.BREAKER: "too many mails went there; 'postroom breaker list' shows them",
    OutboundReason.SUPPRESSED: "mail to this address came back before",
    OutboundReason.BUG: "a fault of Postroom's; 'postroom failures list' shows it",
    OutboundReason.COPIES_PUT_OFF: "copies are tried again",
    OutboundReason.COPIES_SENDING: "copies are tried now",
}


def delivery(message: Any) -> str:
    """Return the state of a message's mail, a row of :func:`tickets.history.messages_of`; empty when there is none."""
    if message.undone_at is not None:
        return "taken back"
    if message.mail_state is None:
        return ""
    words = [_state(message), _WHY.get(message.mail_reason, ""), _answer(message)]
    words += [f"not yet to {address}: {said}" for address, said in (message.mail_put_off or {}).items()]
    if message.mail_reason == OutboundReason.COPIES_PUT_OFF or message.mail_state == Outbound.DEFERRED:
        words.append(f"next try {when(message.mail_due_at)}")
    return ": ".join(filter(None, [words[0], "; ".join(filter(None, words[1:]))]))


def _state(message: Any) -> str:
    match message.mail_state:
        case Outbound.SENT:
            return f"{TICK} sent {when(message.mail_sent_at)}"
        case Outbound.QUEUED if message.mail_not_before and message.mail_not_before > clock.now():
            return f"waiting; can be taken back until {when(message.mail_not_before)}: postroom undo {message.id}"
        case Outbound.BOUNCED | Outbound.FAILED:
            return f"✗ {message.mail_state}"
        case Outbound.HELD | Outbound.DEFERRED:
            return f"! {message.mail_state}"
        case _:
            return str(message.mail_state)


def _answer(message: Any) -> str:
    """Return the server's words; of a mail that was taken only whom it was not taken for."""
    answer = str(message.mail_answer or "")
    if message.mail_state != Outbound.SENT:
        return answer
    _, refused, whom = answer.partition(NOT_TO)
    return f"not to {whom}" if refused else ""
