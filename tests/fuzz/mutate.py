"""Mails broken on purpose: each number makes one mutant, the same wherever the same mails are given.

The mutations are those that transport, old programs and attackers make: of bytes, lines, header fields, boundaries,
encodings, and of two mails grown together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

MAX_SIZE = 300_000
"""A mutant is cut here, so that mutations of mutations do not grow without end."""

_BYTES = (
    b"\0",
    b"\r",
    b"\n",
    b"\t",
    b"=",
    b"?",
    b'"',
    b"<",
    b">",
    b"(",
    b";",
    b"\\",
    b"\x1b",
    b"\x80",
    b"\xff",
    b"\xd0",
)
_RUNS = (b"=?utf-8?B?", b"=?koi8-r?Q?", b"?=", b"\xed\xa0\x80", b"\xff\xfe", b"--", b"<div>", b"<blockquote>", b"&#x0;")
_VALUES = (
    *(
        b"",
        b" ",
        b"\xcf\xf0\xe8\xe2\xe5\xf2",
        b"=?x?B?////?=",
        b"=?utf-8?Q?=ED=A0=80?=",
        b"a" * 5_000,
        b'"',
        b"(" * 400,
    ),
    *(b"<", b"@", b"multipart/mixed", b"multipart/mixed; boundary=", b"message/rfc822", b"text/html; charset=utf-7"),
    *(
        b"text/plain; charset=rot13; format=flowed; delsp=yes",
        b"attachment; filename*0*=utf-8''%ED%A0%80",
        b"32 Foo 99999",
    ),
    *(b"application/ms-tnef", b"text/calendar; charset=utf-16", b"multipart/report; report-type=delivery-status"),
)
_FIELDS = (
    *(b"Subject", b"From", b"To", b"Cc", b"Date", b"Message-ID", b"In-Reply-To", b"References", b"Content-Type"),
    *(b"Content-Disposition", b"Content-Transfer-Encoding", b"Authentication-Results", b"Auto-Submitted", b"List-Id"),
    *(b"Return-Path", b"Reply-To", b"Sender", b"MIME-Version", b"X-Failed-Recipients"),
)
_ENCODINGS = (b"base64", b"quoted-printable", b"8bit", b"x-uuencode", b"x-yenc", b"binary", b"nonsense", b"")
_CHARSETS = (
    *(b"utf-8", b"utf-16", b"utf-7", b"windows-1251", b"koi8-r", b"cp866", b"iso-2022-jp", b"gb2312", b"hz", b"zip"),
    *(b"rot13", b"idna", b"punycode", b"unicode_escape", b"big5", b"x", b"us-ascii"),
)
_CHARSET = re.compile(rb"(charset\s*=\s*\"?)([\w-]+)", re.IGNORECASE)
_ENCODING = re.compile(rb"(content-transfer-encoding\s*:\s*)([^\r\n]*)", re.IGNORECASE)
_BOUNDARY = re.compile(rb"(boundary\s*=\s*)(\"[^\"\r\n]*\"|[^;\s]+)", re.IGNORECASE)
_DELIMITER = re.compile(rb"^--[^\r\n]+", re.MULTILINE)
_FIELD = re.compile(rb"^[A-Za-z-]+[ \t]*:[^\r\n]*", re.MULTILINE)


def mutant(number: int, mails: Sequence[bytes]) -> bytes:
    """Return the mutant of this number of these mails."""
    chance = Random(number)  # noqa: S311 - a seed, not a secret
    raw = chance.choice(mails)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 9))):
        raw = chance.choice(MUTATIONS)(raw, mails, chance)[:MAX_SIZE]
    return raw


def break_bytes(raw: bytes, _mails: Sequence[bytes], chance: Random) -> bytes:
    """Put a byte or a short run in, take a stretch away or repeat it, or change one byte."""
    at = chance.randrange(len(raw) + 1)
    upto = at + chance.randrange(1, 200)
    piece = chance.choice((*_BYTES, *_RUNS))
    return chance.choice(
        (
            raw[:at] + piece * chance.choice((1, 1, 3, 50)) + raw[at:],
            raw[:at] + raw[upto:],
            raw[:upto] + raw[at:],
            raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :],
            raw[:at],
        )
    )


def break_lines(raw: bytes, _mails: Sequence[bytes], chance: Random) -> bytes:
    """Take a line away, repeat it, move it, join it to the next, or change how all lines end."""
    lines = raw.splitlines(keepends=True)
    if not lines:
        return raw
    at = chance.randrange(len(lines))
    edit = chance.randrange(6)
    if edit == 0:
        del lines[at]
    elif edit == 1:
        lines[at:at] = [lines[at]] * chance.choice((1, 2, 40))
    elif edit == 2:
        lines.insert(chance.randrange(len(lines)), lines.pop(at))
    elif edit == 3:
        lines[at] = lines[at].rstrip(b"\r\n")
    elif edit == 4:
        lines.insert(at, chance.choice((b"\r\n", b"\n", b"\r", b"\r\r\n", b" \n")))
    else:
        ending = chance.choice((b"\n", b"\r\n", b"\r", b"\r\r\n"))
        lines = [line.rstrip(b"\r\n") + ending for line in lines]
    return b"".join(lines)


def break_headers(raw: bytes, _mails: Sequence[bytes], chance: Random) -> bytes:
    """Give a field another value, repeat it, take it away, put a blank before its colon, or add one on top."""
    fields = list(_FIELD.finditer(raw, 0, 20_000))
    added = chance.choice(_FIELDS) + chance.choice((b": ", b":", b" : ")) + chance.choice(_VALUES) + b"\r\n"
    if not fields or chance.random() < 0.3:
        return added + raw
    field = chance.choice(fields)
    name, _, value = field[0].partition(b":")
    changed = chance.choice(
        (
            name + b": " + chance.choice(_VALUES),
            field[0] + b"\r\n" + field[0],
            b"",
            name + b" :" + value,
            name + value,
            chance.choice(_FIELDS) + b":" + value,
            name + b":\r\n" + value,
        )
    )
    return raw[: field.start()] + changed + raw[field.end() :]


def break_boundaries(raw: bytes, _mails: Sequence[bytes], chance: Random) -> bytes:
    """Declare another boundary, or spoil, repeat or drop a delimiter line."""
    declared = list(_BOUNDARY.finditer(raw))
    delimiters = list(_DELIMITER.finditer(raw))
    if declared and chance.random() < 0.4:
        one = chance.choice(declared)
        value = chance.choice(
            (b'"', b"", b"x", one[2].strip(b'"'), one[2][:-2], one[2] + b" ", b'"' + b"y" * 300 + b'"')
        )
        return raw[: one.start(2)] + value + raw[one.end(2) :]
    if not delimiters:
        return raw
    line = chance.choice(delimiters)
    value = chance.choice(
        (b"", line[0] + b"--", line[0].rstrip(b"-"), line[0] + b"\n" + line[0], line[0] + b"  x", b"--")
    )
    return raw[: line.start()] + value + raw[line.end() :]


def break_encodings(raw: bytes, _mails: Sequence[bytes], chance: Random) -> bytes:
    """Declare another charset or another transfer encoding."""
    pattern, values = chance.choice(((_CHARSET, _CHARSETS), (_ENCODING, _ENCODINGS)))
    found = list(pattern.finditer(raw))
    if not found:
        return b"Content-Transfer-Encoding: " + chance.choice(_ENCODINGS) + b"\n" + raw
    one = chance.choice(found)
    return raw[: one.start(2)] + chance.choice(values) + raw[one.end(2) :]


def splice(raw: bytes, mails: Sequence[bytes], chance: Random) -> bytes:
    """Grow two mails together: a head and another's tail, one within the other, or one after the other."""
    other = chance.choice(mails)
    at, there = chance.randrange(len(raw) + 1), chance.randrange(len(other) + 1)
    return chance.choice(
        (
            raw[:at] + other[there:],
            raw[:at] + other + raw[at:],
            raw + b"\n" + other,
            b"Content-Type: message/rfc822\n\n" + raw,
            b'Content-Type: multipart/mixed; boundary="s"\n\n--s\n' + raw + b"\n--s\n" + other + b"\n--s--\n",
        )
    )


MUTATIONS: tuple[Callable[[bytes, Sequence[bytes], Random], bytes], ...] = (
    break_bytes,
    break_lines,
    break_headers,
    break_boundaries,
    break_encodings,
    splice,
)
