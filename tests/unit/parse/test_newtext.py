"""What is never cut from a text, and what holds for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.text.html_text import html_to_text
from parse.text.newtext import split_reply
from tests.unit.parse.newtext_samples import ATTRIBUTIONS, NEW, QUOTED

KEEP = {
    "wrote in prose": "On Monday he wrote:\nThe printer is fine.\nIt is not.",
    "wrote in prose, quoted": "I asked. He wrote:\n\nthe printer is fine.\n\nIt is not.",
    "date and colon": "12.03.2024, 10:15, сообщение на экране:\nнет бумаги\nБумага есть.",
    "date of a log": "Log:\n2024-03-12 10:15:02 ERROR: disk\n2024-03-12 10:15:03 ERROR: net\nWhat now?",
    "address in prose": "Отправьте 12.03.2024 копию на ivan@example.com:\nакт\nсчёт\nСпасибо",
    "list of senders": "Mails do not come.\nFrom: Ann\nFrom: Bob\nFrom: Carl\nAll of last week.",
    "delivery": "Please move the desk.\nFrom: room 12\nTo: room 15\nThank you.",
    "delivery with a date": "Прошу перевезти стол.\nОт: склад 1\nКому: кабинет 5\nДата: 12.03.2024\nСпасибо.",
    "table rule": "Name  Count\n--\npaper 2\ntoner 1\nPlease send.",
    "two table rules": "Count\n--\npaper 2\n--\ntotal 2",
    "long rule": "Before\n----------\nAfter",
    "rules in pairs": "Log\n=====\nboot\n=====",
    "own quote above": "> Error 0x11b\n\nWhat does this mean?",
    "own quote between": "The screen says\n> Error 0x11b\nWhat does this mean?",
    "quoted message with verb": "Программа пишет:\n> Ошибка 0x11b\nЧто делать?",
    "prompt": "C:\\> ping 10.0.0.1\nno answer\n$ ls > out.txt\nempty",
    "sent in prose": "I have sent from my phone three photos, please look at them.\nAll are blurred.",
    "sent from the office": "Sent from my desk, is much easier than from my phone.",
    "отправлено с ошибкой": "Письмо\nотправлено с ошибкой",
    "отправлено с телефона": "Отправлено с телефона, а письмо не дошло",
    "regards without contacts": "Please help.\n\nBest regards,\nAnn Peters",
    "с уважением без контактов": "Прошу помочь.\n\nС уважением,\nАнна Петрова",
    "confidential in prose": "The letter about the confidential report did not print.",
    "virus in prose": "Антивирус нашёл вирус на моём компьютере, что делать?",
    "markdown": "# Request\n***\nNew disk\n***\nBy: tomorrow",
    "colon at the end": "Нужно:\n1. бумага:\n2. тонер:",
    "dash list": "- one\n- two\n-- three",
    "subject line": "Тема: принтер\nНе печатает с утра.",
    "contacts in the middle": "С уважением относитесь к технике!\n\nМой тел. +7 900 000-00-00\n\nЖду мастера.",
}


@pytest.mark.parametrize("name", KEEP)
def test_nothing_is_cut(name: str) -> None:
    result = split_reply(KEEP[name])
    assert (result.new_text, result.cut_text) == (KEEP[name], "")


@pytest.mark.parametrize(
    "text", [QUOTED, f"{ATTRIBUTIONS['gmail en']}\n{QUOTED}", "-- \nAnn", "--", "> ", ">", "***", "Sent from my iPhone"]
)
def test_never_empty(text: str) -> None:
    assert split_reply(text).new_text.strip()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b\n"])
def test_empty_stays_empty(text: str) -> None:
    assert not split_reply(text).new_text.strip("\u200b\n ")


def test_line_breaks_of_every_kind() -> None:
    assert split_reply(f"One\r\nTwo\rThree\r\n\r\n{QUOTED}\r\n").new_text == "One\nTwo\nThree"


def test_what_is_kept_and_cut_is_all_there_is() -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS['gmail ru']}\n\n{QUOTED}\n\nBelow.\n\n-- \nAnn"
    result = split_reply(text)
    lines = {line.rstrip() for line in text.split("\n") if line.strip()}
    assert lines == {line for line in (result.new_text + "\n" + result.cut_text).split("\n") if line.strip()}


@given(
    st.lists(
        st.sampled_from(
            [
                *("", "text", "> quote", "--", "-- ", "On 1.2.2024 10:10 A <a@b.c> wrote:", "From: a@b.c"),
                *("Sent: 1.2.2024 10:00", "To: x", "Subject: y", "-----Original Message-----", "Sent from my iPhone"),
                *("С уважением,", "+7 900 000-00-00", "<b>", "<blockquote type=cite>", "</blockquote>"),
                *("<div id=appendonsend>", "\ufdd0", "\ufdd1\ufdda", "|", "a> b"),
            ]
        ),
        max_size=14,
    )
)
def test_never_empty_and_never_raises(parts: list[str]) -> None:
    text = "\n".join(parts)
    assert bool(split_reply(text).new_text.strip()) == bool(text.strip())
    html = "<br>".join(parts)
    shown = html_to_text(html)
    assert bool(split_reply(shown, html).new_text.strip()) == bool(shown.strip())


@given(st.text(), st.text())
def test_any_text_is_taken(text: str, html: str) -> None:
    split_reply(text)
    split_reply(text, html)


@pytest.mark.parametrize(
    "line",
    ["\n", ">\n", "> a\n", " ", "On ", "On\n", "_", "_\n", "x", "1:\n", "From: a\nTo: b\n", "--\n", "a@b.c:\n", "((@"],
)
def test_linear_time(line: str) -> None:
    text = line * (1_000_000 // len(line))
    start = time.process_time()
    split_reply(text)
    assert time.process_time() - start < 3
