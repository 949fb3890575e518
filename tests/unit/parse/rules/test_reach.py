"""How far a pattern gets in a mail that it does not match: the place in the pattern, and what the mail has there."""

from dataclasses import replace
from itertools import pairwise

import pytest

from parse.rules.parser import parse_places
from parse.rules.patterns import Pattern, compile_pattern
from parse.rules.reach import MOST_SECONDS, reach
from parse.rules.runner import Patience, Result, RunLimits, Runner
from tests.unit.parse.rules.catastrophes import CATASTROPHES
from tests.unit.parse.rules.test_reference_mail import HTML_RULE, NEEDED, TEXT_RULE, html_mail, text_mail

MAIL = "Заявка номер:\xa0300434925.<br><b>Крайний срок</b>: 1 мая<br><b>Объекты</b>: Склад<br>"


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (r"Приказ (?<taskNumber>\d+)", "column 1: nothing fits «Приказ »."),
        (
            r"номер: \d+",
            r"column 1: nothing fits «номер: »; nearest is «номер:\xa0300434925.<br><b>Крайний срок</b>…».",
        ),
        (
            r"номер:\s(?<taskNumber>\d+)((.|\n)*)<b>Объект</b>: (?<object>.*?)<br>",
            (
                "column 36: nothing fits «<b>Объект</b>: » behind what fits before it; "
                "nearest is «<b>Объекты</b>: Склад<br>»."
            ),
        ),
        (
            r"номер:\s(?<taskNumber>[A-Z]+\d)",
            (
                "column 23: nothing fits «[A-Z]+» behind what fits before it; "
                "the mail goes on with «300434925.<br><b>Крайний срок</b>: 1 мая…»."
            ),
        ),
        (r"((.|\n)*)Работа: ", "column 10: nothing fits «Работа: » behind what fits before it."),
        (
            r"(Заявка номер:\s(?<taskNumber>\d+)((.|\n)*?)(Срок|До): )",
            (
                "column 45: nothing fits «(Срок|До)» behind what fits before it; "
                "the mail goes on with «.<br><b>Крайний срок</b>: 1 мая<br><b>Об…»."
            ),
        ),
        (
            "(?x) номер: \\s  # без заявки\n (?<_n> № \\d+ )",
            (
                "line 2, column 9: nothing fits «№» behind what fits before it; "
                "the mail goes on with «300434925.<br><b>Крайний срок</b>: 1 мая…»."
            ),
        ),
        (
            r"(?i)НОМЕР:\s(?<_n>\d+)\.\k<_n>",
            (
                r"column 25: nothing fits «\k<_n>» behind what fits before it; the mail "
                "goes on with «<br><b>Крайний срок</b>: 1 мая<br><b>Объ…»."
            ),
        ),
        (r"Склад<br>\d", r"column 10: nothing fits «\d» behind what fits before it."),
        (r"\d{10,}", r"column 1: nothing fits «\d{10,}»."),
    ],
)
def test_the_place_is_named(pattern: str, sentence: str) -> None:
    with Runner() as runner:
        assert not runner.run(compile_pattern(pattern), MAIL).matched
        assert str(reach(pattern, MAIL, runner)) == sentence


@pytest.mark.parametrize("pattern", ["Заказ|Работа", r"(?<_n>)\k<_m>(?<_m>x)"])
def test_of_some_nothing_can_be_told(pattern: str) -> None:
    with Runner() as runner:
        assert reach(pattern, MAIL, runner) is None


def test_each_missing_label_of_the_other_system_is_named() -> None:
    with Runner() as runner:
        for label in NEEDED:
            for rule, mail in ((HTML_RULE, html_mail(without=label)), (TEXT_RULE, text_mail(without=label))):
                found = reach(rule, mail, runner)
                assert found is not None
                assert label in found.part


def test_patterns_that_run_away_end_soon_and_tell_nothing_wrong() -> None:
    with Runner(RunLimits(seconds=0.1, first_seconds=0.01)) as runner:
        for source, text in CATASTROPHES:
            found = reach(source, text, runner)
            assert found is None or found.part in source, source


@pytest.mark.parametrize("source", [HTML_RULE, TEXT_RULE, *(source for source, _ in CATASTROPHES)])
def test_the_pieces_of_a_pattern_follow_each_other(source: str) -> None:
    _, places = parse_places(source)
    assert all(start < end for start, end in places)
    assert all(before[1] <= after[0] for before, after in pairwise(places))


class Unsteady(Runner):
    """A runner whose searches take more than half of the time that there is."""

    def run(self, pattern: Pattern, text: str, patience: Patience = Patience.ANY) -> Result:
        return replace(super().run(pattern, text, patience), seconds=MOST_SECONDS / 2 + 0.1)


def test_what_would_take_long_is_left() -> None:
    with Unsteady() as runner:
        assert reach(HTML_RULE, html_mail(without=NEEDED[0]), runner) is None
