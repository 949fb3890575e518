"""Each limit has its defect and its rung of the ladder, loses nothing, and can be set; a bad setting is named."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from backbone import settings
from backbone.errors import UserError
from parse.limits import MAX_HTML_DEPTH, Limits
from parse.reader import read_mail
from parse.rules.runner import LEAST_MEMORY, RunLimits
from parse.settings import ParseSettings
from tests.unit.parse.hostile_shapes import HEAD, HTML, MIXED, nested

TWO_PARTS = MIXED + b"--b\n\nfirst part\nis long\n--b\n\nsecond\n--b--\n"
MANY = HEAD + b"To: " + b"a@b.c, " * 20 + b"\n\nx"
PAGE = HTML + b"<div>" * 9 + b"<p>word &lt; other</p>" * 50

MET: dict[str, tuple[bytes, Any, str | None, str]] = {
    "message_bytes": (TWO_PARTS, 100, "message_too_large", "headers"),
    "header_bytes": (TWO_PARTS, 60, "header_too_large", "text"),
    "parts": (MIXED + b"--b\n\nhello\n" * 20, 10, "too_many_parts", "text"),
    "depth": (nested(30), 10, "too_deep", "text"),
    "decoded_bytes": (TWO_PARTS, 5, "decoded_too_large", "text"),
    "body_bytes": (TWO_PARTS, 10, "text_too_large", "text"),
    "text_chars": (TWO_PARTS, 10, "text_too_large", "text"),
    "html_chars": (PAGE, 110, "html_too_large", "text"),
    "html_depth": (PAGE, 5, "html_too_deep", "full"),
    "html_entities": (PAGE, 20, "html_too_many_entities", "text"),
    "seconds": (TWO_PARTS, 1e-9, "too_slow", "text"),
    "addresses": (MANY, 7, None, "full"),
}
"""For each limit a mail, a value that it exceeds, the defect and the level that follow."""


def test_every_limit_has_its_case() -> None:
    assert [one.name for one in fields(Limits)] == list(MET)


@pytest.mark.parametrize("name", MET)
def test_a_limit_met_has_its_defect_and_keeps_the_raw_mail(name: str) -> None:
    raw, value, defect, level = MET[name]
    read = read_mail(raw, replace(Limits(), **{name: value}))
    assert defect is None or defect in read.parsed.defects
    assert read.parsed.level == level
    assert level == "full" or read.contents[-1] == raw
    assert level == "full" or read.parsed.attachments[-1].content_type == "message/rfc822"
    assert read_mail(raw).parsed.level == "full"


@pytest.mark.parametrize("name", MET)
def test_a_limit_can_be_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"POSTROOM_PARSE_LIMITS__{name.upper()}", "17")
    assert settings.load(ParseSettings).limits == replace(Limits(), **{name: 17})


@pytest.mark.parametrize("name", [one.name for one in fields(RunLimits)])
def test_a_limit_of_patterns_can_be_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = 17 * LEAST_MEMORY if name == "memory_bytes" else 17
    monkeypatch.setenv(f"POSTROOM_PARSE_RULES__{name.upper()}", str(value))
    assert settings.load(ParseSettings).rules == replace(RunLimits(), **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LIMITS__PARTS", "many", "Input should be a valid integer, unable to parse string as an integer"),
        ("LIMITS__PARTS", "0", "Input should be greater than or equal to 1"),
        ("LIMITS__SECONDS", "-1", "Input should be greater than 0"),
        ("LIMITS__HTML_DEPTH", "121", f"Input should be less than or equal to {MAX_HTML_DEPTH}"),
        ("LIMITS__SECOND", "1", "there is no such limit (parse/limits.py)"),
        ("RULES__SECONDS", "0", "Input should be greater than 0"),
        ("RULES__MAIL_SECONDS", "inf", "Input should be a finite number"),
        ("RULES__PATTERN_CHARS", "4001", "Input should be less than or equal to 4000"),
        ("RULES__MEMORY", "1", "there is no such limit (parse/rules/runner.py)"),
    ],
)
def test_a_limit_that_cannot_be_used_is_named(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"POSTROOM_PARSE_{name}", value)
    with pytest.raises(UserError) as refused:
        settings.load(ParseSettings)
    assert str(refused.value) == f"Settings cannot be used: POSTROOM_PARSE_{name}: {sentence}."


def test_too_many_parts_are_read_up_to_the_limit() -> None:
    read = read_mail(MET["parts"][0], Limits(parts=10))
    assert read.parsed.text.count("hello") == 10


def test_a_mail_that_is_too_large_gets_its_header_read() -> None:
    parsed = read_mail(TWO_PARTS, Limits(message_bytes=100)).parsed
    assert (parsed.subject, parsed.text) == ("Test", "")


def test_html_over_its_limit_is_cut() -> None:
    assert len(read_mail(PAGE, Limits(html_chars=110)).parsed.html or "") == 110


def test_html_that_is_too_deep_keeps_its_text() -> None:
    read = read_mail(PAGE, Limits(html_depth=5))
    assert read.parsed.text.count("word") == 50
    assert (read.parsed.safe_html or "").count("<div>") == 5
    assert (read_mail(PAGE).parsed.safe_html or "").count("<div>") == 9


def test_ampersands_and_spaces_as_entities_do_not_count() -> None:
    page = HTML + b"<p>this &amp; that & so&nbsp;on</p>" * 3_000
    parsed = read_mail(page, Limits(html_entities=10)).parsed
    assert parsed.defects == ()
    assert (parsed.safe_html or "").startswith("<p>this &amp; that &amp; so&nbsp;on</p>")


def test_addresses_over_their_limit_are_left_out() -> None:
    assert len(read_mail(MANY, Limits(addresses=7)).parsed.to) == 7
