from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.evidence.written_dates import read_date

MOSCOW = timezone(timedelta(hours=3))
TEN = datetime(2020, 5, 18, 10, 0, tzinfo=MOSCOW)

WRITTEN = (
    "Mon, 18 May 2020 10:00:00 +0300",
    "Mon, May 18, 2020 at 10:00 AM",
    "Monday, May 18, 2020 10:00 AM",
    "Monday, 18 May 2020 10:00",
    "May 18, 2020 10:00:00 AM GMT+3",
    "18 May 2020 at 10:00:00 GMT+3",
    "18 May 2020 at 07:00:00 UTC",
    "Mon May 18 10:00:00 2020",
    "2020-05-18 10:00",
    "2020-05-18T10:00:00+03:00",
    "2020/05/18 10:00:00",
    "2020年5月18日 10:00",
    "5/18/2020 10:00 AM",
    "5/18/20, 10:00 AM",
    "18/05/2020 10:00",
    "18.05.2020 10:00",
    "18.05.2020, 10:00",
    "18.05.20 10:00",
    "18-05-2020 10:00",
    "пн, 18 мая 2020 г. в 10:00",
    "понедельник, 18 мая 2020 г. 10:00",
    "18 мая 2020 г., 10:00:00 GMT+3",
    "18 мая 2020, 10:00 +03:00",
    "Понедельник, 18 мая 2020, 10:00 +03:00",
    "Пн 18.05.2020 10:00",
    "18 мая 2020 г. 10:00 МСК",
    "понеділок, 18 травня 2020 р. 10:00",
    "2020 ж. 18 мамыр 10:00",
    "Montag, 18. Mai 2020 10:00",
    "lundi 18 mai 2020 10:00",
    "lundi 18 mai 2020 à 10h00",
    "lunes, 18 de mayo de 2020 10:00",
    "lunedì 18 maggio 2020 10:00",
    "poniedziałek, 18 maja 2020 10:00",
    "segunda-feira, 18 de maio de 2020 10:00",
    "maandag 18 mei 2020 10:00",
    "18 мая\xa02020\u202fг. 10:00",
    "18 May 2020 at 10:00:00\u202fAM",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_dates_of_many_clients(text: str) -> None:
    assert read_date(text, MOSCOW) == TEN


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("May 18, 2020 12:30 AM", 0),
        ("May 18, 2020 12:30 PM", 12),
        ("May 18, 2020 1:30 PM", 13),
        ("May 18, 2020 1:30 p.m.", 13),
    ],
)
def test_halves_of_the_day(text: str, hour: int) -> None:
    found = read_date(text)
    assert found == datetime(2020, 5, 18, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1 января 2020 10:00", 1),
        ("1 февраля 2020 10:00", 2),
        ("1 марта 2020 10:00", 3),
        ("1 апреля 2020 10:00", 4),
        ("1 июня 2020 10:00", 6),
        ("1 июля 2020 10:00", 7),
        ("1 августа 2020 10:00", 8),
        ("1 сентября 2020 10:00", 9),
        ("1 октября 2020 10:00", 10),
        ("1 ноября 2020 10:00", 11),
        ("1 декабря 2020 10:00", 12),
        ("mardi 1 juin 2020 10:00", 6),
        ("mardi 1 juillet 2020 10:00", 7),
        ("martes, 1 de marzo de 2020 10:00", 3),
        ("Dienstag, 1. März 2020 10:00", 3),
        ("wtorek, 1 listopada 2020 10:00", 11),
        ("вівторок, 1 липня 2020 10:00", 7),
    ],
)
def test_months_of_many_languages(text: str, month: int) -> None:
    assert read_date(text) == datetime(2020, month, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "вчера", "10:00", "31.02.2020 10:00", "18.05.2020 25:00", "99/99/9999", "May", "2020"]
)
def test_what_is_no_date(text: str) -> None:
    assert read_date(text) is None


@given(st.text(alphabet="0123456789:/.- майMayTZ+GMTpm", max_size=60))
def test_it_never_raises(text: str) -> None:
    read_date(text)
