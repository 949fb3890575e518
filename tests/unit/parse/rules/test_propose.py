import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from backbone.errors import UserError
from parse.rules.evaluate import evaluate
from parse.rules.marks import Mark, MarkError
from parse.rules.patterns import BUILT_IN, compile_pattern
from parse.rules.program import Gap
from parse.rules.propose import propose
from parse.rules.runner import Failure, RunLimits, Runner
from tests.unit.parse.rules.test_reference_mail import FIELDS, html_mail
from tests.unit.parse.rules.ticket_mails import MAILS, TicketMail, reads

FLOOR = frozenset((*BUILT_IN, "custom_floor"))


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as one:
        yield one


def _marks(values: dict[str, str]) -> list[Mark]:
    return [Mark(target, text) for target, text in values.items()]


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_a_proposal_reads_its_sample_and_other_mails_of_the_system(runner: Runner, mail: TicketMail) -> None:
    proposal = propose(mail.sample, _marks(mail.marked), html=mail.html, runner=runner)
    for source, expected in ((mail.sample, mail.marked), (mail.other, mail.expected)):
        outcome = evaluate(proposal.compiled, "", source, html=mail.html, runner=runner)
        assert reads(outcome, expected), (proposal.pattern, dict(outcome.captures))
    assert {one.target: one.value for one in proposal.found} == mail.marked


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_alternatives_read_the_sample_too(runner: Runner, mail: TicketMail) -> None:
    proposal = propose(mail.sample, _marks(mail.marked), html=mail.html, runner=runner)
    assert proposal.alternatives
    assert proposal.pattern not in proposal.alternatives
    for alternative in proposal.alternatives:
        rule = compile_pattern(alternative)
        assert reads(evaluate(rule, "", mail.sample, html=mail.html, runner=runner), mail.marked)


def test_the_pattern_is_one_that_an_administrator_can_read(runner: Runner) -> None:
    proposal = propose(html_mail(), _marks(FIELDS), html=True, runner=runner)
    assert proposal.pattern == (
        r"Вам\s+назначена\s+заявка\s+номер\s*<a\b[^<>]*>\s*(?<taskNumber>\d+)</a>((.|\n)*?)"
        r"Крайний\s+срок</b>:\s*(?<taskDeadline>\d+\.\d+\.\d+\s+\d+:\d+(?::\d+)?)<br[^<>]*>((.|\n)*?)"
        r"Расположение</b>:\s*(?<object>(.|\n)*?)<br[^<>]*>((.|\n)*?)"
        r"Краткое\s+описание</b>:\s*(?<description>(.|\n)*?)<br[^<>]*>"
    )


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_labels_are_found_one_after_the_other(runner: Runner, mail: TicketMail) -> None:
    proposal = propose(mail.sample, _marks(mail.marked), html=mail.html, runner=runner)
    steps = proposal.compiled.program.steps
    assert len(steps) - 1 == proposal.pattern.count(r"(.|\n)*?")
    assert all(step.gap is Gap.LAZY for step in steps[1:])


SAMPLES = (
    (False, "Заявка 5\nСрок 1.2.2024", "5", r"Заявка[ \t]+(?<taskNumber>\d+)[ \t\r]*(?:\n|$)"),
    (False, "300434925", "300434925", r"^(?<taskNumber>\d+)"),
    (False, "Работа 2023/07: 12\n", "12", r"Работа\s+\d+/\d+:[ \t]*(?<taskNumber>\d+)[ \t\r]*(?:\n|$)"),
    (False, "Дом 7: код INC12 x", "INC12", r"код[ \t]+(?<taskNumber>\p{L}+\d+)"),
    (False, "Сумма: 1 200,50 р", "1 200,50", r"Сумма:[ \t]*(?<taskNumber>[+(]?\d(?:[\s().,/-]*\d)*)"),
    (True, "Код&nbsp;(новый): <i>a-1-b-2</i>", "a-1-b-2", r"новый\):\s*<i>\s*(?<taskNumber>[\w-]*\w)</i>"),
    (False, "Код\xa0:\xa07\x1f\nж", "7", r"Код\s*:[^\S\r\n]*(?<taskNumber>\d+)"),
    (False, "Код\x1f7", "7", r"Код[\s\x1c-\x1f]+(?<taskNumber>\d+)"),
    (True, f"Код<!--{'x' * 200}--><b>7</b>", "7", r"<b>\s*(?<taskNumber>\d+)</b>"),
    (True, "Код<!-- x --><b>7</b>", "7", r"Код<!-- x --><b>\s*(?<taskNumber>\d+)</b>"),
    (True, "Было: Срок 1<br>Стало: Срок 2<br>", "2", r"Стало:\s*Срок\s+(?<taskNumber>\d+)<br[^<>]*>"),
)


@pytest.mark.parametrize(("html", "source", "text", "pattern"), SAMPLES)
def test_labels_and_values_in_detail(runner: Runner, html: bool, source: str, text: str, pattern: str) -> None:
    assert propose(source, [Mark("external_number", text)], html=html, runner=runner).pattern.endswith(pattern)


def test_names_of_digits_are_names(runner: Runner) -> None:
    proposal = propose("Объект: 12\nРабота: 3\n", [Mark("object", "12")], html=False, runner=runner)
    outcome = evaluate(proposal.compiled, "", "Объект: Склад 5\n", html=False, runner=runner)
    assert outcome.captures == {"object": "Склад 5"}


def test_an_empty_value_is_no_other_field(runner: Runner) -> None:
    marks = [Mark("object", "Склад"), Mark("work_type", "Ремонт")]
    proposal = propose("Объект: Склад\nРабота: Ремонт\n", marks, html=False, runner=runner)
    outcome = evaluate(proposal.compiled, "", "Объект: \nРабота: Уборка\n", html=False, runner=runner)
    assert outcome.captures == {"object": "", "work_type": "Уборка"}


def test_a_link_at_the_beginning_of_a_value_belongs_to_it(runner: Runner) -> None:
    source = "Описание: <a href='https://x.example/1'>тут</a> течёт<br>"
    proposal = propose(source, [Mark("description", "тут течёт")], html=True, runner=runner)
    assert proposal.found[0].value == "тут (https://x.example/1) течёт"
    outcome = evaluate(proposal.compiled, "", "Описание: просто течёт<br>", html=True, runner=runner)
    assert outcome.captures == {"description": "просто течёт"}
    again = propose(source, [Mark("description", proposal.found[0].value)], html=True, runner=runner)
    assert again.pattern == proposal.pattern


def test_of_several_places_the_labelled_one_counts_or_the_one_that_is_named(runner: Runner) -> None:
    source = "Пишем про Склад снова.\nОбъект: Склад\n"
    places = [
        propose(source, [Mark("object", "Склад", number)], html=False, runner=runner).found[0].start
        for number in (None, 1, 2)
    ]
    assert places == [source.rindex("Склад"), source.index("Склад"), source.rindex("Склад")]


def test_marks_of_one_text_take_different_places(runner: Runner) -> None:
    source = "Простой: нет\nКритический: нет\n"
    marks = [Mark("criticality", "нет", 2), Mark("custom_floor", "нет")]
    proposal = propose(source, marks, html=False, runner=runner, known=FLOOR)
    assert [one.target for one in proposal.found] == ["custom_floor", "criticality"]
    assert proposal.pattern.startswith(r"Простой:[ \t]*(?<custom_floor>.*)")


def test_values_between_which_no_label_stands_follow_each_other(runner: Runner) -> None:
    comment = f"<!--{'x' * 200}-->"
    source = f"Номер: 5<br>{comment}<b>Склад</b>, <i>Ремонт</i><br>"
    marks = [Mark("external_number", "5"), Mark("object", "Склад"), Mark("work_type", "Ремонт")]
    assert propose(source, marks, html=True, runner=runner).pattern == (
        r"Номер:\s*(?<taskNumber>\d+)<br[^<>]*>((.|\n)*?)"
        r"<b>\s*(?<object>(.|\n)*?)</b>,\s*<i>(?<workType>(.|\n)*?)<br[^<>]*>"
    )


def test_what_nothing_tells_from_its_surroundings_is_refused(runner: Runner) -> None:
    with pytest.raises(MarkError, match="nothing before the value tells it from other text"):
        propose("5 " * 3_000, [Mark("external_number", "5", 900)], html=False, runner=runner)
    with pytest.raises(MarkError, match="nothing behind the value shows where it ends"):
        propose("да " * 300, [Mark("object", "да " * 120, 1)], html=False, runner=runner)


def test_a_value_past_what_is_searched_is_refused() -> None:
    with Runner(RunLimits(body_chars=100)) as short, pytest.raises(MarkError, match="past what is searched"):
        propose(" " * 200 + "номер 5", [Mark("external_number", "5")], html=False, runner=short)


def test_too_many_words_for_one_pattern_are_refused(runner: Runner) -> None:
    known = BUILT_IN | {f"custom_{'x' * 90}{number}" for number in range(50)}
    marks = [Mark(f"custom_{'x' * 90}{number}", f"a{number}") for number in range(50)]
    source = "".join(f"Очень длинная метка поля{number}: a{number}\n" for number in range(50))
    with pytest.raises(UserError, match="too long"):
        propose(source, marks, html=False, runner=runner, known=known)


def test_ten_marks_in_two_megabytes_take_little_time(runner: Runner) -> None:
    filler = "<b>Имя</b>: значение &laquo;x&raquo;<br>\n" * 24_000
    targets = sorted(BUILT_IN)[:10]
    lines = "".join(f"<b>Поле {target}</b>: зн {target} &amp; да<br>\n" for target in targets)
    source = filler + lines + filler
    started = time.process_time()
    proposal = propose(source, [Mark(target, f"зн {target} & да") for target in targets], html=True, runner=runner)
    assert time.process_time() - started < 10
    assert len(proposal.found) == 10


@pytest.mark.parametrize(
    "piece", ["<a ", "<td ", "<script>", "<!--", "<a '", "&", "<", " ", "\n", "a ", "5", "1:", "<td>5</td>", "&nbsp;"]
)
@pytest.mark.parametrize("html", [True, False])
def test_hostile_samples_cost_bounded_time(runner: Runner, piece: str, html: bool) -> None:
    source = f"Номер: 77 {piece * (50_000 // len(piece))} конец 88"
    started = time.process_time()
    for text in ("77", "88"):
        with suppress(UserError):
            propose(source, [Mark("external_number", text)], html=html, runner=runner)
    assert time.process_time() - started < 2


def test_an_outcome_says_what_was_read(runner: Runner) -> None:
    rule = compile_pattern(r"номер (?<taskNumber>\d+)((.|\n)*)Описание: (?<description>(.|\n)*)")
    right = evaluate(rule, "right", "номер 5 Описание: a\n b ", html=False, runner=runner)
    assert (right.sample, right.matched) == ("right", True)
    assert right.captures == {"external_number": "5", "description": "a\nb"}
    none = evaluate(rule, "none", "ничего", html=False, runner=runner)
    assert (none.matched, dict(none.captures)) == (False, {})


def test_an_outcome_says_that_a_pattern_ran_away() -> None:
    with Runner(RunLimits(seconds=0.05)) as quick:
        outcome = evaluate(compile_pattern(r"(a|aa)+$"), "", "a" * 3_000 + "!", html=False, runner=quick)
    assert (outcome.matched, outcome.failure) == (False, Failure.TIMEOUT)
