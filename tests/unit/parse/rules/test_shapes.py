import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from parse.rules.patterns import TARGETS, compile_pattern
from parse.rules.shapes import NUMBER, shape
from parse.rules.units import literal


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        ("external_number", "300434925", r"\d+"),
        ("external_number", "O0106000", r"\p{L}+\d+"),
        ("external_number", "АГ2301200", r"\p{L}+\d+"),
        ("external_number", "SD-1042", r"\p{L}+-\d+"),
        ("external_number", "2023/07/A", r"\d+/\d+/\p{L}+"),
        ("external_number", "a3f9c2", r"\w+"),
        ("external_number", "a-1-b-2-c", r"[\w-]*\w"),
        ("external_number", "a.1_b.2-c.3", r"[\w.-]*\w"),
        ("external_number", "1 200,50", NUMBER),
        ("external_number", "без номера", ""),
        ("external_number", "<b>3</b>4", ""),
        ("deadline", "03.05.2023 08:32:36", r"\d+\.\d+\.\d+\s+\d+:\d+(?::\d+)?"),
        ("deadline", "2023-05-03T08:32+03:00", r"\d+-\d+-\d+T\d+:\d+(?::\d+)?\+\d+:\d+"),
        ("deadline", "18:00", r"\d+:\d+(?::\d+)?"),
        ("deadline", "3 мая", ""),
        ("deadline", "61 д. 0 ч. 0 м.", ""),
        ("contact_phone", "+7 (900) 000-00-00", NUMBER),
        ("contact_phone", "+7.900.000.00.00", NUMBER),
        ("contact_phone", "8 900 доб. 5", ""),
        ("custom_floor", "7", r"\d+"),
        ("object", "7", ""),
        ("description", "03.05.2023", ""),
    ],
)
def test_values_have_the_shape_of_their_kind(target: str, source: str, expected: str) -> None:
    assert shape(target, source) == expected
    if expected:
        assert regex.fullmatch(expected, source)


@given(st.sampled_from(sorted(set(TARGETS.values()))), st.text(alphabet="0129aЯ .,:/-+()TZ_\n", max_size=20))
def test_a_shape_fits_the_value_that_it_is_taken_from(target: str, source: str) -> None:
    if pattern := shape(target, source):
        compile_pattern(pattern)
        assert regex.fullmatch(pattern, source)


@given(st.text())
def test_a_literal_is_only_itself(text: str) -> None:
    if text and len(text) < 300:
        step = compile_pattern(literal(text)).program.steps[0]
        assert regex.fullmatch(step.source, text)
        assert step.prefix == text
