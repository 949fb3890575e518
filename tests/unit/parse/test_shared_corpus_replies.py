"""Reply extraction against the corpora of other projects, which live outside of this repository."""

from __future__ import annotations

import email
import json
import os
from email import policy
from pathlib import Path

import pytest

from parse.text.html_text import html_to_text
from parse.text.newtext import split_reply

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "replies"

if not CORPUS.is_dir():
    if os.environ.get("CI"):
        pytest.fail(f"the shared corpus is missing: {CORPUS}", pytrace=False)
    pytest.skip(f"the shared corpus is not here: {CORPUS}", allow_module_level=True)


def folded(text: str) -> str:
    return " ".join(text.split())


def new_text_of_html(html: str) -> str:
    return split_reply(html_to_text(html), html).new_text


def russian(name: str) -> list[tuple[str, str, str]]:
    cases = json.loads((CORPUS / "ru" / f"{name}.json").read_text())
    return [(case["id"], case["body"], case["expected"]) for case in cases]


def test_trimmer() -> None:
    wrong = []
    files = sorted((CORPUS / "trimmer").glob("*.expected.txt"))
    for expected in files:
        text = expected.with_name(expected.name.replace(".expected", "")).read_text()
        if split_reply(text).new_text != expected.read_text().strip("\n"):
            wrong.append(expected.name)
    assert len(files) - len(wrong) >= 29, wrong


@pytest.mark.parametrize("path", sorted((CORPUS / "talon" / "html_replies").glob("*.html")), ids=lambda path: path.stem)
def test_talon_html(path: Path) -> None:
    assert folded(new_text_of_html(path.read_text(errors="replace"))) == "Hi. I am fine. Thanks, Alex"


@pytest.mark.parametrize("path", sorted((CORPUS / "talon" / "standard_replies").iterdir()), ids=lambda path: path.name)
def test_talon_text(path: Path) -> None:
    if path.suffix != ".eml":
        assert split_reply(path.read_text()).new_text == "Hello"
        return
    mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    bodies = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (body.get_content() if body is not None else None for body in bodies.values())
    assert text is not None
    assert split_reply(text).new_text == "Hello"
    assert split_reply(text, html).new_text == "Hello"
    if html is not None:
        assert folded(new_text_of_html(html)) in {"Hello", "Allo! Follow up MIME!"}


@pytest.mark.parametrize(("body", "expected"), [pytest.param(*case, id=name) for name, *case in russian("text")])
def test_russian_text(body: str, expected: str) -> None:
    assert split_reply(body).new_text == expected


@pytest.mark.parametrize(("body", "expected"), [pytest.param(*case, id=name) for name, *case in russian("html")])
def test_russian_html(body: str, expected: str) -> None:
    assert folded(new_text_of_html(body)) == folded(expected)


@pytest.mark.parametrize(("body", "expected"), [pytest.param(*case, id=name) for name, *case in russian("keep-whole")])
def test_russian_keep_whole(body: str, expected: str) -> None:
    result = split_reply(body)
    assert (result.new_text, result.cut_text) == (expected.strip(), "")


WRITTEN_LINES = {
    "correct_sig": "this is an email with a correct -- signature.",
    "delimiters": "But there should be no delimiter after this line",
    "email_1_1": "I am currently using the Java HTTP API.",
    "email_1_2": "You can list the keys for the bucket and call delete for each. Or if you",
    "email_1_3": "Having the function would be great.",
    "email_1_5": "for a while.",
    "email_1_8": "and under this.",
    "email_bullets": "   - and another",
    "email_headers_5": "//Jef",
    "email_one_is_not_on": "Locally (on development), when I run...",
    "email_partial_quote_header": "     telnet 127.0.0.1 52698",
    "email_sent_from_my_not_signature": "Sent from my desk, is much easier then my mobile phone.",
    "email_sig_delimiter_in_middle_of_line": "kthxbai",
    "embedded_email_1": "This is before the embedded email.",
    "embedded_email_17": "This is not tested, but it may be possible to do this, too:",
    "embedded_email_19": "—Ryan",
    "embedded_email_7": "embedded email.",
    "embedded_email_swedish": "It was a pleasure to support this event.",
    "forwarded_message": "This is a forwarded email. And just that.",
    "pathological": "get back to a computer.",
    "quote_and_text": "And this is some text.",
    "retains_spaces_and_formatting": "    - Item #2",
    "strip": "Strip leading and trailing empty lines.",
}


@pytest.mark.parametrize("name", WRITTEN_LINES)
def test_zapier_loses_no_written_line(name: str) -> None:
    lines = split_reply((CORPUS / "zapier" / f"{name}.txt").read_text()).new_text.split("\n")
    assert WRITTEN_LINES[name] in lines


@pytest.mark.parametrize("path", sorted((CORPUS / "zapier").glob("*.txt")), ids=lambda path: path.stem)
def test_zapier_loses_no_line_at_all(path: Path) -> None:
    text = path.read_text()
    result = split_reply(text)
    assert result.new_text.strip()
    kept_and_cut = {folded(line) for line in f"{result.new_text}\n{result.cut_text}".split("\n")}
    assert {folded(line) for line in text.split("\n") if line.strip()} <= kept_and_cut
