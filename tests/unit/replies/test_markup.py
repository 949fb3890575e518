"""Text as HTML: nothing but web addresses becomes anything."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.markup import linked, web_address


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://a.example.", ["https://a.example"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("«https://a.example/путь?q=1&b=2», да", ["https://a.example/путь?q=1&b=2"]),
        ("HTTP://A.example/x, https://b.example/!", ["HTTP://A.example/x", "https://b.example/"]),
        ("https://пример.рф", ["https://пример.рф"]),
        ("*https://a.example/x*", ["https://a.example/x"]),
        ("https://a.example/\u202egnp.exe", ["https://a.example/"]),
        ("javascript://a.example", []),
        ("ftp://a.example file:///etc/passwd", []),
        ("https:// https://. https://-", []),
        ("xhttps://a.example", []),
        ("https://a.example/" + "x" * 3_000, []),
    ],
)
def test_web_addresses_become_links(text: str, links: list[str]) -> None:
    html = linked(text)
    assert [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]*)"', html)] == links


def test_everything_else_is_escaped() -> None:
    html = linked("<b>\nhttps://a.example/\"onclick='x'>&<script>")
    assert "<b>" not in html
    assert "<script" not in html
    assert html.startswith('&lt;b&gt;<br>\n<a href="https://a.example/" ')
    assert '"onclick' not in html


@given(
    st.text()
    | st.lists(st.sampled_from(["https://a", "b.example", "/", "(", ")", '"', "<", "\n", " ", ".", "&"])).map("".join)
)
def test_a_reader_sees_the_same_text(text: str) -> None:
    html = linked(text)
    seen = re.sub(r"<br>\n|</?a(?: [^<>]*)?>", lambda tag: "\n" if tag[0].startswith("<br") else "", html)
    for code, char in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        seen = seen.replace(code, char)
    assert seen.replace("&nbsp;", " ") == re.sub(
        r"^[ \t]+", lambda found: found[0].expandtabs(4)[:40], text, flags=re.MULTILINE
    )


def test_indents_stay() -> None:
    html = linked("- a\n  - b  c\n\t\tcode https://a.example/ d\n" + " " * 60 + "e")
    assert "- a<br>\n&nbsp;&nbsp;- b  c<br>\n" + "&nbsp;" * 8 + "code <a " in html
    assert html.endswith("</a> d<br>\n" + "&nbsp;" * 40 + "e")


@pytest.mark.parametrize(
    "text", ["https://a" + ")" * 100_000, "https://" * 20_000, "https://a" + "(" * 100_000 + ")" * 99_000]
)
def test_long_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    linked(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("javascript:alert(1)", ""),
        ('https://a.example/"x', ""),
        ("", ""),
    ],
)
def test_only_a_web_address_is_a_link_of_ours(url: str, expected: str) -> None:
    assert web_address(url) == expected
