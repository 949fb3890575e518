"""The files of a mail as the contract lists them: a safe name, the type, the size, the hash, inline or not.

Pure; never raises for any parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import unquote

from backbone.contracts import Attachment
from parse.mime.charsets import clean
from parse.mime.filenames import made_up_name, safe_name
from parse.mime.headers import read_section
from parse.mime.words import decode_unstructured
from parse.model import Part

_MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
_SUBJECT_REACH = 256 * 1024
_KNOWN_NAMES = {
    "application/pgp-encrypted": "version.txt",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "text/calendar": "invite.ics",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition.txt",
    "text/rfc822-headers": "headers.txt",
}
_MAX_TYPE = 200


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment and its decoded bytes."""

    attachment: Attachment
    content: bytes


def attachments_of(files: Iterable[Part], html: str | None) -> tuple[Attached, ...]:
    """List the files in order; those the HTML shows by ``cid:`` (RFC 2392) are inline."""
    shown = unquote(html) if html and "cid:" in html.lower() else ""
    out = []
    for number, part in enumerate(files, 1):
        inline = bool(part.content_id and f"cid:{part.content_id}" in shown)
        related = part.disposition == "inline" and "multipart/related" in part.inside and part.content_id is not None
        attachment = Attachment.model_construct(
            filename=_filename(part, number),
            content_type=part.content_type[:_MAX_TYPE],
            size=len(part.content),
            sha256=sha256(part.content).hexdigest(),
            content_id=clean(part.content_id) if part.content_id else None,
            inline=inline or related,
        )
        out.append(Attached(attachment, part.content))
    return tuple(out)


def _filename(part: Part, number: int) -> str:
    name = safe_name(part.filename)
    if name:
        return name
    if part.content_type in _MESSAGE_TYPES:
        subject = safe_name(_subject(part.content).replace("/", "_").replace("\\", "_"))
        if subject:
            return safe_name(f"{subject}.eml")
    return _KNOWN_NAMES.get(part.content_type) or made_up_name(number, part.content_type)


def _subject(message: bytes) -> str:
    """Read the subject of an enclosed message without reading the rest."""
    head = message[:_SUBJECT_REACH].lstrip(b"\r\n")
    section = read_section(head, 0, len(head), _SUBJECT_REACH)
    raw = next((value for name, value in section.fields if name.lower() == "subject"), b"")
    return decode_unstructured(raw[:2_000])[0]
