"""Message identifiers (RFC 5322 section 3.6.4) out of Message-ID, In-Reply-To and References.

They are kept with their angle brackets, which belong to a msg-id. Accepted beyond the RFC: missing brackets, white
space inside an identifier that was folded, commas between them, prose around them.
"""

from __future__ import annotations

import re

_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_SPACE = re.compile(r"\s+")
MAX_IDS = 500
"""A longer References is cut in the middle: its first is the thread, its last are what was answered."""


def message_ids(value: str | None) -> tuple[str, ...]:
    """Return every identifier of a header value, in order, each once."""
    if not value:
        return ()
    found = [_SPACE.sub("", match) for match in _BRACKETED.findall(value)]
    if not found:
        found = [word.strip("<>,;\"'()") for word in value.split() if "@" in word]
    unique = tuple(dict.fromkeys(f"<{one}>" for one in found if one))
    return unique if len(unique) <= MAX_IDS else (unique[0], *unique[-(MAX_IDS - 1) :])


def message_id(value: str | None) -> str | None:
    """Return the identifier a Message-ID header gives; text of no such form at all is bracketed as it stands."""
    ids = message_ids(value)
    if ids:
        return ids[0]
    bare = _SPACE.sub("", (value or "").strip("<> \t"))
    return f"<{bare[:998]}>" if bare else None
