"""Names of downloads, and languages of browsers."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from console.web.downloads import LONGEST_NAME, disposition
from console.web.languages import preferred

KNOWN = ("ru", "en")


@pytest.mark.parametrize(
    ("name", "plain", "extended"),
    [
        ("report.pdf", "report.pdf", "report.pdf"),
        ("акт 100%.pdf", "___ 100_.pdf", "акт 100%.pdf"),
        ('a"b\\c/d.txt', "a_b_c_d.txt", "a_b_c_d.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "a__Set-Cookie_ x=1.txt", "a__Set-Cookie_ x=1.txt"),
        ("harmless\u202efdp.exe", "harmless_fdp.exe", "harmless_fdp.exe"),
        ("..", "file", "file"),
        ("", "file", "file"),
        ("\udcff.txt", "_.txt", "_.txt"),
    ],
)
def test_the_name_of_a_download(name: str, plain: str, extended: str) -> None:
    found = re.fullmatch(r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''(\S+)", disposition(name))
    assert found
    assert (found[1], unquote(found[2])) == (plain, extended)


def test_a_long_name_keeps_its_end() -> None:
    found = unquote(disposition(f"{'ы' * 300}.tar.gz").rpartition("''")[2])
    assert len(found) <= LONGEST_NAME
    assert found.endswith(".gz")
    assert len(unquote(disposition("ы" * 300).rpartition("''")[2])) == LONGEST_NAME


@given(some.text())
def test_any_name_makes_one_ascii_line(name: str) -> None:
    assert disposition(name).isascii()
    assert disposition(name).isprintable()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("ru", "ru"),
        ("RU-ru,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("de-DE, ru ; q = 0.3 , en;q=0.2", "ru"),
        ("de", None),
        ("ru;q=0, en;q=0.1", "en"),
        ("*", None),
        ("ru;q=nonsense", None),
        (",;q=1," * 1000 + "ru", None),
    ],
)
def test_the_language_that_a_browser_wants(header: str, language: str | None) -> None:
    assert preferred(header, KNOWN) == language
