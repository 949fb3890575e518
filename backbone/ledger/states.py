"""The states of mails, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Inbound(StrEnum):
    """Where a mail from a mailbox stands."""

    RECEIVED = "received"
    PARSED = "parsed"
    TICKET_CREATED = "ticket_created"
    MESSAGE_ADDED = "message_added"
    IGNORED = "ignored"
    DUPLICATE = "duplicate"
    BOUNCED = "bounced"
    HELD = "held"
    FAILED = "failed"


class Outbound(StrEnum):
    """Where a mail that we owe somebody stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"


class InboundReason(StrEnum):
    """Why an inbound mail became what it became; a metric label."""

    NO_SENDER_RULE = "no_sender_rule"
    RECEIVING_OFF = "receiving_off"
    OWN_MAIL = "own_mail"
    SAME_MAIL = "same_mail"
    BOUNCE = "bounce"
    CONFIRM_FORWARDING = "confirm_forwarding"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a reason, no password
    BLOCKED = "blocked"
    NOT_VERIFIED = "not_verified"
    REGEX_MISMATCH = "regex_mismatch"
    REGEX_TIMEOUT = "regex_timeout"
    REGEX_TOO_LONG = "regex_too_long"
    REGEX_MEMORY = "regex_memory"
    REGEX_INVALID = "regex_invalid"
    API_USER_OFF = "api_user_off"
    NO_PERMISSION = "no_permission"
    NO_DISTRICT = "no_district"
    BUG = "bug"
    RAW_MAIL_MISSING = "raw_mail_missing"


class OutboundReason(StrEnum):
    """Why an outbound mail is deferred, held, failed or cancelled, or sent but for copies; a metric label."""

    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    LOGIN_REFUSED = "login_refused"
    TRY_LATER = "try_later"
    REFUSED = "refused"
    RECIPIENT_REFUSED = "recipient_refused"
    OUTCOME_UNKNOWN = "outcome_unknown"
    NO_SMTP = "no_smtp"
    EXPIRED = "expired"
    RATE_LIMITED = "rate_limited"
    BREAKER = "breaker"
    SUPPRESSED = "suppressed"
    BUG = "bug"
    COPIES_PUT_OFF = "copies_put_off"
    COPIES_SENDING = "copies_sending"


_ENDS = (Inbound.TICKET_CREATED, Inbound.MESSAGE_ADDED, Inbound.IGNORED, Inbound.BOUNCED, Inbound.HELD, Inbound.FAILED)

INBOUND_MOVES: Mapping[Inbound, frozenset[Inbound]] = MappingProxyType(
    {
        Inbound.RECEIVED: frozenset({Inbound.PARSED, Inbound.HELD, Inbound.FAILED}),
        # Back to received: the parsed mail's blob is gone and is made again from the raw mail.
        Inbound.PARSED: frozenset({*_ENDS, Inbound.RECEIVED}),
        # A person replays what is held, failed or ignored; a finished ticket or message is never made twice.
        Inbound.HELD: frozenset({Inbound.RECEIVED}),
        Inbound.FAILED: frozenset({Inbound.RECEIVED}),
        Inbound.IGNORED: frozenset({Inbound.RECEIVED}),
        Inbound.TICKET_CREATED: frozenset(),
        Inbound.MESSAGE_ADDED: frozenset(),
        Inbound.DUPLICATE: frozenset(),
        Inbound.BOUNCED: frozenset(),
    }
)

OUTBOUND_MOVES: Mapping[Outbound, frozenset[Outbound]] = MappingProxyType(
    {
        # Cancelled: taken back by who wrote it, or an automatic mail whose address turned out not to exist.
        # Bounced: queued again as its outcome was unknown, until the report itself proves that it went out.
        Outbound.QUEUED: frozenset(
            {
                Outbound.SENDING,
                Outbound.DEFERRED,
                Outbound.HELD,
                Outbound.FAILED,
                Outbound.CANCELLED,
                Outbound.BOUNCED,
            }
        ),
        # Back to queued: the process died between the server's answer and our commit, so the outcome is unknown.
        # Bounced before that commit: the report itself is proof that the mail went out.
        Outbound.SENDING: frozenset(
            {Outbound.SENT, Outbound.DEFERRED, Outbound.HELD, Outbound.FAILED, Outbound.QUEUED, Outbound.BOUNCED}
        ),
        Outbound.DEFERRED: frozenset({Outbound.SENDING, Outbound.HELD, Outbound.FAILED, Outbound.CANCELLED}),
        Outbound.SENT: frozenset({Outbound.BOUNCED}),
        Outbound.HELD: frozenset({Outbound.QUEUED, Outbound.FAILED, Outbound.BOUNCED, Outbound.CANCELLED}),
        Outbound.FAILED: frozenset({Outbound.QUEUED}),
        Outbound.BOUNCED: frozenset(),
        Outbound.CANCELLED: frozenset(),
    }
)

INBOUND_OPEN = (Inbound.RECEIVED, Inbound.PARSED)
OUTBOUND_OPEN = (Outbound.QUEUED, Outbound.SENDING, Outbound.DEFERRED)


def sources(target: Inbound) -> tuple[Inbound, ...]:
    """Return the states from which a mail may become ``target``."""
    return tuple(state for state, targets in INBOUND_MOVES.items() if target in targets)


def outbound_sources(target: Outbound) -> tuple[Outbound, ...]:
    """Return the states from which an outbound mail may become ``target``."""
    return tuple(state for state, targets in OUTBOUND_MOVES.items() if target in targets)
