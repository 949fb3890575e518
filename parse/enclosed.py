"""A light look into an enclosed message (message/rfc822): who wrote it, about what, when, and its first text."""

from __future__ import annotations

import email
import email.header
import email.utils
from datetime import datetime
from email.message import Message

from backbone.contracts import Address, Forwarded

MAX_BYTES = 1_000_000
MAX_FIELD = 4_000


def read_enclosed(content: bytes) -> Forwarded | None:
    """Return the enclosed message as an original passed on, or None if it has no header worth the name."""
    try:
        message = email.message_from_bytes(content[:MAX_BYTES])
        name, address = email.utils.parseaddr(str(message.get("From", ""))[:MAX_FIELD])
        subject = message.get("Subject")
        found = Forwarded(
            sender=Address(name=_decoded(name), address=address) if "@" in address else None,
            subject=_decoded(str(subject)) if subject is not None else None,
            date=_date(message),
            text=_text(message),
        )
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError):
        return None
    return found if found.sender or found.subject else None


def _decoded(value: str) -> str:
    """Return a field with its encoded words decoded (RFC 2047)."""
    try:
        return " ".join(str(email.header.make_header(email.header.decode_header(value[:MAX_FIELD]))).split())
    except (ValueError, LookupError):
        return value


def _date(message: Message) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(str(message.get("Date", ""))[:200])
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return _to_text(content, part.get_content_charset() or "utf-8").replace("\r\n", "\n").strip()
    return ""


def _to_text(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")
