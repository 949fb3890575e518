"""The bytes of every kind of mail, held against RFC 5322, 2045 to 2047 and 3834 by a reader that forgives nothing."""

import re
from base64 import b64decode
from email import message_from_bytes
from email.message import Message
from email.policy import strict
from typing import get_args

import pytest

from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Address, Language, LetterKind
from replies import samples
from replies.compose import Composed
from tests.support.letters import LOGO, attachment, composed

LONG_NAME = "Служба эксплуатации «Ромашка», филиал № 14 (круглосуточно) \N{FIRE EXTINGUISHER}"
LONG_SUBJECT = "Не работает кондиционер — офис «Ромашка», комната №314, " + "очень длинная тема " * 9 + "and the end"
FILES = ("Схема — 3-й этаж, корпус «Б» (окончательная версия, согласовано).pdf", "IMG 4711.jpg", 'он сказал "да";.txt')
REFERENCES = tuple(f"<{number:02}.{'long' * 12}@AM0PR04MB6452.eurprd04.prod.outlook.com>" for number in range(40))

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ID = re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@{_ATOM}(?:\.{_ATOM})*>")
_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")
_WORD = re.compile(r"=\?utf-8\?b\?([A-Za-z0-9+/=]+)\?=")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=?]{1,70}")
_ONCE = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version")


def everything(kind: LetterKind, language: Language, *, eight_bit: bool) -> Composed:
    """Return a mail of a kind with all that such a mail may have."""
    talks = kind == "chat_message"
    written = samples.letter(kind, language, Address(name=LONG_NAME, address="ivan@customer.example")).model_copy(
        update={
            "subject": LONG_SUBJECT,
            "cc": (Address(name=f"{LONG_NAME}, Ольга", address="olga@customer.example"),) if talks else (),
            "in_reply_to": REFERENCES[-1],
            "references": REFERENCES,
            "reply_to": "help+pr.ab17.abcdefghijklmnop.abcdefghijklmnopqrst@postroom.test",
            "marker": "pr.ab17.abcdefghijklmnop.abcdefghijklmnopqrst",
            "attachments": tuple(attachment(name, "application/octet-stream") for name in FILES) if talks else (),
        }
    )
    contents = (bytes(range(256)) * 9, b"\r\n.\r\nFrom me\r\n", "да\n".encode()) if talks else ()
    own = Outgoing(signature={"ru": "С уважением,\n.\n..", "en": "Kind regards,\n.\n.."})
    return composed(written, contents, logo=LOGO, eight_bit=eight_bit, name=LONG_NAME, outgoing=own)


@pytest.fixture(
    params=[(kind, language, bits) for kind in get_args(LetterKind) for language in ("ru", "en") for bits in (7, 8)],
    ids=lambda about: f"{about[0]}-{about[1]}-{about[2]}",
)
def mail(request: pytest.FixtureRequest) -> tuple[LetterKind, int, bytes]:
    kind, language, bits = request.param
    return kind, bits, everything(kind, language, eight_bit=bits == 8).message


def fields(raw: bytes) -> list[tuple[str, str]]:
    """Return the header's fields, unfolded."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    return [(name, value) for name, _, value in (one.partition(": ") for one in re.split(r"\r\n(?![ \t])", head))]


def test_lines_end_and_are_as_long_as_they_may(mail: tuple[LetterKind, int, bytes]) -> None:
    raw = mail[2]
    rest = raw.replace(b"\r\n", b"")
    assert not {b"\r", b"\n", b"\0"} & {rest[at : at + 1] for at in range(len(rest))}
    assert raw.endswith(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    for line in raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n"):
        assert line.strip()
        assert line == line.rstrip()
        if _WORD.search(line):
            assert len(line) <= 76
        assert len(line) <= 78 or _ID.fullmatch(line.split()[-1])  # a Message-ID cannot be folded


def test_the_header_has_each_field_once_and_in_its_form(mail: tuple[LetterKind, int, bytes]) -> None:
    kind, _, raw = mail
    found = fields(raw)
    names = [name for name, _ in found]
    shown = dict(found)
    absent = {"Cc"} if kind != "chat_message" else set()
    assert [names.count(name) for name in _ONCE] == [int(name not in absent) for name in _ONCE]
    assert not [name for name in names if name.startswith("List-") or name in ("Bcc", "Return-Path", "Sender")]
    assert _DATE.fullmatch(shown["Date"])
    assert _ID.fullmatch(shown["Message-ID"])
    assert _ID.fullmatch(shown["In-Reply-To"])
    assert all(_ID.fullmatch(one) for one in shown["References"].split())
    marks = {"Auto-Submitted", "X-Auto-Response-Suppress", "Precedence"}
    assert marks & set(names) == (set() if kind == "chat_message" else marks)


def test_every_encoded_word_is_whole(mail: tuple[LetterKind, int, bytes]) -> None:
    for name, value in fields(mail[2]):
        words = [word for word in value.split() if "=?" in word and "boundary" not in word]
        for word in words:
            encoded = _WORD.fullmatch(word)
            assert encoded, (name, word)
            assert len(word) <= 75
            b64decode(encoded[1], validate=True).decode()


def test_every_part_is_encoded_as_it_says(mail: tuple[LetterKind, int, bytes]) -> None:
    _, bits, raw = mail
    read = message_from_bytes(raw, policy=strict)
    for part in read.walk():
        encoding = str(part["Content-Transfer-Encoding"] or "7bit")
        assert not [value.defects for value in part.values() if value.defects]
        if part.is_multipart():
            boundary = str(part.get_boundary())
            assert _BOUNDARY.fullmatch(boundary)
            assert raw.count(f"\r\n--{boundary}--\r\n".encode()) == 1
            assert raw.count(f"\r\n--{boundary}\r\n".encode()) == len(part.get_payload())
            assert (encoding == "8bit") is any(not _bytes(leaf).isascii() for leaf in part.walk())
            continue
        body = _bytes(part)
        assert encoding in ("7bit", "8bit", "base64")
        assert body.isascii() or (encoding, bits) == ("8bit", 8)
        if encoding == "base64":
            assert max(map(len, body.splitlines())) <= 76
            b64decode(b"".join(body.split()), validate=True)


def _bytes(part: Message) -> bytes:
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def test_the_parts_stand_in_their_order(mail: tuple[LetterKind, int, bytes]) -> None:
    kind, _, raw = mail
    read = message_from_bytes(raw, policy=strict)
    core = ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    files = ["application/octet-stream"] * len(FILES)
    parts = list(read.walk())
    assert [part.get_content_type() for part in parts] == (
        ["multipart/mixed", *core, *files] if kind == "chat_message" else core
    )
    related = next(part for part in parts if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"
    page, image = list(related.walk())[1:]
    content_id = str(image["Content-ID"])
    assert _ID.fullmatch(content_id)
    html = page.get_payload(decode=True)
    assert isinstance(html, bytes)
    assert f'src="cid:{content_id.strip("<>")}"'.encode() in html
    if kind == "chat_message":
        assert [part.get_filename() for part in parts[-len(FILES) :]] == list(FILES)
