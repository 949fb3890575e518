import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.rules.deadlines import deadline
from parse.rules.durations import duration
from parse.rules.resolver import Found, Named, Resolver
from parse.rules.values import one_line, plain_value

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2024, 3, 12, 7, 30, tzinfo=UTC)  # a Tuesday, 10:30 in Moscow

DEADLINES = (
    ("03.05.2023 08:32:36", "2023-05-03 08:32:36"),
    (": 03.05.2023 08:32:36", "2023-05-03 08:32:36"),
    ("03.05.2023 в 08:32", "2023-05-03 08:32:00"),
    ("03.05.2023г. 08:32", "2023-05-03 08:32:00"),
    ("3.5.23", "2023-05-03 23:59:59"),
    ("03/05/2023", "2023-05-03 23:59:59"),
    ("03-05-2023", "2023-05-03 23:59:59"),
    ("15.03", "2024-03-15 23:59:59"),
    ("12.03.2024 24:00", "2024-03-12 23:59:59"),
    ("2024-03-15", "2024-03-15 23:59:59"),
    ("2024-03-15T18:00:00Z", "2024-03-15 21:00:00"),
    ("2024-03-15 18:00+05:00", "2024-03-15 16:00:00"),
    ("05.06.2024 10:00 МСК", "2024-06-05 10:00:00"),
    ("завтра", "2024-03-13 23:59:59"),
    ("Послезавтра", "2024-03-14 23:59:59"),
    ("сегодня до 18:00", "2024-03-12 18:00:00"),
    ("до 18:00", "2024-03-12 18:00:00"),
    ("до 9:00", "2024-03-13 09:00:00"),
    ("завтра в 10 часов", "2024-03-13 10:00:00"),
    ("завтра до 12", "2024-03-13 12:00:00"),
    ("12 марта 2024 г.", "2024-03-12 23:59:59"),
    ("3-го мая 2024", "2024-05-03 23:59:59"),
    ("Срок: 15 мая 2024 года, 14-00", "2024-05-15 14:00:00"),
    ("15 марта", "2024-03-15 23:59:59"),
    ("1 февраля", "2025-02-01 23:59:59"),
    ("29 февраля", "2028-02-29 23:59:59"),
    ("March 12", "2024-03-12 23:59:59"),
    ("May 3rd", "2024-05-03 23:59:59"),
    ("March 12, 2025 at 5pm", "2025-03-12 17:00:00"),
    ("12 March 2025", "2025-03-12 23:59:59"),
    ("in 3 days", "2024-03-15 10:30:00"),
    ("within 2 hours", "2024-03-12 12:30:00"),
    ("in a week", "2024-03-19 10:30:00"),
    ("через 2 часа", "2024-03-12 12:30:00"),
    ("через час", "2024-03-12 11:30:00"),
    ("через неделю", "2024-03-19 10:30:00"),
    ("через полтора часа", "2024-03-12 12:00:00"),
    ("61 д. 0 ч. 0 м.", "2024-05-12 10:30:00"),
    ("2ч 30м", "2024-03-12 13:00:00"),
    ("3 days", "2024-03-15 10:30:00"),
    ("до конца дня", "2024-03-12 23:59:59"),
    ("до конца завтрашнего дня", "2024-03-13 23:59:59"),
    ("до конца рабочего дня", "2024-03-12 18:00:00"),
    ("до конца недели", "2024-03-17 23:59:59"),
    ("до конца месяца", "2024-03-31 23:59:59"),
    ("by end of day", "2024-03-12 23:59:59"),
    ("EOD", "2024-03-12 23:59:59"),
    ("в пятницу", "2024-03-15 23:59:59"),
    ("к пятнице до 15:00", "2024-03-15 15:00:00"),
    ("by Friday", "2024-03-15 23:59:59"),
    ("вторник", "2024-03-19 23:59:59"),
    ("tomorrow 5 pm", "2024-03-13 17:00:00"),
    ("day after tomorrow", "2024-03-14 23:59:59"),
    ("", None),
    ("3", None),
    ("вздор", None),
    ("ASAP", None),
    ("31.02.2024", None),
    ("99.99.9999 99:99", None),
    ("в течение 2 рабочих дней", None),
)


@pytest.mark.parametrize(("text", "expected"), DEADLINES)
def test_deadlines_in_both_languages(text: str, expected: str | None) -> None:
    found = deadline(text, MOSCOW, NOW)
    assert (found and found.strftime("%Y-%m-%d %H:%M:%S")) == expected
    assert found is None or found.utcoffset() == timedelta(hours=3)


def test_a_duration_counts_from_its_start() -> None:
    start = datetime(2023, 3, 3, 8, 32, 36, tzinfo=MOSCOW)
    assert deadline("61 д. 0 ч. 0 м.", MOSCOW, NOW, start) == datetime(2023, 5, 3, 8, 32, 36, tzinfo=MOSCOW)


@given(st.text(max_size=60) | st.text(alphabet="0123456789.:/-, tzдочвмг+", max_size=40))
def test_no_text_makes_a_deadline_raise(text: str) -> None:
    found = deadline(text, MOSCOW, NOW)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize("piece", ["1 ", "1.", "in a ", "через ", "до ", "12:", "мая 1 ", "\u202f", "((", "a"])
def test_time_is_bounded(piece: str) -> None:
    started = time.process_time()
    deadline(piece * 500_000, MOSCOW, NOW)
    duration(piece * 500_000)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("61 д. 0 ч. 0 м.", timedelta(days=61)),
        ("1 день, 2 часа и 3 минуты", timedelta(days=1, hours=2, minutes=3)),
        ("1,5 ч", timedelta(hours=1.5)),
        ("полчаса", timedelta(minutes=30)),
        ("half an hour", timedelta(minutes=30)),
        ("2 weeks", timedelta(weeks=2)),
        ("two hours and 5 min", timedelta(hours=2, minutes=5)),
        ("2 ч 3 ч", None),
        ("2 рабочих дня", None),
        ("5", None),
        ("", None),
    ],
)
def test_durations(text: str, expected: timedelta | None) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ООО &laquo;Ромашка&raquo;", "ООО «Ромашка»"),
        (" <span style='x'>Склад&nbsp;№&#8239;5</span> ", "Склад № 5"),
        ("Первая<br>Вторая<br/>Третья", "Первая\nВторая\nТретья"),
        ("a &lt; b", "a < b"),
        ("a < b & c > d", "a < b & c > d"),
        ("' title='x'>Склад<b", "Склад"),
        ("<p></p>", ""),
    ],
)
def test_what_was_captured_in_html_reads_as_text(text: str, expected: str) -> None:
    assert plain_value(text, html=True) == expected


def test_what_was_captured_in_text_stays_as_it_is() -> None:
    assert plain_value(" a <b> &amp;\t\xa0c \r\n\r\n\r\n\r\n d ", html=False) == "a <b> &amp; c\n\nd"
    assert one_line(" a \n b ", html=False) == "a b"


DIRECTORY = Resolver(
    (
        Named(1, "Бизнес-центр «Ёлка», корп. 2", ("БЦ Ёлка",)),
        Named(2, "Склад"),
        Named(3, "СКЛАД"),
        Named(4, "Kiosk №5"),
        Named(5, "Почта", ("Пошта",)),
        Named(6, "Пошта"),
        Named(7, "—"),
    )
)


@pytest.mark.parametrize(
    ("text", "found", "entry"),
    [
        ("Бизнес-центр «Ёлка», корп. 2", Found.EXACT, 1),
        ("бизнес  центр ЕЛКА корп 2", Found.NORMALISED, 1),
        ('Бизнес-центр "Елка" , корп.2', Found.NORMALISED, 1),
        ("БЦ Ёлка", Found.EXACT, 1),
        ("бц елка", Found.NORMALISED, 1),
        (" Склад ", Found.EXACT, 2),
        ("склад", Found.AMBIGUOUS, None),
        ("kiosk no5", Found.NORMALISED, 4),
        ("Почта", Found.EXACT, 5),
        ("Пошта", Found.AMBIGUOUS, None),
        ("—", Found.EXACT, 7),
        ("-", Found.UNKNOWN, None),
        ("Гараж", Found.UNKNOWN, None),
        ("", Found.UNKNOWN, None),
        ("я" * 10_000, Found.UNKNOWN, None),
    ],
)
def test_names_lead_to_entries(text: str, found: Found, entry: int | None) -> None:
    resolution = DIRECTORY.resolve(text)
    assert (resolution.found, resolution.id) == (found, entry)


def test_an_ambiguous_name_says_between_which() -> None:
    assert DIRECTORY.resolve("склад").candidates == (2, 3)


def test_a_look_up_costs_the_same_among_many() -> None:
    resolver = Resolver(Named(number, f"Объект {number}") for number in range(50_000))
    started = time.process_time()
    for number in range(0, 50_000, 50):
        assert resolver.resolve(f"ОБЪЕКТ-{number}").id == number
    assert time.process_time() - started < 0.5
