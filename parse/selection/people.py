"""Who wrote a mail, and to which addresses of the mailbox it came."""

from __future__ import annotations

from dataclasses import dataclass

from backbone.addresses import domain_of, normalise
from backbone.catalogue.model import Mailbox
from backbone.contracts import ParsedMail

ANYBODY = "*@*"
TAG = "+"
"""What parts the tag of a plus-address from the mailbox's own name (RFC 5233)."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Addresses of one mailbox, normalised: as they were written, and those of them with a tag without it."""

    written: tuple[str, ...]
    untagged: tuple[str, ...] = ()


def sender_of(mail: ParsedMail) -> str | None:
    """Return the address that the mail is from, as it was written."""
    person = mail.from_ or mail.sender
    return person.address if person else None


def patterns_for(sender: str | None) -> tuple[str, ...]:
    """Return the patterns that let ``sender`` in, the most specific first; without an address only ``*@*`` does.

    Only the address counts, in its normalised form (case, IDN); a display name has no say.
    """
    if not sender or "@" not in sender:
        return (ANYBODY,)
    return tuple(dict.fromkeys((normalise(sender), f"*@{domain_of(sender)}", ANYBODY)))


def recipients_of(mail: ParsedMail, mailbox: Mailbox) -> Recipients:
    """Return where in ``mailbox`` the mail was sent to, by its envelope (as headers tell of it), To and Cc."""
    own = {normalise(mailbox.address), *mailbox.aliases}
    written: dict[str, None] = {}
    untagged: dict[str, None] = {}
    for address in (*mail.delivered_to, *(person.address for person in (*mail.to, *mail.cc))):
        one = normalise(address)
        local, _, domain = one.rpartition("@")
        plain = f"{local.partition(TAG)[0]}@{domain}"
        if one in own:
            written[one] = None
        elif plain in own:
            written[one] = None
            untagged[plain] = None
    return Recipients(tuple(written), tuple(one for one in untagged if one not in written))
