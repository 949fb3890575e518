"""What a chat system publishes to ``postroom.chat``: a message that a person wrote on a ticket, or that it is undone.

These models are a contract with programs that we do not know: they only grow, and a golden JSON of every version stands
in ``tests/contracts/exchange``. The bytes of files travel in the event, as base64 (RFC 4648 section 4).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
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
    UNKNOWN_MESSAGE = "unknown_message"
    REFUSED = "refused"
    BUG = "bug"
    DELIVERY_LIMIT = "delivery_limit"


class RefusedError(Exception):
    """An event cannot be done. The text is one sentence: what is wrong, and how to mend it."""

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
Number = Annotated[str, StringConstraints(min_length=1, max_length=80), Line]


class Author(Contract):
    """Who it was: the name that others read. The chat system's own ``id`` of him is not used."""

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
    ticket: Number
    author: Author
    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] = ""
    chat: Literal["customer", "team"] = "customer"
    also: bool = False
    attachments: Annotated[tuple[SentFile, ...], Field(max_length=MOST_FILES)] = ()


class ChatUndo(Contract):
    """A member of staff took back what he had written, before its mail left.

    ``message_event_id`` is the ``event_id`` of the ``chat.message`` that brought it, and ``ticket`` is that message's.
    It goes from both chats, if it stands in both, and ``message.undone`` tells so. When it cannot be taken back, as
    its mail is leaving already, ``message.kept`` does. ``event_id`` is this event's own, and makes a repeat harmless.
    """

    type: Literal["chat.undo"]
    version: Literal[1] = 1
    event_id: UUID
    occurred_at: AwareDatetime
    ticket: Number
    author: Author
    message_event_id: UUID

    @model_validator(mode="after")
    def _names_another(self) -> Self:
        if self.event_id == self.message_event_id:
            raise ValueError("event_id has to be its own, and message_event_id that of the message")
        return self


ChatEvent = ChatMessagePosted | ChatUndo
KINDS: tuple[type[ChatEvent], ...] = (ChatMessagePosted, ChatUndo)


def type_of(kind: type[ChatEvent]) -> str:
    """Return the type of the events of a model."""
    return str(get_args(kind.model_fields["type"].annotation)[0])


def _type_in(event: Any) -> str:
    """Return what an event says it is; the first of the models gave no type its meaning before there were others."""
    said = event.get("type", type_of(ChatMessagePosted)) if isinstance(event, dict) else type_of(ChatMessagePosted)
    return said if isinstance(said, str) else ""


_EVENTS: TypeAdapter[ChatEvent] = TypeAdapter(
    Annotated[
        Annotated[ChatMessagePosted, Tag(type_of(ChatMessagePosted))] | Annotated[ChatUndo, Tag(type_of(ChatUndo))],
        Discriminator(
            _type_in,
            custom_error_type="type",
            custom_error_message=f"its type has to be {' or '.join(type_of(one) for one in KINDS)}",
        ),
    ]
)


def longest(files: int) -> int:
    """Return how many bytes an event may have whose files have ``files`` bytes together."""
    return -(-files // 3) * 4 + 4 * MOST_FILES + ROOM_FOR_TEXT


def read(body: bytes, most_file_bytes: int) -> ChatEvent:
    """Return the event in ``body``; raise RefusedError when it is none, or when its files are too large together."""
    if len(body) > longest(most_file_bytes):
        raise RefusedError(
            QuarantineReason.TOO_LARGE,
            f"The event has {len(body)} bytes; with files of {most_file_bytes} bytes together it has at most "
            f"{longest(most_file_bytes)}: send larger files in another way, or raise POSTROOM_CHAT_FILE_BYTES.",
        )
    try:
        event = _EVENTS.validate_json(body)
    except ValidationError as error:
        raise RefusedError(QuarantineReason.UNREADABLE, _faults(error)) from None
    files = sum(len(one.content) for one in event.attachments) if isinstance(event, ChatMessagePosted) else 0
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
        f"{_place(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_input=False, include_url=False)[:5]
    ]
    return re.sub(r"[^ -~А-я]", "?", f"The event does not follow docs/asyncapi.yaml ({'; '.join(found)}).")[:900]


def _place(location: Sequence[int | str]) -> str:
    """Return where in the event a fault is; the first step says only which of the models the event was held against."""
    return ".".join(str(part) for part in location[1:]) or "the event"


def examples() -> tuple[ChatMessagePosted, ChatUndo]:
    """Return an event of each kind for the documents; the second takes the first back."""
    said = ChatMessagePosted(
        event_id=UUID("5f0c6a52-6a5e-4d0e-9b5c-0d6d5b1f7a10"),
        occurred_at=datetime.fromisoformat("2026-11-23T09:30:00+03:00"),
        ticket="O2311000",
        author=Author(name="Анна", id="agent-7"),
        text="Мастер приедет завтра в 10:00.",
        attachments=(SentFile(filename="plan.txt", content_type="text/plain", content=b"10:00"),),
    )
    undone = ChatUndo(
        type="chat.undo",
        event_id=UUID("c3a4f0de-0c56-4f4b-8a53-3f2a9b6c1d20"),
        occurred_at=datetime.fromisoformat("2026-11-23T09:30:12+03:00"),
        ticket=said.ticket,
        author=said.author,
        message_event_id=said.event_id,
    )
    return said, undone
