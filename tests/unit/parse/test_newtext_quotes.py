"""New text above, below and between quotes, by the line that each program writes above its quote."""

from __future__ import annotations

import pytest

from parse.text.html_text import html_to_text
from parse.text.newtext import NewText, split_reply
from tests.unit.parse.newtext_samples import ATTRIBUTIONS, NEED_QUOTE, NEW, OLD, QUOTED


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_above(name: str) -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS[name]}\n\n{QUOTED}\n"
    assert split_reply(text) == NewText(NEW, f"{ATTRIBUTIONS[name]}\n\n{QUOTED}", quoted=True)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_glued_above(name: str) -> None:
    assert split_reply(f"It works.\n{ATTRIBUTIONS[name]}\n{QUOTED}").new_text == "It works."


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_below(name: str) -> None:
    assert split_reply(f"{ATTRIBUTIONS[name]}\n{QUOTED}\n\n{NEW}\n").new_text == NEW


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answers_between(name: str) -> None:
    text = f"{ATTRIBUTIONS[name]}\n> Restarted?\nYes, twice.\n\n> Model?\n\nLJ 1020.\n\n> Regards\n"
    assert split_reply(text).new_text == "Yes, twice.\n\nLJ 1020."


@pytest.mark.parametrize(
    "name", [name for name in ATTRIBUTIONS if name not in NEED_QUOTE and "thunderbird" not in name]
)
def test_history_without_quote_signs(name: str) -> None:
    assert split_reply(f"{NEW}\n\n{ATTRIBUTIONS[name]}\n\n{OLD}\n").new_text == NEW


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_attribution_inside_of_the_quote(name: str) -> None:
    inside = "\n".join(f"> {line}" for line in f"{ATTRIBUTIONS[name]}\n\n{OLD}".split("\n"))
    assert split_reply(f"{NEW}\n\n{inside}").new_text == NEW


@pytest.mark.parametrize("name", [name for name in ATTRIBUTIONS if name != "no date"])
def test_html_paragraph_above_a_bare_blockquote(name: str) -> None:
    attribution = ATTRIBUTIONS[name].replace("\n", " ").replace("<", "&lt;").replace(">", "&gt;")
    html = f"<div>It works.</div><div>{attribution}</div><blockquote><div>Restarted?</div></blockquote><p>Thanks</p>"
    assert split_reply(html_to_text(html), html).new_text.split() == ["It", "works.", "Thanks"]


def test_several_levels() -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS['gmail ru']}\n\n> One\n>\n> {ATTRIBUTIONS['gmail de']}\n>\n>> Two\n>>> Three\n"
    assert split_reply(text).new_text == NEW


def test_answer_below_without_quote_signs_is_kept() -> None:
    assert split_reply(f"{ATTRIBUTIONS['gmail en']}\n\n{OLD}").new_text == OLD
