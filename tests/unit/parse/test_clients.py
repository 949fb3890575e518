"""What a person newly wrote is found in the answers of common mail programs, in text and in HTML.

The cases beside this file were written from what the programs emit, before the rules were looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parse.text.html_text import html_to_text
from parse.text.newtext import split_reply

_HERE = Path(__file__).parent


def cases(name: str) -> dict[str, tuple[str, str]]:
    return {one["id"]: (one["body"], one["expected"]) for one in json.loads((_HERE / name).read_text())}


TEXTS = cases("client_texts.json")
PAGES = cases("client_pages.json")
DISCLAIMERS: dict[str, str] = json.loads((_HERE / "client_disclaimers.json").read_text())
PROSE = (
    "Удалите, пожалуйста, старый аккаунт: адресат уволился, письма приходят по ошибке.",
    "Please delete the confidential report that Ann uploaded, and tell the recipient that it was a mistake.",
    "Bitte löschen Sie das Konto von Herrn Braun und informieren Sie den Absender der letzten Meldung darüber.",
    "Merci de supprimer le compte de l'expéditeur Durand, les pièces jointes ne sont plus nécessaires.",
    "Уведомите получателя, что сообщение удалено, и проверьте остальные учётные записи отдела.",
    "Por favor elimine la cuenta del remitente y avise al destinatario de que el pedido no llegó todavía a casa.",
)


@pytest.mark.parametrize("name", TEXTS)
def test_new_text_of_a_plain_answer(name: str) -> None:
    body, expected = TEXTS[name]
    assert split_reply(body).new_text == expected


@pytest.mark.parametrize("name", TEXTS)
def test_kinds_of_line_breaks_do_not_matter(name: str) -> None:
    body, expected = TEXTS[name]
    assert split_reply(body.replace("\n", "\r\n")).new_text == expected


@pytest.mark.parametrize("name", PAGES)
def test_new_text_of_an_html_answer(name: str) -> None:
    html, expected = PAGES[name]
    assert " ".join(split_reply(html_to_text(html), html).new_text.split()) == expected


@pytest.mark.parametrize("language", DISCLAIMERS)
def test_a_disclaimer_goes(language: str) -> None:
    assert split_reply(f"7.2.\n\nTom\n\n{DISCLAIMERS[language]}").new_text == "7.2.\n\nTom"


@pytest.mark.parametrize("text", PROSE)
def test_prose_with_the_words_of_a_disclaimer_stays(text: str) -> None:
    assert split_reply(f"Hello\n\n{text}").new_text == f"Hello\n\n{text}"
