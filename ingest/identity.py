"""What makes two deliveries the same mail.

Message-ID alone is not proof: a sender may use one twice, by a fault of his program or to hide another's mail behind
it. Two deliveries are one mail when Message-ID, From, Date and Subject agree; their paths (Received, Delivered-To) may
differ. A mail without Message-ID is known by the hash of its bytes.
"""

from __future__ import annotations

import re
from hashlib import sha256

LONGEST_HEADER = 256_000
_FIELD = re.compile(rb"^(message-id|from|date|subject)[ \t]*:(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_BLANKS = re.compile(rb"\s+")
_MESSAGE_ID = re.compile(rb"<[^<>\s]{1,900}>")


def identify(raw: bytes) -> tuple[str, str | None]:
    """Return the key (64 hex digits) by which a mail is known in its mailbox, and its Message-ID if it has one."""
    end = _END.search(raw, 0, LONGEST_HEADER)
    fields: dict[bytes, bytes] = {}
    for name, value in _FIELD.findall(raw[: end.start() if end else LONGEST_HEADER]):
        fields.setdefault(name.lower(), _BLANKS.sub(b" ", value).strip())
    found = _MESSAGE_ID.search(fields.get(b"message-id", b""))
    if not found:
        return sha256(raw).hexdigest(), None
    parts = (found[0], *(fields.get(name, b"") for name in (b"from", b"date", b"subject")))
    return sha256(b"\n".join(parts)).hexdigest(), found[0].decode("ascii", "replace").replace("\x00", "")
