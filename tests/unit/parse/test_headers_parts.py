"""Addresses, dates, identifiers, parameters, transfer encodings and file names, case by case."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parse.mime.addresses import parse_addresses
from parse.mime.dates import parse_date
from parse.mime.filenames import safe_name
from parse.mime.ids import message_id, message_ids
from parse.mime.parameters import parse_content_type, parse_disposition
from parse.mime.transfer import decode_base64, decode_transfer


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@b.c", [("", "a@b.c")]),
        ('Ivan <i@x.ru>, "Petrov, P" <p@x.ru>', [("Ivan", "i@x.ru"), ("Petrov, P", "p@x.ru")]),
        ("Team: a@b.c, B <b@c.d>; e@f.g", [("", "a@b.c"), ("B", "b@c.d"), ("", "e@f.g")]),
        ("undisclosed-recipients:;", []),
        ("i@x.ru (Ivan (the) T)", [("Ivan (the) T", "i@x.ru")]),
        ("ivan @ x . ru", [("", "ivan@x.ru")]),
        ('"a b"@x.ru', [("", '"a b"@x.ru')]),
        ("a@b.c d@e.f", [("", "a@b.c"), ("", "d@e.f")]),
        ("a@b.c; d@e.f", [("", "a@b.c"), ("", "d@e.f")]),
        ("<<a@b.c>>", [("", "a@b.c")]),
        ("<@r1,@r2:a@b.c>", [("", "a@b.c")]),
        ("mailto:a@b.c", [("", "a@b.c")]),
        ('"Ivan <a@b.c>', [("Ivan", "a@b.c")]),
        ('"Ivan <a@b.c>"', [("Ivan", "a@b.c")]),
        ("((( <a@b.c>", [("", "a@b.c")]),
        ("A <a@b.c", [("A", "a@b.c")]),
        ("a@[IPv6:::1]", [("", "a@[IPv6:::1]")]),
        ("Q <a@b.c><d@e.f>", [("Q", "a@b.c"), ("", "d@e.f")]),
        ("<a\u200b@b.c>", [("", "a@b.c")]),
        ("nobody", []),
        ("", []),
        (None, []),
    ],
)
def test_addresses(value: str | None, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in parse_addresses(value)] == found


@given(st.text(alphabet='ab@.,;:<>()[]"\\ \n', max_size=60))
@example('@. ""')
@example('a@b ""')
def test_any_address_list_is_read(value: str) -> None:
    assert all(one.address and "\n" not in one.address for one in parse_addresses(value))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Fri, 21 Nov 1997 09:55:06 -0600", (1997, 11, 21, 15, 55, 6)),
        ("21 Nov 97 09:55:06 GMT", (1997, 11, 21, 9, 55, 6)),
        ("Mon Jan  2 15:04:05 2006", (2006, 1, 2, 15, 4, 5)),
        ("2021-03-04 05:06:07.123+03:00", (2021, 3, 4, 2, 6, 7)),
        ("4 марта 2021 г. 10:11", (2021, 3, 4, 10, 11, 0)),
        ("04.03.2021 10:11", (2021, 3, 4, 10, 11, 0)),
        ("3/4/2021 10:11 PM", (2021, 3, 4, 22, 11, 0)),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", (1997, 11, 21, 15, 55, 6)),
        ("1 Jan 2020 24:00:00 +0000", (2020, 1, 2, 0, 0, 0)),
        ("1 Jan 2020 10:00:60 +0000", (2020, 1, 1, 10, 0, 59)),
        ("Mon, 1 Jan 120 10:00:00 +0000", (2020, 1, 1, 10, 0, 0)),
        ("Tue, 1 Jan 2020 10:11:12 (MSK)", (2020, 1, 1, 7, 11, 12)),
        ("Tue, 1 Jan 2020 10:11:12 GMT+3", (2020, 1, 1, 7, 11, 12)),
        ("Tue, 1 Jan 2020 10:11:12 +9999", (2020, 1, 1, 10, 11, 12)),
        ("Jan 5, 2020 3:04:05 PM", (2020, 1, 5, 15, 4, 5)),
        ("20200101T101112Z", (2020, 1, 1, 10, 11, 12)),
    ],
)
def test_dates(value: str, moment: tuple[int, ...]) -> None:
    assert parse_date(value) == datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]  # six numbers


@pytest.mark.parametrize(
    "value", ["", None, "garbage", "30 Feb 2020 10:00:00 +0000", "1 Jan 0000 00:00:00 +0000", "99 99 99"]
)
def test_what_names_no_day_is_none(value: str | None) -> None:
    assert parse_date(value) is None


@given(st.text(alphabet="0123456789 :.-+/,JanMSKTZ()\u0660", max_size=40))
def test_any_date_is_read_or_none(value: str) -> None:
    moment = parse_date(value)
    assert moment is None or moment.tzinfo is UTC


def test_message_ids() -> None:
    assert message_ids("<a@b> <c\r\n @d>,<a@b>") == ("<a@b>", "<c@d>")
    assert message_ids("a@b, c@d") == ("<a@b>", "<c@d>")
    assert message_ids("your message of Tuesday") == ()
    assert message_id(" no-at-sign ") == "<no-at-sign>"
    assert message_id("") is None
    assert len(message_ids(" ".join(f"<{n}@x>" for n in range(2_000)))) == 500


@pytest.mark.parametrize(
    ("raw", "value", "params"),
    [
        ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        ("TEXT/HTML;Charset = 'utf-8' ; x", "text/html", {"charset": "'utf-8'"}),
        ("text/plain charset=utf-8 format=flowed", "text/plain", {"charset": "utf-8", "format": "flowed"}),
        ('a/b; name="x;y\\"z"; c=d', "a/b", {"name": 'x;y"z', "c": "d"}),
        ('a/b; name="open; c=d', "a/b", {"name": "open", "c": "d"}),
        ("a/b; name*1=b; name*0=a", "a/b", {"name": "ab"}),
        ("a/b; name=plain; name*=utf-8'ru'%D0%9F", "a/b", {"name": "П"}),
        ("text", "text/plain", {}),
        ("nonsense; boundary=x", "text/plain", {"boundary": "x"}),
    ],
)
def test_content_type(raw: str, value: str, params: dict[str, str]) -> None:
    found = parse_content_type(raw)
    assert (found.value, dict(found.params)) == (value, params)


def test_disposition_without_a_type_is_an_attachment() -> None:
    found = parse_disposition('filename="a.txt"')
    assert (found.value, found.get("filename")) == ("attachment", "a.txt")


@pytest.mark.parametrize(
    ("encoding", "raw", "content", "defects"),
    [
        ("BASE64 ", b"aGVsbG8=", b"hello", ()),
        ("base64", b"aGVs\r\nbG8=\r\n\r\n", b"hello", ()),
        ("base64", b"aGVsbG8", b"hello", ("base64_truncated",)),
        ("base64", b"aGVsbG8x!", b"aGVsbG8x!", ("base64_invalid",)),
        ("base64", b"", b"", ()),
        ("quoted-printable", b"a=3Db=\r\nc=zz", b"a=bc=zz", ()),
        ("8bit", b"x", b"x", ()),
        ("x-unknown", b"x", b"x", ("transfer_encoding_unknown",)),
        ("x-uuencode", b"begin 644 a\n#86)C\n`\nend\n", b"abc", ()),
    ],
)
def test_transfer_encodings(encoding: str, raw: bytes, content: bytes, defects: tuple[str, ...]) -> None:
    assert decode_transfer(raw, encoding) == (content, defects)


def test_noise_in_long_base64_is_dropped() -> None:
    letters = b"aGVsbG8g" * 40
    assert decode_base64(letters[:100] + b"*" + letters[100:]) == (b"hello " * 40, ("base64_junk",))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\dir\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\u202ecod.exe", "a_b_cod.exe"),
        ("CON.txt", "_CON.txt"),
        ("...", ""),
        (None, ""),
        ("я" * 300 + ".pdf", "я" * 125 + ".pdf"),
    ],
)
def test_file_names_are_safe(sent: str | None, kept: str) -> None:
    assert safe_name(sent) == kept
    assert len(kept.encode()) <= 255
