"""read_mail as a whole: it never raises, its result can be stored, limits lower the level and lose nothing."""

from __future__ import annotations

import base64
import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.contracts import ParsedMail
from parse import reader
from parse.mime import decode as mime
from parse.reader import ReadMail, read_mail

HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: Test\r\nDate: Tue, 4 Mar 2025 10:11:12 +0300\r\n"
PIECES = [
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"--",
        b"=?utf-8?B?",
        b"?=",
        b'"',
        b";",
        b"<",
        b">",
        b"(",
        b"=",
        b"\0",
        b"\xff\xfe",
        b"\xd0",
    ),
    *(b"Content-Type: multipart/mixed; boundary=x\n", b"--x\n", b"Content-Type: text/html; charset=", b"charset=rot13"),
    *(b"begin 644 a\n", b"=ybegin line=128 size=1 name=x\n", b"base64", b"charset=utf-16", b"charset=utf-7"),
    *(
        b"format=flowed; delsp=yes",
        b"filename*0*=",
        b"Date: ",
        b"From: ",
        b"\xed\xa0\x80",
        b"message/rfc822",
        b"text/calendar",
    ),
]


def check(read: ReadMail) -> None:
    """Assert what holds for any bytes."""
    dumped = read.parsed.model_dump_json(by_alias=True)
    assert ParsedMail.model_validate_json(dumped) == read.parsed
    assert "\0" not in "".join(str(value) for value in json.loads(dumped).values())
    assert [len(content) for content in read.contents] == [a.size for a in read.parsed.attachments]
    assert not [defect for defect in read.parsed.defects if defect.startswith("failed_")]


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    check(read_mail(raw))


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40).map(b"".join))
def test_any_pieces_of_mail_are_read(raw: bytes) -> None:
    check(read_mail(HEAD + raw))


def test_a_bug_in_one_step_costs_that_step_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    for name in ("classify", "find_bounce", "find_forwarded", "judge", "split_reply"):
        monkeypatch.setattr(reader, name, broken)
    parsed = read_mail(HEAD + b"\nhello\n").parsed
    assert (parsed.subject, parsed.text, parsed.new_text, parsed.level) == ("Test", "hello\n", "hello", "full")
    steps = ("new_text", "automation", "bounce", "forwarded", "trust")
    assert parsed.defects == tuple(f"failed_{step}" for step in steps)


def test_a_bug_in_decoding_leaves_the_header_and_the_raw_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(mime, "decode", broken)
    raw = HEAD + b"\nhello\n"
    read = read_mail(raw)
    assert (read.parsed.subject, read.parsed.level, read.contents) == ("Test", "headers", (raw,))


def test_ten_megabytes_of_attachment_are_quick() -> None:
    content = random.Random(1).randbytes(10_000_000)  # noqa: S311 - a seed, not a secret
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: image/png\n"
    raw += b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content) + b"--b--\n"
    started = time.process_time()
    read = read_mail(raw)
    assert time.process_time() - started < 0.6
    assert read.contents == (content,)
