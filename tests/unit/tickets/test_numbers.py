"""Ticket numbers: how they look, and that none comes twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from backbone.database import Database
from tickets.numbers import allocate, check_pattern, render, series
from tickets.settings import TicketSettings

REFERENCE = "{prefix}{day}{month}{number:03}"
FIRST_OF_JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def take(database: Database, pattern: str, prefix: str, day: datetime, count: int = 1) -> list[str]:
    made = series(pattern, prefix, day)
    with database.transaction() as connection:
        return [render(made, number) for number in allocate(connection, made, count)]


def test_the_style_of_the_reference(database: Database) -> None:
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE) == ["O0106000"]
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE, 3) == ["O0106001", "O0106002", "O0106003"]
    assert take(database, "{prefix}{day}{month}{number:03}", "АГ", datetime(2026, 1, 23, tzinfo=UTC)) == ["АГ2301000"]


def test_a_series_goes_on_in_the_next_year(database: Database) -> None:
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE, 2)[-1] == "O0106001"
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE.replace(year=2027)) == ["O0106002"]
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE.replace(day=2)) == ["O0206000"]
    assert take(database, REFERENCE, "P", FIRST_OF_JUNE) == ["P0106000"]


def test_a_pattern_with_the_year_begins_anew(database: Database) -> None:
    pattern = "{year}-{month}-{number}"
    assert take(database, pattern, "", FIRST_OF_JUNE, 2) == ["2026-06-0", "2026-06-1"]
    assert take(database, pattern, "", FIRST_OF_JUNE.replace(year=2027)) == ["2027-06-0"]


def test_more_than_the_figures_hold(database: Database) -> None:
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE, 1001)[-1] == "O01061000"


def test_many_at_once_take_each_number_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda count: take(database, REFERENCE, "O", FIRST_OF_JUNE, count % 3 + 1), range(60)))
    numbers = [number for group in found for number in group]
    assert sorted(numbers) == [f"O0106{number:03}" for number in range(120)]


def test_what_is_rolled_back_is_given_again(database: Database) -> None:
    made = series(REFERENCE, "O", FIRST_OF_JUNE)

    def fail() -> None:
        with database.transaction() as connection:
            raise LookupError(allocate(connection, made, 5))

    with pytest.raises(LookupError):
        fail()
    assert take(database, REFERENCE, "O", FIRST_OF_JUNE) == ["O0106000"]


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("{prefix}{day}", "needs {number}"),
        ("{number}{number:03}", "needs {number}"),
        ("{prefix}{hour}{number}", "may only use"),
        ("{number:3}", "may only use"),
        ("{number", "may only use"),
        ("}{number}", "may only use"),
        ("No {number}", "no blanks"),
        ("[{number}]", "no blanks"),
        ("x" * 60 + "{number}", "too long"),
        ("", "needs {number}"),
    ],
)
def test_errors_of_patterns(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_pattern(pattern)
    with pytest.raises(ValidationError, match=complaint):
        TicketSettings(number_pattern=pattern)


@pytest.mark.parametrize("prefix", ["x" * 11, "a b", "[a", "{number}", "a\n"])
def test_errors_of_prefixes(prefix: str) -> None:
    with pytest.raises(ValidationError, match="prefix"):
        TicketSettings(number_prefix=prefix)
