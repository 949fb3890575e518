"""Reply tokens: the signed part of our Message-IDs, by which an answer finds its ticket.

A token names a ticket and is signed (HMAC-SHA-256, cut to 96 bits) for that ticket, the mailbox and the recipient
together, so that a token seen by one person is of no use to another, nor at another mailbox. The first two characters
name the key, so that keys rotate. It looks like ``pr.<key><ticket>.<nonce>.<signature>``, in lower-case base32, which
survives servers that change case.

Return tokens, ``pb.<key><ticket>.<signature>``, stand in the address that a mail is sent from, by which a report finds
that very mail. They are signed for the mailbox and the mail's Message-ID, over words that no reply token is made of, so
that neither kind serves as the other, and who knows the one cannot make the other.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

SIGNATURE_BYTES = 12
MARK = "Ref:"
"""What stands before a token in the text of our mails."""

_ANY = r"pr\.([a-z2-7]{2})(0|[1-9][0-9]{0,18})\.([a-z2-7]{16})\.([a-z2-7]{20})"
_TOKEN = re.compile(_ANY + r"(?=@|\Z)", re.ASCII | re.IGNORECASE)
_RETURN = re.compile(
    r"(?:\A|\+)pb\.([a-z2-7]{2})([1-9][0-9]{0,18})\.([a-z2-7]{20})(?=[@=/]|\Z)", re.ASCII | re.IGNORECASE
)
_MARKED = re.compile(rf"\b{MARK}[ \t\xa0]{{0,3}}{_ANY}(?![a-z2-7])", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as found, not yet verified."""

    key_id: str
    ticket_id: int
    nonce: str
    signature: str

    def __str__(self) -> str:
        """Return the token as it is written."""
        return f"pr.{self.key_id}{self.ticket_id}.{self.nonce}.{self.signature}"


@dataclass(frozen=True, slots=True)
class ReturnToken:
    """A return token as found, not yet verified."""

    key_id: str
    ticket_id: int
    signature: str


def make(keys: tuple[bytes, ...], *, ticket_id: int, mailbox_id: int, recipient: str) -> str:
    """Return a new token for ``recipient`` (an address) on that ticket, signed by the newest key."""
    nonce = _text(secrets.token_bytes(10))
    key = keys[0]
    return f"pr.{_key_id(key)}{ticket_id}.{nonce}.{_sign(key, ticket_id, mailbox_id, recipient, nonce)}"


def find(message_id: str) -> Token | None:
    """Return the token in a Message-ID or a plus-address, or None when it holds none."""
    found = _TOKEN.search(message_id)
    return _token(found) if found else None


def find_marked(text: str, most: int) -> list[Token]:
    """Return the first ``most`` different tokens that stand in a text behind our mark, in order."""
    found: dict[Token, None] = {}
    for match in _MARKED.finditer(text):
        found[_token(match)] = None
        if len(found) >= most:
            break
    return list(found)


def by_known_key(keys: tuple[bytes, ...], token: Token) -> bool:
    """Whether the token names one of our keys; if not, its key has been dropped, or it is another system's."""
    return any([hmac.compare_digest(_key_id(key), token.key_id) for key in keys])  # noqa: C419 - no early end


def loop_names(instance: str, keys: tuple[bytes, ...]) -> tuple[str, ...]:
    """Return what our mails bear in their loop header, by the newest key first: our name and a sum of the key.

    The name alone would not do, as every installation that chose none has the same.
    """
    return tuple(f"{instance.lower()}.{_text(sha256(b'loop' + key).digest())[:16]}" for key in keys)


def verify(keys: tuple[bytes, ...], token: Token, *, mailbox_id: int, recipients: Iterable[str]) -> str | None:
    """Return which of ``recipients`` the token was made for, or None when it is not ours or was altered."""
    # Two keys may share an id by chance, one pair in a thousand, so every key of that id is tried.
    fitting = [key for key in keys if hmac.compare_digest(_key_id(key), token.key_id)]
    for recipient in recipients:
        for key in fitting:
            expected = _sign(key, token.ticket_id, mailbox_id, recipient, token.nonce)
            if hmac.compare_digest(expected, token.signature):
                return recipient
    return None


def make_return(keys: tuple[bytes, ...], *, ticket_id: int, mailbox_id: int, message_id: str) -> str:
    """Return the token by which a report finds the mail ``message_id`` on that ticket, signed by the newest key."""
    key = keys[0]
    return f"pb.{_key_id(key)}{ticket_id}.{_sign_return(key, ticket_id, mailbox_id, message_id)}"


def find_return(address: str) -> ReturnToken | None:
    """Return the return token in a plus-address, also in one that servers have wrapped (BATV, SRS), or None."""
    found = _RETURN.search(address)
    return ReturnToken(found[1].lower(), int(found[2]), found[3].lower()) if found else None


def verify_return(keys: tuple[bytes, ...], token: ReturnToken, *, mailbox_id: int, message_id: str) -> bool:
    """Whether the token was made for that mail of that mailbox."""
    return any(
        hmac.compare_digest(_sign_return(key, token.ticket_id, mailbox_id, message_id), token.signature)
        for key in keys
        if hmac.compare_digest(_key_id(key), token.key_id)
    )


def _token(found: re.Match[str]) -> Token:
    return Token(found[1].lower(), int(found[2]), found[3].lower(), found[4].lower())


def _sign(key: bytes, ticket_id: int, mailbox_id: int, recipient: str, nonce: str) -> str:
    return _signature(key, f"{ticket_id}\n{mailbox_id}\n{recipient.lower()}\n{nonce}")


def _sign_return(key: bytes, ticket_id: int, mailbox_id: int, message_id: str) -> str:
    return _signature(key, f"return\n{ticket_id}\n{mailbox_id}\n{message_id}")


def _signature(key: bytes, bound: str) -> str:
    return _text(hmac.digest(key, bound.encode(), sha256)[:SIGNATURE_BYTES])


def _key_id(key: bytes) -> str:
    return _text(sha256(b"key id" + key).digest())[:2]


def _text(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()
