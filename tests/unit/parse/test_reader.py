"""read_mail as a whole: it never raises, its result can be stored, limits lower the level and lose nothing."""

from __future__ import annotations

import base64
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backbone.contracts import ParsedMail
from parse import reader
from parse.limits import Limits
from parse.mime import decode as mime
from parse.reader import ReadMail, read_mail

CORPUS = sorted((Path(__file__).parents[2] / "corpus").glob("*.eml"))
HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: Test\r\nDate: Tue, 4 Mar 2025 10:11:12 +0300\r\n"
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


@MANY
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    check(read_mail(raw))


@MANY
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40).map(b"".join))
def test_any_pieces_of_mail_are_read(raw: bytes) -> None:
    check(read_mail(HEAD + raw))


def test_mutants_of_our_corpus_are_read() -> None:
    chance = random.Random(20250304)  # noqa: S311 - a seed, not a secret
    raws = [path.read_bytes() for path in CORPUS]
    for _ in range(600):
        mutant = bytearray(chance.choice(raws))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(mutant) + 1)
            upto = at + chance.randrange(120)
            edit = chance.randrange(4)
            if edit == 0:
                mutant[at:at] = chance.choice(PIECES)
            elif edit == 1:
                del mutant[at:upto]
            elif edit == 2:
                mutant[at:at] = mutant[at:upto]
            else:
                mutant[at : at + 1] = bytes([chance.randrange(256)])
        started = time.process_time()
        check(read_mail(bytes(mutant)))
        assert time.process_time() - started < 2


def times(piece: bytes, size: int = 1_000_000) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def nested(count: int) -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(count))
    return HEAD + levels + b"\nin the middle"


PLAIN = HEAD + b"\r\n"
HOSTILE = {
    "newlines": PLAIN + times(b"\n"),
    "bare_crs": PLAIN + times(b"\r"),
    "spaces": PLAIN + times(b" "),
    "underscores": PLAIN + times(b"_"),
    "one_word": PLAIN + times("я".encode()),
    "nested_parts": nested(17_000),
    "nested_messages": HEAD + times(b"Content-Type: message/rfc822\n\n"),
    "long_subject": b"Subject: " + times(b"=?utf-8?B?0J/RgNC4?= ") + b"\n\nx",
    "open_words": b"Subject: " + times(b"=?utf-8?q?x ") + b"\n\nx",
    "cr_header": b"Subject: a" + times(b"\r") + b"\n\nx",
    "many_parameters": HEAD + b"Content-Type: text/plain; " + times(b'a*0="b; ') + b"\n\nx",
    "many_addresses": b"From: a@b.c\nTo: " + times(b'"a, b" <a@b.c>, ') + b"\n\nx",
    "angles": b"To: " + times(b'<"') + b"\n\nx",
    "brackets": b"To: " + times(b"(") + b"\n\nx",
    "references": b"References: " + times(b"<a@b> ") + b"\n\nx",
    "junk_lines": b"Subject: x\n" + times(b"junk\n") + b"From: a@b.c\n\nx",
    "base64_junk": HEAD + b"Content-Transfer-Encoding: base64\n\n" + times(b"A=?!"),
    "blanks_at_line_end": HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + times(b" ") + b"\n",
    "boundary_storm": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + times(b"--b\n"),
    "undeclared_boundary_storm": HEAD + b"Content-Type: multipart/mixed\n\n" + times(b"--b\n"),
    "uuencode_storm": PLAIN + times(b"begin 644 a\n"),
    "yenc_storm": PLAIN + times(b"=ybegin line=1 size=1 name=a\nx\n=yend\n"),
    "ampersands": HEAD + b"Content-Type: text/html\n\n" + times(b"&"),
    "calendar": HEAD + b"Content-Type: text/calendar\n\nBEGIN:VEVENT\nDTSTART" + times(b";a"),
    "winmail": HEAD
    + b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\0\0"
    + times(b"\2\x10\x80\1\0\0\0\0\0\0\0"),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_shape_costs_bounded_time(shape: str) -> None:
    started = time.process_time()
    check(read_mail(HOSTILE[shape]))
    assert time.process_time() - started < 3


def test_deep_nesting_lowers_the_level_and_keeps_the_mail() -> None:
    raw = nested(3_000)
    read = read_mail(raw)
    assert read.parsed.level == "text"
    assert "too_deep" in read.parsed.defects
    assert read.contents[-1] == raw
    assert read.parsed.attachments[-1].content_type == "message/rfc822"


def test_too_many_parts_lower_the_level() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nhello\n" * 20
    read = read_mail(raw, Limits(parts=10))
    assert read.parsed.level == "text"
    assert "too_many_parts" in read.parsed.defects
    assert read.parsed.text.count("hello") == 10
    assert read.contents == (raw,)


def test_a_storm_of_embedded_files_is_cut() -> None:
    assert len(read_mail(HOSTILE["yenc_storm"]).contents) <= 500


def test_a_storm_of_encoded_words_is_cut() -> None:
    read = read_mail(b"Subject: " + b"=?koi8-r?q?=C1?= =?utf-8?q?=D0=9F?= " * 20_000 + b"\n\nx")
    assert "encoded_words_too_many" in read.parsed.defects


def test_too_large_mail_gets_its_header_read() -> None:
    raw = HEAD + b"\n" + b"x" * 1_000
    read = read_mail(raw, Limits(message_bytes=500))
    assert (read.parsed.level, read.parsed.subject, read.parsed.text) == ("headers", "Test", "")
    assert read.contents == (raw,)


@pytest.mark.parametrize(
    ("limits", "defect"),
    [
        (Limits(text_chars=10), "text_too_large"),
        (Limits(body_bytes=10), "text_too_large"),
        (Limits(header_bytes=60), "header_too_large"),
        (Limits(decoded_bytes=5), "decoded_too_large"),
        (Limits(seconds=-1), "too_slow"),
    ],
)
def test_a_limit_met_is_a_defect_and_keeps_the_raw_mail(limits: Limits, defect: str) -> None:
    body = b"--b\n\nfirst part\nis long\n--b\n\nsecond\n--b--\n"
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + body
    read = read_mail(raw, limits)
    assert defect in read.parsed.defects
    assert read.parsed.level == "text"
    assert read.contents[-1] == raw


def test_html_over_its_limit_is_cut() -> None:
    read = read_mail(HEAD + b"Content-Type: text/html\n\n" + b"<p>word</p>" * 100, Limits(html_chars=110))
    assert "html_too_large" in read.parsed.defects
    assert len(read.parsed.html or "") == 110


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
