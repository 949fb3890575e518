"""HTML made into text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.text.html_depth import cap_nesting
from parse.text.html_text import html_to_text

CASES = {
    "divs": ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
    "paragraphs": ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
    "outlook": (
        "<p class=MsoNormal>One</p><p class=MsoNormal>Two</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p>Three</p>",
        "One\nTwo\n\nThree",
    ),
    "list": ("<ul><li>One<li>Two</ul><ol><li>A<li>B</ol>", "• One\n  • Two\n  1. A\n  2. B"),
    "table": (
        "<table><tr><td>Room</td><td>305</td></tr><tr><td>Floor</td><td>3</td></tr></table>",
        "Room\t305\nFloor\t3",
    ),
    "table of paragraphs": ("<table><tr><td><p>Room</p></td><td><p>305</p></td></tr></table>", "Room\t305"),
    "link": ("<p>See <a href='http://a.example/x'>here</a>.</p>", "See here (http://a.example/x)."),
    "link that shows its address": ("<a href='http://a.example/'>http://a.example</a>", "http://a.example"),
    "link without its scheme": ("<a href='https://a.example/'>a.example</a>!", "a.example!"),
    "mailto": ("<a href='mailto:a@b.example'>a@b.example</a>", "a@b.example"),
    "anchor": ("<a href='#top'>Up</a> (#3)", "Up"),
    "script link": ("<a href='javascript:void'>Up</a>", "Up"),
    "alternative text": ("<p>Logo <img src=cid:1 alt='North Ltd'></p>", "Logo North Ltd"),
    "pre": ("<pre>a\n  b</pre>", "a\n  b"),
    "hidden": ("<div style='display:none'>no</div><p style='DISPLAY: none'>no</p><p hidden>no</p>yes", "yes"),
    "head": (
        "<html><head><title>no</title><style>p{}</style></head><body>yes<script>no()</script></body></html>",
        "yes",
    ),
    "entities": ("&lt;b&gt; &amp; &nbsp;x", "<b> &  x"),
    "no html": ("just text", "just text"),
    "unclosed": ("<p>One<p>Two<b>bold", "One\n\nTwobold"),
    "nothing": ("", ""),
    "marks in the source": ("a\ufdd0b\ufddac", "abc"),
    "zero byte": ("a\0b", "ab"),
    "lone surrogate": ("a\ud800b", "a?b"),
}


@pytest.mark.parametrize("name", CASES)
def test_text(name: str) -> None:
    html, text = CASES[name]
    assert html_to_text(html) == text


@given(st.text())
def test_any_text_is_taken(html: str) -> None:
    html_to_text(html)


HOSTILE = {
    "divs": "<div>" * 200_000,
    "blockquotes": "<blockquote type=cite>" * 45_000,
    "open formatting": "".join(f"<font color={number}><p>" for number in range(50_000)),
    "formatting in blocks": "".join(f"<b id={number}><i><div>" for number in range(30_000)),
    "attributes": "<div " + "".join(f"a{number}=1 " for number in range(100_000)) + ">x",
    "attributes by slash": "<div" + "".join(f"/a{number}" for number in range(100_000)) + ">x",
    "bare attributes": "<p " + "".join(f"a{number} " for number in range(100_000)) + ">x",
    "tables": "<table><tr><td>" * 60_000,
    "lists": "<ul><li>" * 100_000,
    "brackets": "<" * 1_000_000,
    "entities": "&nbsp;" * 160_000,
    "blanks": "<pre>" + " " * 1_000_000,
    "lines": "<pre>" + "\n" * 1_000_000,
    "links": "<a href=http://x>k</a>" * 45_000,
    "word": "x" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bounded_time(name: str) -> None:
    start = time.process_time()
    html_to_text(HOSTILE[name])
    assert time.process_time() - start < 3


def test_long_mail_keeps_all_of_its_paragraphs() -> None:
    html = "".join(f"<p>{number}" for number in range(2_000))
    assert html_to_text(html).split() == [str(number) for number in range(2_000)]


def test_nesting_is_capped_without_loss_of_text() -> None:
    html = "".join(f"<div>{number} " for number in range(5_000)) + "</div>" * 5_000 + "<p>end</p>"
    assert cap_nesting(html).count("<div") <= 120
    assert html_to_text(html).split()[-1] == "end"
    assert len(html_to_text(html).split()) == 5_001


def test_a_named_place_is_no_link() -> None:
    assert html_to_text('see <a name="x">text</a> and <A ID=y>more</A>') == "see text and more"
    assert html_to_text('<a name="x" href="https://example.com/a">there</a>') == "there (https://example.com/a)"
