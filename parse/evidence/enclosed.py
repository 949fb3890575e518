"""A look into an enclosed message (``message/rfc822``): who wrote it, about what, when, and its text."""

from __future__ import annotations

from backbone.contracts import Address, Forwarded
from parse.mime.addresses import parse_addresses
from parse.mime.bodies import choose
from parse.mime.dates import parse_date
from parse.mime.decode import decode
from parse.text.html_text import html_to_text

MAX_BYTES = 1_000_000
"""How much of it is read: its text stands at the beginning, files need not be decoded twice."""
MAX_TEXT = 200_000
MAX_FROM = 10_000


def read_enclosed(content: bytes) -> Forwarded | None:
    """Return the enclosed message as an original passed on, or None if nothing says who wrote it about what."""
    mail = decode(content[:MAX_BYTES])
    author = next(
        (one for one in parse_addresses((mail.headers.get("From") or "")[:MAX_FROM], 1) if "@" in one.address), None
    )
    subject = mail.headers.get("Subject")
    if author is None and not subject:
        return None
    return Forwarded(
        sender=Address(name=author.name, address=author.address) if author else None,
        subject=subject,
        date=parse_date(mail.headers.get("Date")),
        text=choose(mail).text(lambda html: html_to_text(html[:MAX_TEXT]))[:MAX_TEXT].strip(),
    )
