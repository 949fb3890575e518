"""Composed mails, read back by the standard library with every rule it knows, and by our own reader."""

import struct
import zlib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from backbone.contracts import Attachment, Letter
from parse.evidence.automation import Own
from parse.reader import ReadMail, read_mail
from replies.compose import Composed, Offers, compose
from tests.support.things import NOON, letter, mailbox

MESSAGE_ID = "<pr.ab17.abcdefghijklmnop.abcdefghijklmnopqrst@postroom.test>"


def composed(
    written: Letter | None = None,
    contents: tuple[bytes, ...] = (),
    *,
    logo: bytes | None = None,
    eight_bit: bool = False,
    utf8: bool = True,
    **box: Any,
) -> Composed:
    return compose(
        written or letter(),
        mailbox=mailbox(**box),
        message_id=MESSAGE_ID,
        date=NOON,
        loop_name="our-postroom",
        contents=contents,
        logo=logo,
        offers=Offers(eight_bit=eight_bit, utf8=utf8),
    )


def strict(mail: Composed) -> EmailMessage:
    read = message_from_bytes(mail.message, policy=SMTP)
    assert isinstance(read, EmailMessage)
    assert not [part.defects for part in read.walk() if part.defects]
    assert not [value.defects for value in read.values() if value.defects]
    return read


def ours(mail: Composed, **own: Any) -> ReadMail:
    return read_mail(mail.message, own=Own(**own))


def text_of(mail: Composed, kind: str = "plain") -> str:
    body = strict(mail).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def attachment(name: str, content_type: str = "image/png") -> Attachment:
    return Attachment(filename=name, content_type=content_type, size=1, sha256="0" * 64)


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x20\x60\xc0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


LOGO = png(440, 64)
