"""Signed tokens for links in our mails: what the link is for, what it says, and until when it holds.

A token is ``<body>.<signature>``: the body is URL-safe base64 of JSON and no secret, the signature HMAC-SHA-256, cut to
128 bits, over the purpose and the body. A link made for one purpose opens nothing else.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

SIGNATURE_BYTES = 16
LONGEST = 4_000
"""Characters of a token that are read at all."""

Payload = Mapping[str, str | int]


def make(keys: tuple[bytes, ...], purpose: str, payload: Payload, expires_at: datetime) -> str:
    """Return a token that says ``payload`` until ``expires_at``, signed by the newest key, fit for the path of a URL.

    ``purpose`` is a word of ours, without line ends.
    """
    said = json.dumps([int(expires_at.timestamp()), dict(payload)], separators=(",", ":"), ensure_ascii=False)
    body = _text(said.encode())
    return f"{body}.{_sign(keys[0], purpose, body)}"


def read(keys: tuple[bytes, ...], purpose: str, token: str, now: datetime) -> Payload | None:
    """Return what ``token`` says, or None: made for another purpose, altered, expired, or by a key since dropped."""
    body, _, signature = token.partition(".")
    if len(token) > LONGEST or not token.isascii():
        return None
    if not any([hmac.compare_digest(_sign(key, purpose, body), signature) for key in keys]):  # noqa: C419 - no early end
        return None
    expires_at, payload = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    found: Payload = payload
    return found if now.timestamp() < expires_at else None


def _sign(key: bytes, purpose: str, body: str) -> str:
    return _text(hmac.digest(key, f"link\n{purpose}\n{body}".encode(), sha256)[:SIGNATURE_BYTES])


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
