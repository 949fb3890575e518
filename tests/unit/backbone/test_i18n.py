"""Texts for people in their language and their time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from babel.messages.pofile import read_po

from backbone.i18n import LANGUAGES, LOCALE, moment, translations

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


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", "23.11.2026 21:05"), ("Europe/Moscow", "24.11.2026 00:05"), ("America/New_York", "23.11.2026 16:05")],
)
def test_moments_are_told_in_the_readers_zone(zone: str, expected: str) -> None:
    assert moment(datetime(2026, 11, 23, 21, 5, 59, tzinfo=UTC), zone) == expected
