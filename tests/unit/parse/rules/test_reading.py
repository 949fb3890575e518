import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.rules.reading import Kind, read, tokens


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<b>300</b>434 \r\n\t 925", "300434 925"),
        ("a<br>b<td>c</td><span>d</span>e", "a b c de"),
        ("&laquo;Ёлка&raquo;&nbsp;&#8239;5 &lt;b&gt; &copy", "«Ёлка» 5 <b> ©"),
        ("<head><title>x</title></head>a<style>b</style>c<SCRIPT>'</b>'</Script >d", "acd"),
        ("a<!-- b > c -->d<!DOCTYPE x>e<?xml y?>f", "adef"),
        ("a<i title='x > y'>b</i><i title='>c", "abc"),
        ("a < b & c &unknown; <3", "a < b & c &unknown; <3"),
        ("a<o:p>&nbsp;</o:p>b", "a b"),
        ("a<script>b", "ab"),
        ("", ""),
    ],
)
def test_html_as_it_is_read(source: str, text: str) -> None:
    assert read(source, html=True).text.strip() == text


def test_text_as_it_is_read() -> None:
    assert read("a <b>\r\n\r\n&amp;\xa0c ", html=False).text == "a <b> &amp; c "


@given(st.text(alphabet="ab <>&;/!-'\"=\n#x1\xa0", max_size=40), st.booleans())
def test_tokens_are_the_whole_source_and_lead_back_to_it(source: str, html: bool) -> None:
    found = list(tokens(source, 0, len(source), html=html))
    assert "".join(source[token.start : token.end] for token in found) == source
    reading = read(source, html=html)
    for index, character in enumerate(reading.text):
        start, end = reading.place(index, index + 1)
        if character not in " &<>" and end - start == 1:
            assert source[start] == character


def test_windows_hold_what_is_next_to_a_place() -> None:
    reading = read("<p>a</p><p>b &amp; c</p><p>d</p>", html=True)
    place = reading.source.index("&amp;")
    assert [token.read for token in reading.before(place, 0, 3)] == [" ", "b", " "]
    assert [token.kind for token in reading.after(place, len(reading.source), 2)] == [Kind.ENTITY, Kind.BLANK]
    assert [token.read for token in reading.before(place, place - 2, 9)] == ["b", " "]


@pytest.mark.parametrize(
    "piece", ["<a ", "<script>", "<!--", "<a '", '<a "', "&", "<", " ", "a", "a ", "&#", "</", "<![", "<?"]
)
def test_time_grows_with_the_source_only(piece: str) -> None:
    started = time.process_time()
    read(piece * (100_000 // len(piece)), html=True)
    assert time.process_time() - started < 1.5
