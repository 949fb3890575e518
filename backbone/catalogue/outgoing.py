"""How a mailbox writes: signature, logo, texts, notices, limits. What a file says of it is what the database holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from backbone.contracts import Language, LetterKind

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Notices(_Part):
    """Which automatic mails are written."""

    ticket_created: StrictBool = Field(True, description="A ticket was made of your mail")
    closed_ticket: StrictBool = Field(True, description="Your answer came to a closed ticket")
    not_accepted: StrictBool = Field(False, description="Your mail was not accepted; to verified senders only")
    too_big: StrictBool = Field(True, description="Your mail is larger than allowed")
    registration: StrictBool = Field(False, description="A link to register, for senders that are not")


class Limits(_Part):
    """How many mails may leave; 0 for any number."""

    per_minute: Count = Field(0, description="Mails a minute from this mailbox")
    per_hour: Count = Field(0, description="Mails an hour from this mailbox")
    per_domain_minute: Count = Field(0, description="Mails a minute from this mailbox to one recipient domain")


class Breaker(_Part):
    """When sending to one domain stops until a person lets it go on; 0 for never."""

    burst: Count = Field(1000, description="Mails to one domain within the minutes")
    ping_pong: Count = Field(
        20, description="Mails to one address on one ticket within the minutes, while as many come to it"
    )
    minutes: Annotated[int, Field(strict=True, ge=1, le=1440)] = Field(10, description="The window of both, in minutes")


class Logo(_Part):
    """An image in the HTML of our mails: the key of its blob."""

    sha256: str


class Text(_Part):
    """A text of one kind of mail in one language, as Jinja2 templates.

    Without a text, ours is used. Without HTML, it is made from the own text; without either, it is ours.
    """

    text: str = ""
    html: str = ""


class Ways(_Part):
    """What one word or number says of how a mailbox writes."""

    reply_to_token: StrictBool = Field(
        False, description="Signed plus-addresses as Reply-To and as envelope sender, where the server allows it"
    )
    body_marker: StrictBool = Field(
        False, description="A signed line at the end of the text, for providers that change ids"
    )
    subject_tag: Literal["verified", "participant", "off"] = Field(
        "verified", description="Whose subject tag leads to a ticket: verified participants', any one's, nobody's"
    )
    attachments_mb: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        15, description="Files beyond this size leave as links that expire"
    )
    link_days: Annotated[int, Field(strict=True, ge=1, le=365)] = Field(
        14, description="Days until such a link expires"
    )
    undo_seconds: Annotated[int, Field(strict=True, ge=0, le=600)] = Field(
        0, description="Seconds in which a message to the customer may be taken back"
    )
    sent_folder: str = Field("", description="IMAP folder that gets a copy of what was sent")


class Outgoing(Ways):
    """How a mailbox writes. All of it has a default, so that a mailbox needs none of it."""

    signature: dict[Language, str] = Field({}, description="Under every mail, by language")
    logo: Logo | None = None
    templates: dict[LetterKind, dict[Language, Text]] = Field({}, description="Own texts, by kind of mail and language")
    notices: Notices = Notices()
    limits: Limits = Limits()
    breaker: Breaker = Breaker()
