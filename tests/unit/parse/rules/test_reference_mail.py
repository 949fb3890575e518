"""The mail that another company's system sends, and a rule in its administrators' own style (reference.md)."""

import pytest

from parse.rules.patterns import compile_pattern
from parse.rules.runner import Runner
from parse.rules.values import one_line, plain_value

LABELS = {
    "Дата создания": "03.03.2023 08:32:36",
    "Крайний срок": "03.05.2023 08:32:36",
    "Расположение": "ТЦ &laquo;Ромашка&raquo;, 2&nbsp;этаж",
    "Почтовый адрес": "Москва, ул. Лесная, 5",
    "Контакты": "Иванов И. И., +7 900 000-00-00",
    "Пользователь": "sznp",
    "Простой": "нет",
    "Критический": "нет",
    "Норматив": "61 д. 0 ч. 0 м.",
    "Статус": "04. В работе",
    "Краткое описание": "Не&nbsp;работает <i>кондиционер</i>",
}
HTML_RULE = (
    r"(назначена заявка номер .*)([\"|\']>)(?<taskNumber>[\d]*)((.|\n)*)"
    r"(<b>)(Крайний срок)(</b>: )(?<taskDeadline>.*?)(<br[/]?>)((.|\n)*)"
    r"(<b>)(Расположение)(</b>: )(?<object>.*?)(<br[/]?>)((.|\n)*)"
    r"(<b>)(Краткое описание)(</b>: )(?<description>.*?)(<br[/]?>)((.|\n)*)"
)
TEXT_RULE = (
    r"назначена заявка номер (?<taskNumber>\d+)((.|\n)*)Крайний срок: (?<taskDeadline>.*?)\r?\n((.|\n)*)"
    r"Расположение: (?<object>.*?)\r?\n((.|\n)*)Краткое описание: (?<description>.*?)\r?\n"
)
FIELDS = {
    "external_number": "300434925",
    "deadline": "03.05.2023 08:32:36",
    "object": "ТЦ «Ромашка», 2 этаж",
    "description": "Не работает кондиционер",
}
NEEDED = ("Крайний срок", "Расположение", "Краткое описание")


def html_mail(without: str = "") -> str:
    lines = "".join(f"<b>{label}</b>: {value}<br/>\r\n" for label, value in LABELS.items() if label != without)
    greeting = "Здравствуйте!<br>\r\nВам назначена заявка номер <a href='https://desk.example/300434925'>300434925</a>"
    return f"<html><body>{greeting} (sznp).<br/>\r\n{lines}</body></html>"


def text_mail(without: str = "") -> str:
    lines = "".join(f"{label}: {one_line(value, html=True)}\r\n" for label, value in LABELS.items() if label != without)
    text = f"Здравствуйте!\r\n\r\nВам назначена заявка номер 300434925 (sznp).\r\n{lines}"
    return text.encode("cp1251").decode("cp1251")


MAILS = pytest.mark.parametrize(
    ("rule", "mail"), [(HTML_RULE, html_mail), (TEXT_RULE, text_mail)], ids=["html", "text"]
)


@MAILS
def test_its_fields_are_read(rule: str, mail: object) -> None:
    assert callable(mail)
    with Runner() as runner:
        result = runner.run(compile_pattern(rule), mail())
    values = {target: plain_value(text, html=mail is html_mail) for target, text in result.captures.items()}
    assert result.matched
    assert values == FIELDS
    assert {target: mail()[slice(*span)] for target, span in result.spans.items()} == dict(result.captures)


@MAILS
@pytest.mark.parametrize("label", LABELS)
def test_it_matches_without_the_labels_that_the_rule_does_not_name(rule: str, mail: object, label: str) -> None:
    assert callable(mail)
    with Runner() as runner:
        result = runner.run(compile_pattern(rule), mail(label))
    assert result.matched is (label not in NEEDED)
    assert result.failure is None
