"""From a letter to the bytes of a mail: envelope, headers that thread, bodies and files. Pure.

The frame is written here, by RFC 5322 and RFC 2046: the standard library's header folding would cost more than all
else that a mail costs. The same letter always makes the same bytes, so that a mail sent again is the same mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from types import MappingProxyType
from typing import get_args

from backbone.catalogue.model import Mailbox
from backbone.contracts import NULL_SENDER, Address, Letter, LetterKind
from replies import body, headers, parts, texts
from replies.pictures import Picture, picture

_QUIET = "DR, RN, NRN, OOF, AutoReply"
"""What Exchange is to keep back; reports of failed delivery are not, as we learn from them."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What a kind of mail is: ``automatic`` ones say so (RFC 3834), and where nobody reads bounces there are none."""

    automatic: bool
    null_sender: bool = False


NATURES: Mapping[LetterKind, Nature] = MappingProxyType(
    {kind: Nature(automatic=kind != "chat_message", null_sender=kind in NULL_SENDER) for kind in get_args(LetterKind)}
)


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server takes beside ASCII: texts as they are (8BITMIME, RFC 6152), addresses (SMTPUTF8, RFC 6531)."""

    eight_bit: bool = False
    utf8: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to be sent: its envelope (RFC 5321), the primary recipient first, and its bytes.

    ``envelope_from`` is empty for the null sender ``<>``. Those ``left_out`` get no copy, as the server takes none of
    their addresses. With ``late`` the primary recipient has the mail, and it goes to others who wait for their copy.
    """

    envelope_from: str
    recipients: tuple[str, ...]
    message: bytes
    left_out: tuple[str, ...] = ()
    late: bool = False

    @property
    def recipient(self) -> str:
        """Whom the mail is for; the others get a copy."""
        return self.recipients[0]


def compose(
    letter: Letter,
    *,
    mailbox: Mailbox,
    message_id: str,
    date: datetime,
    loop_name: str,
    contents: Sequence[bytes] = (),
    logo: bytes | None = None,
    offers: Offers,
) -> Composed:
    """Return the mail of ``letter``, for a server that ``offers`` so much.

    ``contents`` are the bytes of its attachments, in order, ``logo`` those of the mailbox's logo.
    """
    nature = NATURES[letter.kind]
    language = body.language_of(letter, mailbox)
    sender, recipient = headers.wire_address(mailbox.address), headers.wire_address(letter.to.address)
    copies = _copies(letter.cc, recipient)
    left_out = tuple(address for _, address in copies if not (offers.utf8 or address.isascii()))
    copies = [copy for copy in copies if copy[1] not in left_out]
    head = [
        headers.mailbox("From", mailbox.name, sender),
        headers.mailbox("To", letter.to.name, recipient),
        headers.mailboxes("Cc", copies),
        _reply_to(letter, mailbox),
        headers.text("Subject", texts.subject(letter, language)),
        f"Date: {format_datetime(date)}\r\n",
        f"Message-ID: {message_id}\r\n",
        headers.ids("In-Reply-To", [letter.in_reply_to] if letter.in_reply_to else []),
        headers.ids("References", letter.references),
        f"X-Postroom-Loop: {loop_name}\r\n",
        _automatic(nature) if nature.automatic else "",
        f"Content-Language: {language}\r\n",
        "MIME-Version: 1.0\r\n",
    ]
    content = _content(letter, mailbox, message_id, contents, logo, eight_bit=offers.eight_bit)
    returns_to = headers.wire_address(letter.returns_to) if letter.returns_to else sender
    envelope_from = "" if nature.null_sender else returns_to
    recipients = (recipient, *(address for _, address in copies))
    return Composed(envelope_from, recipients, "".join(head).encode() + content, left_out)


def _copies(people: Sequence[Address], recipient: str) -> list[tuple[str, str]]:
    """Return names and addresses of those who get a copy, each once, and without the one whom the mail is for."""
    found: dict[str, tuple[str, str]] = {}
    for person in people:
        address = headers.wire_address(person.address)
        found.setdefault(address.lower(), (person.name, address))
    found.pop(recipient.lower(), None)
    return list(found.values())


def _reply_to(letter: Letter, mailbox: Mailbox) -> str:
    if not letter.reply_to:
        return ""
    return headers.mailbox("Reply-To", mailbox.name, headers.wire_address(letter.reply_to))


def _automatic(nature: Nature) -> str:
    suppressed = "All" if nature.null_sender else _QUIET
    return f"Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: {suppressed}\r\nPrecedence: auto_reply\r\n"


def _content(
    letter: Letter, mailbox: Mailbox, message_id: str, contents: Sequence[bytes], logo: bytes | None, *, eight_bit: bool
) -> bytes:
    """Return the entity of all that the mail holds: text, HTML with its logo, files."""
    seed = sha256(message_id.encode()).hexdigest()[:24]
    shown = logo_of(mailbox, logo)
    written = body.write(letter, mailbox, shown)
    html = parts.text("html", written.html, eight_bit=eight_bit)
    if shown and shown.url in written.html:
        image = parts.inline_image(shown.picture.content, shown.picture.content_type, shown.url.removeprefix("cid:"))
        html = parts.multipart("related", f"=_r{seed}", (html, image), '; type="text/html"')
    entity = parts.multipart(
        "alternative", f"=_a{seed}", (parts.text("plain", written.text, eight_bit=eight_bit), html)
    )
    if letter.attachments:
        files = (parts.attached(file, content) for file, content in zip(letter.attachments, contents, strict=True))
        entity = parts.multipart("mixed", f"=_m{seed}", (entity, *files))
    return entity


def logo_of(mailbox: Mailbox, content: bytes | None) -> body.Logo | None:
    """Return the logo as the HTML refers to it, or None when ``content`` is no picture that mail programs show."""
    read: Picture | None = picture(content) if content else None
    if read is None:
        return None
    domain = headers.wire_address(mailbox.address).rpartition("@")[2]
    return body.Logo(f"cid:logo.{sha256(read.content).hexdigest()[:24]}@{domain}", read)
