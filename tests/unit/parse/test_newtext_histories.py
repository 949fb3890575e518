"""New text above a mail that is repeated without quote signs: header blocks, and lines that announce a history."""

from __future__ import annotations

import pytest

from parse.text.html_text import html_to_text
from parse.text.newtext import split_reply
from tests.unit.parse.newtext_samples import HEADERS, NEW, OLD, QUOTED

MARKERS = [
    "-----Original Message-----",
    "----- Original Message -----",
    "-------- Original Message --------",
    "---------- Forwarded message ---------",
    "-------- Forwarded Message --------",
    "Begin forwarded message:",
    "-----Исходное сообщение-----",
    "-------- Исходное сообщение --------",
    "-------- Пересылаемое сообщение --------",
    "-------- Перенаправленное сообщение --------",
    "---------- Переслано сообщение ---------",
    "Начало переадресованного сообщения:",
    "-----Оригінальне повідомлення-----",
    "-----Ursprüngliche Nachricht-----",
    "Anfang der weitergeleiteten Nachricht:",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Oryginalna wiadomość-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Opprinnelig melding-----",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "##- Please type your reply above this line -##",
    "## Пожалуйста, пишите ответ выше этой строки ##",
]


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("rule", ["", "________________________________\n", " ------------------------------\n\n"])
def test_outlook_header_block(language: str, rule: str) -> None:
    text = f"{NEW}\n\n{rule}{HEADERS[language]}\n\n{OLD}\n"
    result = split_reply(text)
    assert result.new_text == NEW
    assert result.cut_text.endswith(OLD)
    assert result.quoted


@pytest.mark.parametrize("language", HEADERS)
def test_outlook_html_without_any_class(language: str) -> None:
    block = "<br>".join(line.replace("<", "&lt;").replace(">", "&gt;") for line in HEADERS[language].split("\n"))
    html = f"<p>It works.</p><div><p>{block}</p></div><p>Restarted?</p>"
    assert split_reply(html_to_text(html), html).new_text == "It works."


@pytest.mark.parametrize("marker", MARKERS)
def test_marker(marker: str) -> None:
    assert split_reply(f"{NEW}\n\n{marker}\n{HEADERS['ru']}\n\n{OLD}").new_text == NEW
    assert split_reply(f"{NEW}\n{marker}\n\n{OLD}").new_text == NEW


@pytest.mark.parametrize("marker", [marker for marker in MARKERS if "line" not in marker and "строки" not in marker])
def test_pure_forward_is_kept(marker: str) -> None:
    text = f"{marker}\n{HEADERS['en']}\n\n{OLD}\n\n-- \nHelp Desk"
    result = split_reply(text)
    assert result.new_text == text.replace("-- \n", "--\n")
    assert result.cut_text == ""
    assert result.quoted


def test_pure_forward_below_a_mobile_footer_is_kept() -> None:
    opening = "Начало переадресованного сообщения:"
    text = f"Отправлено с iPhone\n\n{opening}\n\n> От: Служба <a@b.ru>\n> Тема: Принтер\n>\n{QUOTED}"
    assert OLD.partition("\n")[0] in split_reply(text).new_text
