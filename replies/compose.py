"""From a letter to the bytes of a mail: headers that thread, plain text, HTML and attachments. Pure.

A reply shows the newest message first, then a rule and the earlier ones, each under ``dd.mm.yyyy hh:mm, Name:``.
Notices say that they are automatic (RFC 3834); what a person wrote does not, but carries the loop header as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backbone.addresses import normalise_domain
from backbone.catalogue.model import Mailbox
from backbone.contracts import Address, Letter
from backbone.i18n import moment, translations

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail ready to be sent: its envelope (RFC 5321) and its bytes."""

    envelope_from: str
    recipient: str
    message: bytes


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
    recipient = _wire_address(letter.to.address)
    message = EmailMessage(policy=SMTP if recipient.isascii() else SMTPUTF8)
    message["From"] = _header_address(Address(name=mailbox.name, address=mailbox.address))
    message["To"] = _header_address(Address(name=letter.to.name, address=recipient))
    message["Subject"] = _line(f"Re: [#{letter.number}] {letter.subject}".strip())
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    if letter.in_reply_to and _plain_id(letter.in_reply_to):
        message["In-Reply-To"] = letter.in_reply_to
    references = [one for one in letter.references if _plain_id(one)]
    if references:
        message["References"] = " ".join(references)
    message["X-Postroom-Loop"] = instance
    if letter.kind == "ticket_created":
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
        message["Precedence"] = "auto_reply"
    values = _values(letter, mailbox)
    message.set_content(_render(f"{letter.kind}.txt", mailbox.language, values), cte="quoted-printable")
    message.add_alternative(
        _render(f"{letter.kind}.html", mailbox.language, values), subtype="html", cte="quoted-printable"
    )
    for attachment, content in zip(letter.attachments, contents, strict=True):
        maintype, _, subtype = attachment.content_type.partition("/")
        if maintype in ("message", "multipart") or not subtype:
            maintype, subtype = "application", "octet-stream"
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=_line(attachment.filename))
    return Composed(_wire_address(mailbox.address), recipient, message.as_bytes())


def _values(letter: Letter, mailbox: Mailbox) -> dict[str, object]:
    entries = [
        {"head": f"{moment(entry.written_at, mailbox.time_zone)}, {entry.author}:", "text": entry.text.strip()}
        for entry in letter.entries
    ]
    return {"number": letter.number, "subject": letter.subject, "name": letter.to.name, "entries": entries}


@lru_cache(maxsize=4)
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # by the extension
    return made


def _render(name: str, language: str, values: dict[str, object]) -> str:
    return _environment(language).get_template(name).render(values)


def _header_address(address: Address) -> HeaderAddress | str:
    local, _, domain = address.address.rpartition("@")
    try:
        return HeaderAddress(_line(address.name), local, domain)
    except ValueError:
        # An address that the standard library's strict parser refuses; the server may know better.
        return address.address


def _wire_address(address: str) -> str:
    """Return the address with its domain in ASCII, as SMTP without SMTPUTF8 needs it."""
    local, _, domain = address.rpartition("@")
    return _line(f"{local}@{normalise_domain(domain)}")


def _plain_id(message_id: str) -> bool:
    """Whether a Message-ID that came from outside may stand in a header of ours."""
    return message_id.isascii() and message_id.isprintable() and " " not in message_id and len(message_id) <= 900  # noqa: PLR2004


def _line(text: str) -> str:
    """Return ``text`` on one line and without control characters, so that no header can be smuggled in."""
    return "".join(char if char.isprintable() else " " for char in text)
