"""The entities of a mail as they go over the wire: texts, files and what holds them together (RFC 2045, 2046). Pure."""

from __future__ import annotations

import re
from base64 import b64encode, encodebytes
from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache

from backbone.contracts import Attachment
from replies import headers

LONGEST_FILE_NAME = 150
LONGEST_ASCII_LINE = 900
"""Characters of a line of ASCII that goes out as it is; RFC 5322 section 2.1.1 allows 998."""

LONGEST_LINE = 998
"""Bytes of any line (RFC 5322 section 2.1.1)."""

_BASE64_LINE = 57
_PLAIN = re.compile(r"[\t\n -~]*")
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"([A-Za-z0-9!#$&^_.+-]{1,64})/([A-Za-z0-9!#$&^_.+-]{1,64})")


def multipart(subtype: str, boundary: str, parts: Iterable[bytes], parameters: str = "") -> bytes:
    """Return an entity of parts, headers and all (RFC 2046 section 5.1); it is 8bit where one of them is."""
    held = list(parts)
    encoding = "" if all(map(bytes.isascii, held)) else "Content-Transfer-Encoding: 8bit\r\n"
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}\r\n{encoding}\r\n'.encode()
    line = f"--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part for part in held) + line + b"--\r\n"


def text(subtype: str, words: str, *, eight_bit: bool = False) -> bytes:
    """Return a text entity: as it is when its lines and letters allow it, else in base64.

    ``eight_bit`` says that letters beyond ASCII may go as they are (RFC 6152).
    """
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    raw = words.encode("utf-8", "replace")
    if _PLAIN.fullmatch(words) and max(map(len, words.split("\n"))) <= LONGEST_ASCII_LINE:
        encoding, body = "7bit", raw.replace(b"\n", b"\r\n")
    elif eight_bit and not _UNFIT.search(words) and max(map(len, raw.split(b"\n"))) <= LONGEST_LINE:
        encoding, body = "8bit", raw.replace(b"\n", b"\r\n")
    else:
        encoding, body = "base64", _base64(raw.replace(b"\n", b"\r\n"))
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body + (b"" if body.endswith(b"\r\n") else b"\r\n")


def attached(file: Attachment, content: bytes) -> bytes:
    """Return the entity of an attachment; the standard library knows how to write any file name (RFC 2231)."""
    maintype, subtype = _media_type(file.content_type)
    name = headers.one_line(file.filename, LONGEST_FILE_NAME) or "file"
    part = EmailMessage(policy=SMTP)
    part.set_content(content, maintype, subtype, disposition="attachment", filename=name)
    del part["MIME-Version"]
    return part.as_bytes()


@lru_cache(maxsize=16)
def inline_image(content: bytes, content_type: str, content_id: str) -> bytes:
    """Return the entity of an image to which the HTML beside it refers (RFC 2392); many mails hold the same."""
    head = (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{content_id}>\r\nContent-Disposition: inline\r\n\r\n"
    )
    return head.encode() + encodebytes(content).replace(b"\n", b"\r\n")


def _base64(raw: bytes) -> bytes:
    """Return ``raw`` in base64 lines, faster than :func:`base64.encodebytes`."""
    whole = b64encode(raw)
    length = _BASE64_LINE * 4 // 3
    return b"\r\n".join([whole[start : start + length] for start in range(0, len(whole), length)])


def _media_type(content_type: str) -> tuple[str, str]:
    """Return type and subtype; what is none, or would be taken apart on its way, travels as a plain file."""
    found = _MEDIA_TYPE.fullmatch(content_type)
    if not found or found[1].lower() in ("message", "multipart"):
        return "application", "octet-stream"
    return found[1], found[2]
