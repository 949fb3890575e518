"""Parts that hold other parts without being multiparts: uuencode and yEnc in text, winmail.dat, opaque S/MIME.

Never raises. The packing itself is kept where it says more than its contents (S/MIME), and dropped where it does not.
"""

from __future__ import annotations

import mimetypes
from dataclasses import replace

from parse.mime import charsets
from parse.mime.smime import signed_content
from parse.mime.tnef import read_winmail
from parse.mime.transfer import Embedded, find_uuencoded, find_yencoded
from parse.model import Part

_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SMIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def open_part(part: Part, defects: list[str]) -> list[Part] | None:
    """Return the parts inside, the remaining text first; None when the part is what it seems to be."""
    if part.content_type == "text/plain" and part.text is not None:
        return _open_text(part, defects) if b"begin" in part.content or b"=ybegin" in part.content else None
    if part.content_type in _TNEF_TYPES or (part.filename or "").lower() == "winmail.dat":
        return _open_winmail(part, defects)
    return None


def signed_entity(part: Part) -> bytes | None:
    """Return the message inside an opaque S/MIME signature (RFC 8551 section 3.5.2), or None."""
    if part.content_type in _SMIME_TYPES or (part.filename or "").lower() == "smime.p7m":
        return signed_content(part.content)
    return None


def placed_within(part: Part, inner: tuple[Part, ...]) -> list[Part]:
    """Give parts of an inner entity their place in the outer tree, as if their wrapping were a multipart."""
    return [
        replace(one, inside=(*part.inside, part.content_type, *one.inside), path=(*part.path, 0, *one.path))
        for one in inner
    ]


def _open_text(part: Part, defects: list[str]) -> list[Part] | None:
    raw = part.content
    found = find_yencoded(raw) if b"=ybegin" in raw else []
    found = found or find_uuencoded(raw)
    if not found:
        return None
    defects.append("yenc" if b"=ybegin" in raw else "uuencode")
    rest, position = bytearray(), 0
    for one in found:
        rest += raw[position : one.start]
        position = one.end
    rest += raw[position:]
    text, _, defect = charsets.decode(bytes(rest), part.param("charset"))
    text = text.replace("\r\n", "\n")
    if defect is None and not part.content.isascii():
        defects[:] = [one for one in defects if not one.startswith("charset_")]  # that was the file's bytes, not text
    return [replace(part, content=bytes(rest), text=text), *(_file(part, one) for one in found)]


def _file(part: Part, found: Embedded) -> Part:
    return Part(
        content_type=mimetypes.guess_type(found.filename)[0] or "application/octet-stream",
        content=found.content,
        disposition="attachment",
        filename=found.filename or None,
        inside=part.inside,
        path=part.path,
    )


def _open_winmail(part: Part, defects: list[str]) -> list[Part] | None:
    opened = read_winmail(part.content)
    if opened is None or not (opened.files or opened.text or opened.html):
        defects.append("tnef_unreadable")
        return None
    inside = (*part.inside, "application/ms-tnef")
    out: list[Part] = []
    for kind, text in (("text/plain", opened.text), ("text/html", opened.html)):
        if text and text.strip():
            place = (*part.path, len(out))
            content = text.encode("utf-8", "replace")
            out.append(Part(kind, content, text=text, charset="utf-8", inside=inside, path=place))
    for name, content in opened.files:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        out.append(Part(kind, content, disposition="attachment", filename=name, inside=inside, path=part.path))
    return out
