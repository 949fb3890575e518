"""From a letter to the bytes of a mail: headers that thread, plain text, HTML and attachments. Pure.

A reply shows the newest message first, then a rule and the earlier ones, each under ``dd.mm.yyyy hh:mm, Name:``.
Notices say that they are automatic (RFC 3834); what a person wrote does not, but carries the loop header as well.

The frame is written here, by RFC 5322 and RFC 2046: the standard library's header folding would cost more than all
else that a mail costs. The same letter always makes the same bytes, so that a mail sent again is the same mail.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from backbone.catalogue.model import Mailbox
from backbone.contracts import Attachment, Entry, Letter
from backbone.i18n import moment, translations
from replies import headers

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_FILE_NAME = 150
LONGEST_ASCII_LINE = 900
"""Characters of a line that goes out as it is; RFC 5322 section 2.1.1 allows 998."""

_PLAIN = re.compile(r"[\t\n -~]*")
_MEDIA_TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+-]{1,64})/([A-Za-z0-9!#$&^_.+-]{1,64})")
_AUTOMATIC = "Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\nPrecedence: auto_reply\r\n"


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to be sent: its envelope (RFC 5321), the primary recipient first, and its bytes."""

    envelope_from: str
    recipients: tuple[str, ...]
    message: bytes

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
    instance: str,
    contents: Sequence[bytes] = (),
) -> Composed:
    """Return the mail of ``letter``; ``contents`` are the bytes of its attachments, in order."""
    sender, recipient = headers.wire_address(mailbox.address), headers.wire_address(letter.to.address)
    head = [
        headers.mailbox("From", mailbox.name, sender),
        headers.mailbox("To", letter.to.name, recipient),
        headers.text("Subject", f"Re: [#{letter.number}] {letter.subject}"),
        f"Date: {format_datetime(date)}\r\n",
        f"Message-ID: {message_id}\r\n",
        headers.ids("In-Reply-To", [letter.in_reply_to] if letter.in_reply_to else []),
        headers.ids("References", letter.references),
        f"X-Postroom-Loop: {instance}\r\n",
        _AUTOMATIC if letter.kind == "ticket_created" else "",
        "MIME-Version: 1.0\r\n",
    ]
    seed = sha256(message_id.encode()).hexdigest()[:24]
    values = _values(letter, mailbox)
    body = _multipart(
        "alternative",
        f"=_a{seed}",
        (
            _text_part("plain", _render(f"{letter.kind}.txt", mailbox.language, values)),
            _text_part("html", _render(f"{letter.kind}.html", mailbox.language, values)),
        ),
    )
    if letter.attachments:
        files = (_file_part(file, content) for file, content in zip(letter.attachments, contents, strict=True))
        body = _multipart("mixed", f"=_m{seed}", (body, *files))
    return Composed(sender, (recipient,), "".join(head).encode() + body)


def _values(letter: Letter, mailbox: Mailbox) -> dict[str, object]:
    entries = [{"head": _head(entry, mailbox.time_zone), "text": entry.text.strip()} for entry in letter.entries]
    return {"number": letter.number, "entries": entries}


def _head(entry: Entry, time_zone: str) -> str:
    """Return the line above an entry; an author's name can add no line to it."""
    author = headers.one_line(entry.author, headers.LONGEST_NAME)
    written = moment(entry.written_at, time_zone)
    return f"{written}, {author}:" if author else f"{written}:"


@lru_cache(maxsize=4)
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters["lines"] = _lines
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # by the extension
    return made


def _lines(text: str) -> Markup:
    """Return ``text`` for HTML, line by line; Outlook knows no ``white-space``."""
    return Markup("<br>\n").join(text.split("\n"))


def _render(name: str, language: str, values: dict[str, object]) -> str:
    return _environment(language).get_template(name).render(values)


def _multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """Return an entity of parts, headers and all (RFC 2046 section 5.1)."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    line = f"--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _text_part(subtype: str, text: str) -> bytes:
    """Return a text entity: as it is when it is short-lined ASCII, else in base64."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _PLAIN.fullmatch(text) and max(map(len, text.split("\n"))) <= LONGEST_ASCII_LINE:
        encoding, body = "7bit", text.replace("\n", "\r\n").encode()
    else:
        encoding, body = "base64", encodebytes(text.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body + (b"" if body.endswith(b"\r\n") else b"\r\n")


def _file_part(file: Attachment, content: bytes) -> bytes:
    """Return the entity of an attachment; the standard library knows how to write any file name (RFC 2231)."""
    maintype, subtype = _media_type(file.content_type)
    name = headers.one_line(file.filename, LONGEST_FILE_NAME) or "file"
    part = EmailMessage(policy=SMTP)
    part.set_content(content, maintype, subtype, disposition="attachment", filename=name)
    del part["MIME-Version"]
    return part.as_bytes()


def _media_type(content_type: str) -> tuple[str, str]:
    """Return type and subtype; what is none, or would be taken apart on its way, travels as a plain file."""
    found = _MEDIA_TYPE.fullmatch(content_type)
    if not found or found[1].lower() in ("message", "multipart"):
        return "application", "octet-stream"
    return found[1], found[2]
