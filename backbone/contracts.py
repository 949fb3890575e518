"""What travels between the stages: events on the queues and the documents that events point at.

Events are frozen, versioned and small: ids only, under :data:`MAX_EVENT_BYTES`. They only grow: a golden JSON of every
version stands in ``tests/contracts`` and must decode for ever. Documents (:class:`ParsedMail`) are JSON blobs.
No model here knows where it is stored or sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

MAX_EVENT_BYTES = 2_000
MAX_IDS = 64
"""How many ledger ids one event may name; 64 ids of 19 digits stay under MAX_EVENT_BYTES."""

Language = Literal["ru", "en"]
LetterKind = Literal["chat_message", "ticket_created", "closed_ticket", "not_accepted", "too_big", "registration"]
NULL_SENDER: frozenset[LetterKind] = frozenset({"not_accepted", "too_big", "registration"})
"""What leaves without an envelope sender, as nobody would read that it did not arrive (RFC 5321 section 4.5.5)."""

Ids = Annotated[tuple[int, ...], Field(min_length=1, max_length=MAX_IDS)]


class Contract(BaseModel):
    """Base of everything that crosses a border: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Event(Contract):
    """Something that happened, as told to the next stage. Subclasses add ids, never content."""

    type: str
    version: Literal[1] = 1
    event_id: UUID = Field(default_factory=uuid4)
    occurred_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class MailboxDue(Event):
    """A mailbox wants to be looked at; consumed by ingest."""

    type: Literal["mailbox.due"] = "mailbox.due"
    mailbox_id: int


class MailReceived(Event):
    """Raw mails are stored and in the ledger as ``received``; consumed by parse."""

    type: Literal["mail.received"] = "mail.received"
    mail_ids: Ids


class MailParsed(Event):
    """Mails have been understood and are in the ledger as ``parsed``; consumed by tickets."""

    type: Literal["mail.parsed"] = "mail.parsed"
    mail_ids: Ids


class MailQueued(Event):
    """Outbound mails are in the ledger as ``queued`` or due again; consumed by replies."""

    type: Literal["mail.queued"] = "mail.queued"
    outbound_ids: Ids


class CopiesOwed(Event):
    """Sent mails are to be copied to the Sent folder of their mailbox; consumed by replies."""

    type: Literal["copies.owed"] = "copies.owed"
    outbound_ids: Ids


class Address(Contract):
    """A person's address as RFC 5322 section 3.4 has it: the display name (may be empty) and ``local@domain``."""

    name: str = ""
    address: str


class Attachment(Contract):
    """A file in a mail. ``sha256`` (hex) is of the decoded bytes and is the key of its blob."""

    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str | None = None
    inline: bool = False


class Automation(Contract):
    """Why a mail is held to be written by a machine (RFC 3834), with the headers that say so."""

    kind: Literal["auto_reply", "bulk", "list", "bounce", "own"]
    evidence: tuple[str, ...]


class Bounce(Contract):
    """A delivery report (RFC 3464, or a provider's own form) about a mail of ours.

    ``by_server``: it comes from where such reports come from, an empty envelope sender or a mail daemon. A person's
    mail in the form of a report does not, unless he has a mail server of his own.
    """

    recipient: str | None = None
    status: str | None = None
    action: str | None = None
    original_message_id: str | None = None
    by_server: bool = True


class Forwarded(Contract):
    """The original of a mail that somebody passed on to us, found in its text or attached."""

    sender: Address | None = None
    subject: str | None = None
    date: datetime | None = None
    text: str = ""
    counts: bool = False
    """Whether the sender rule lets the original stand for the mail that passed it on."""


class Confirmation(Contract):
    """A provider's request to confirm that mail may be forwarded to us; ``link`` leads to the provider itself."""

    provider: str
    link: str | None = None
    code: str | None = None


class Trust(Contract):
    """How far the sender's domain vouches for the mail, by Authentication-Results (RFC 8601)."""

    verdict: Literal["verified", "unverified", "suspect"] = "unverified"
    evidence: tuple[str, ...] = ()


class ParsedMail(Contract):
    """A mail, understood. Printed by ``postroom parse --json``; stored as a blob between parse and tickets.

    ``text`` is the plain part, or made from the HTML; ``new_text`` is what the person newly wrote, ``cut_text`` the
    rest of it. ``delivered_to`` lists the envelope recipients that headers tell of (X-Original-To, Delivered-To,
    Envelope-To). ``level`` says how far the ladder was climbed before a limit stopped it.
    """

    subject: str = ""
    from_: Address | None = Field(default=None, alias="from")
    reply_to: Address | None = None
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    html: str | None = None
    safe_html: str | None = None
    new_text: str = ""
    cut_text: str = ""
    quoted: bool = False
    attachments: tuple[Attachment, ...] = ()
    automation: Automation | None = None
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    confirmation: Confirmation | None = None
    trust: Trust = Trust()
    defects: tuple[str, ...] = ()
    level: Literal["full", "text", "headers"] = "full"


class Unresolved(Contract):
    """A text that a sender rule caught for a field and that names nothing there; the template's value is used."""

    field: str
    text: str
    why: Literal["unknown", "ambiguous", "other_customer", "not_offered", "not_a_date", "too_long"]


class Fields(Contract):
    """What a sender rule's regular expressions caught for the ticket, resolved against the directory.

    None stands for nothing caught, or nothing usable. ``custom`` holds the declared custom fields by name.
    """

    external_number: str | None = None
    deadline: datetime | None = None
    object_id: int | None = None
    work_type_id: int | None = None
    ticket_type_id: int | None = None
    criticality_id: int | None = None
    description: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    address: str | None = None
    custom: dict[str, str] = {}
    unresolved: tuple[Unresolved, ...] = ()


class Selection(Contract):
    """What a mail would become as the first of a conversation, as the sender rules have it.

    Stored in the mail's ledger row. ``reason`` is one of the ledger's reasons where ``verdict`` is not open. A mail
    with the reason ``blocked`` does not join a conversation either.
    """

    verdict: Literal["open", "ignore", "hold"]
    reason: str | None = None
    rule_id: int | None = None
    template_id: int | None = None
    fields: Fields = Fields()


class Entry(Contract):
    """One message of the conversation, as a reply mail quotes it; by its id it is found when it is taken back."""

    author: str
    written_at: datetime
    text: str
    chat_message_id: int | None = None


class FileLink(Contract):
    """A file too large for a mail: where it can be had, and the moment from which it no longer can."""

    filename: str
    size: int
    url: str
    until: datetime | None = None


class Letter(Contract):
    """Everything that a mail to a customer is made of; stored in its ledger row until it is sent.

    ``entries`` are the messages to show, newest first; the first one is what is being said now. A notice has none
    newly said and shows the customer's own mail. ``language`` is the recipient's, or None for the mailbox's.
    ``reply_to`` is the plus-address that carries our token, ``marker`` the token for the text. ``returns_to`` is the
    envelope sender, where that is not the mailbox's address: a plus-address whose token proves a report of failed
    delivery. ``why`` is what a notice is about: for not_accepted the reason of the ledger, for closed_ticket
    ``reopened``, ``new_ticket`` (``number`` is the new one) or ``stays``, for too_big the limit in MB. ``url`` is the
    link of a notice, ``until`` when it expires.
    """

    kind: LetterKind
    number: str
    subject: str
    to: Address
    cc: tuple[Address, ...] = ()
    language: Language | None = None
    reply_to: str | None = None
    marker: str | None = None
    returns_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[FileLink, ...] = ()
    why: str | None = None
    url: str | None = None
    until: datetime | None = None
