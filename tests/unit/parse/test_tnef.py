"""winmail.dat, made here attribute by attribute as MS-OXTNEF has it."""

from __future__ import annotations

import base64
import time

from hypothesis import given
from hypothesis import strategies as st

from parse.mime.tnef import read_winmail
from parse.reader import read_mail


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def attribute(name: int, data: bytes, level: int = 1) -> bytes:
    return (
        number(level, 1) + number(name, 2) + number(6, 2) + number(len(data), 4) + data + number(sum(data) & 0xFFFF, 2)
    )


def prop(kind: int, name: int, data: bytes) -> bytes:
    return number(kind, 2) + number(name, 2) + number(1, 4) + number(len(data), 4) + data + b"\0" * (-len(data) % 4)


HEAD = b"\x78\x9f\x3e\x22\1\0" + attribute(0x9006, b"\0\0\1\0") + attribute(0x9007, number(1251, 4) + b"\0" * 4)
BODY = attribute(0x800C, "Прошу прислать мастера.\0".encode("cp1251"))
NAMED = prop(0x1F, 0x3707, "План этажа.pdf\0".encode("utf-16-le"))
FILES = (
    *(attribute(0x9002, b"\0" * 14, 2), attribute(0x8010, b"a.txt\0", 2), attribute(0x800F, b"one", 2)),
    *(attribute(0x9002, b"\0" * 14, 2), attribute(0x8010, b"PLAN~1.PDF\0", 2), attribute(0x800F, b"two", 2)),
    attribute(0x9005, number(1, 4) + NAMED, 2),
)
WINMAIL = HEAD + BODY + b"".join(FILES)


def test_text_and_files_come_out() -> None:
    found = read_winmail(WINMAIL)
    assert found is not None
    assert found.text == "Прошу прислать мастера."
    assert found.files == [("a.txt", b"one"), ("План этажа.pdf", b"two")]


def test_html_body_is_found_among_properties() -> None:
    page = number(0x03, 2) + number(0x3FDE, 2) + number(65001, 4)
    data = number(2, 4) + page + prop(0x0102, 0x1013, "<p>Лифт</p>".encode())
    found = read_winmail(HEAD + attribute(0x9003, data))
    assert found is not None
    assert found.html == "<p>Лифт</p>"


def test_mail_shows_them_in_place_of_the_packing() -> None:
    head = b"From: a@example.com\nContent-Type: application/ms-tnef; name=winmail.dat\n"
    read = read_mail(head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(WINMAIL))
    assert read.parsed.text == "Прошу прислать мастера."
    assert [one.filename for one in read.parsed.attachments] == ["a.txt", "План этажа.pdf"]
    assert read.contents == (b"one", b"two")


def test_stated_counts_are_not_believed() -> None:
    millions = number(0xFFFF_FFFF, 4)
    shorts = millions + number(0x1002, 2) + number(0x3001, 2) + millions + b"\0\0"
    strings = millions + number(0x101E, 2) + number(0x3001, 2) + millions + b"\0" * 40
    started = time.process_time()
    for data in (shorts, strings, millions):
        assert read_winmail(HEAD + attribute(0x9003, data) + attribute(0x9005, data, 2)) is not None
    assert time.process_time() - started < 1


def test_what_is_none_is_kept_as_it_is() -> None:
    read = read_mail(b"Content-Type: application/ms-tnef; name=winmail.dat\n\nnot such a file")
    assert "tnef_unreadable" in read.parsed.defects
    assert read.contents == (b"not such a file",)


@given(st.binary(max_size=300))
def test_any_bytes_are_opened(data: bytes) -> None:
    read_winmail(HEAD + data)
    read_winmail(HEAD + attribute(0x9003, data) + attribute(0x9005, data, 2))
