"""What a chat system publishes to ``postroom.chat``: a message that a person wrote on a ticket.

These models are a contract with programs that we do not know: they only grow, and a golden JSON of every version stands
in ``tests/contracts/exchange``. The bytes of files travel in the event, as base64 (RFC 4648 section 4).
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from backbone.contracts import Contract

LONGEST_TEXT = 100_000
MOST_FILES = 10
ROOM_FOR_TEXT = 1_000_000
"""Bytes of an event beside its files: the longest text, each character of it escaped, and the rest."""


class QuarantineReason(StrEnum):
    """Why an event was put aside for a person."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    UNAUTHORISED = "unauthorised"
    NO_PERMISSION = "no_permission"
    UNKNOWN_TICKET = "unknown_ticket"
    MERGED_TICKET = "merged_ticket"
    REFUSED = "refused"
    BUG = "bug"
    DELIVERY_LIMIT = "delivery_limit"


class RefusedError(Exception):
    """An event cannot become a message. The text is one sentence: what is wrong, and how to mend it."""

    def __init__(self, reason: QuarantineReason, sentence: str) -> None:
        """Carry the reason for programs and the sentence for people."""
        super().__init__(sentence)
        self.reason = reason


def _decoded(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(str(value).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("it has to be base64 (RFC 4648 section 4), without line breaks") from None


def _on_one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("it has to be printable characters on one line")
    return text


Content = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(lambda content: base64.b64encode(content).decode("ascii"), when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
Line = AfterValidator(_on_one_line)


class Author(Contract):
    """Who wrote the message: the name that the customer reads. The chat system's own ``id`` of him is not used."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200), Line]
    id: Annotated[str, StringConstraints(max_length=200)] | None = None


class SentFile(Contract):
    """A file of the message."""

    filename: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^/\\]+$"), Line]
    content_type: Annotated[str, StringConstraints(max_length=127, pattern=r"^[\w.+-]+/[\w.+-]+$")] = (
        "application/octet-stream"
    )
    content: Content


class ChatMessagePosted(Contract):
    """A member of staff wrote into a chat of a ticket.

    What is written to the customer also leaves as a mail; the team chat stays in the house. With ``also`` the message
    is written into the other chat as well: one of the team is also sent to the customer. ``event_id`` makes a repeat
    harmless: a second event of the same id is taken and does nothing. ``ticket`` is the ticket's number.
    """

    type: Literal["chat.message"] = "chat.message"
    version: Literal[1] = 1
    event_id: UUID
    occurred_at: AwareDatetime
    ticket: Annotated[str, StringConstraints(min_length=1, max_length=80), Line]
    author: Author
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    chat: Literal["customer", "team"] = "customer"
    also: bool = False
    attachments: Annotated[tuple[SentFile, ...], Field(max_length=MOST_FILES)] = ()


def longest(files: int) -> int:
    """Return how many bytes an event may have whose files have ``files`` bytes together."""
    return -(-files // 3) * 4 + 4 * MOST_FILES + ROOM_FOR_TEXT


def read(body: bytes, most_file_bytes: int) -> ChatMessagePosted:
    """Return the event in ``body``; raise RefusedError when it is none, or when its files are too large together."""
    if len(body) > longest(most_file_bytes):
        raise RefusedError(
            QuarantineReason.TOO_LARGE,
            f"The event has {len(body)} bytes; with files of {most_file_bytes} bytes together it has at most "
            f"{longest(most_file_bytes)}: send larger files in another way, or raise POSTROOM_CHAT_FILE_BYTES.",
        )
    try:
        event = ChatMessagePosted.model_validate_json(body)
    except ValidationError as error:
        raise RefusedError(QuarantineReason.UNREADABLE, _faults(error)) from None
    files = sum(len(one.content) for one in event.attachments)
    if files > most_file_bytes:
        raise RefusedError(
            QuarantineReason.TOO_LARGE,
            f"The files have {files} bytes together; {most_file_bytes} are allowed: send them in another way, or raise "
            "POSTROOM_CHAT_FILE_BYTES.",
        )
    return event


def _faults(error: ValidationError) -> str:
    """Return in one sentence what is wrong, without the values, which are a stranger's."""
    found = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'the event'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_input=False, include_url=False)[:5]
    ]
    return re.sub(r"[^ -~А-я]", "?", f"The event does not follow docs/asyncapi.yaml ({'; '.join(found)}).")[:900]


def example() -> ChatMessagePosted:
    """Return an event for the documents."""
    return ChatMessagePosted(
        event_id=UUID("5f0c6a52-6a5e-4d0e-9b5c-0d6d5b1f7a10"),
        occurred_at=datetime.fromisoformat("2026-11-23T09:30:00+03:00"),
        ticket="O2311000",
        author=Author(name="Анна", id="agent-7"),
        text="Мастер приедет завтра в 10:00.",
        attachments=(SentFile(filename="plan.txt", content_type="text/plain", content=b"10:00"),),
    )
