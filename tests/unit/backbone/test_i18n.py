"""Texts for people in their language and their time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from backbone.i18n import LANGUAGES, LOCALE, file_size, moment, translations

ROOT = Path(__file__).parents[3]
SAYING = ("backbone", "ingest", "parse", "tickets", "replies", "console")
PLACES = re.compile(r"%\(\w+\)s|\{\w*\}")


def test_russian_is_translated_and_english_comes_as_written() -> None:
    assert translations("ru").gettext("Hello!") == "Здравствуйте!"
    assert translations("en").gettext("Hello!") == "Hello!"
    assert translations("de").gettext("Hello!") == "Hello!"
    assert translations("ru").gettext("never translated") == "never translated"


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_text_is_translated_with_the_same_places_to_fill(language: str) -> None:
    with (LOCALE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    for message in catalogue:
        if message.id:
            assert isinstance(message.id, str)
            assert message.string, message.id
            assert not message.fuzzy, message.id
            assert sorted(PLACES.findall(message.id)) == sorted(PLACES.findall(str(message.string)))


def said() -> Iterator[str]:
    """Yield every text that the code gives to gettext."""
    for package in SAYING:
        for path in sorted((ROOT / package).rglob("*.py")):
            with path.open("rb") as file:
                for _line, text, _comments, _context in extract("python", file):
                    yield text if isinstance(text, str) else text[0]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_catalogue_holds_what_the_code_says_and_nothing_else(language: str) -> None:
    with (LOCALE / f"{language}.po").open("rb") as file:
        held = {str(message.id) for message in read_po(file, locale=language) if message.id}
    assert held == set(said())


@pytest.mark.parametrize(
    ("size", "russian", "english"),
    [
        (0, "1 КБ", "1 kB"),
        (48_300, "48 КБ", "48 kB"),
        (1_000_000, "1,0 МБ", "1.0 MB"),
        (48_349_999, "48,3 МБ", "48.3 MB"),
    ],
)
def test_sizes_are_told_as_people_read_them(size: int, russian: str, english: str) -> None:
    assert (file_size(size, "ru"), file_size(size, "en")) == (russian, english)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", "23.11.2026 21:05"), ("Europe/Moscow", "24.11.2026 00:05"), ("America/New_York", "23.11.2026 16:05")],
)
def test_moments_are_told_in_the_readers_zone(zone: str, expected: str) -> None:
    assert moment(datetime(2026, 11, 23, 21, 5, 59, tzinfo=UTC), zone) == expected
