"""The corpora that others made, where they stand beside the repository: shared/corpus is data for judging, not ours.

Expected values of the Stalwart suite are compared with sense: where they hold U+FFFD or undecoded uuencode, its authors
gave up and we need not.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from backbone.contracts import ParsedMail
from parse.reader import ReadMail, read_mail

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus" / "mime"
LEAST_SHARE_RIGHT = 0.99


def test_corpus_is_there_in_ci() -> None:
    if not CORPUS.is_dir():
        assert not os.environ.get("CI"), f"{CORPUS} is absent, and CI is set"
        pytest.skip(f"{CORPUS} is absent")


def test_every_message_is_read_without_failure() -> None:
    messages = sorted([*CORPUS.rglob("*.eml"), *CORPUS.rglob("*.msg")])
    if not messages:
        pytest.skip(f"{CORPUS} is absent")
    for path in messages:
        read = read_mail(path.read_bytes())
        assert not [defect for defect in read.parsed.defects if defect.startswith("failed_")], path
        assert read.parsed.level == "full", path
        assert ParsedMail.model_validate_json(read.parsed.model_dump_json(by_alias=True)) == read.parsed, path


def test_fields_agree_with_stalwart() -> None:
    expectations = sorted(CORPUS.glob("stalwart/*/*.json"))
    if not expectations:
        pytest.skip(f"{CORPUS} is absent")
    right = total = 0
    wrong: list[str] = []
    for path in expectations:
        read = read_mail(path.with_suffix(".eml").read_bytes())
        for field, expected, found in _fields(json.loads(path.read_text()), read):
            if not _comparable(expected):
                continue
            total += 1
            right += expected == found
            if expected != found:
                wrong.append(f"{path.parent.name}/{path.stem} {field}: {found!r:.200} expected {expected!r:.200}")
    assert total > 300
    assert right / total >= LEAST_SHARE_RIGHT, "\n".join(wrong)


def _comparable(expected: Any) -> bool:
    text = expected.decode("latin-1") if isinstance(expected, bytes) else str(expected)
    return "\ufffd" not in text and "begin 6" not in text


def _fields(expected: dict[str, Any], read: ReadMail) -> list[tuple[str, Any, Any]]:
    out: list[tuple[str, Any, Any]] = []
    parsed = read.parsed
    for header in expected["parts"][0]["headers"]:
        name, value = str(header["name"]), header["value"]
        if not isinstance(value, dict):
            continue
        if name == "subject" and "Text" in value:
            out.append((name, value["Text"], parsed.subject))
        elif name == "message_id" and "Text" in value:
            out.append((name, f"<{value['Text']}>", parsed.message_id))
        elif name == "date" and "DateTime" in value:
            out.append((name, _moment(value["DateTime"]), parsed.date))
        elif name in {"from", "to", "cc"} and "List" in value.get("Address", {}):
            found = {"from": (parsed.from_,) if parsed.from_ else (), "to": parsed.to, "cc": parsed.cc}[name]
            people = [(one["name"] or "", one["address"]) for one in value["Address"]["List"] if one["address"]]
            out.append((name, people, [(one.name, one.address) for one in found]))
    text = _bodies(expected, "text_body", "Text")
    if text:
        out.append(("text", _words(text), _words(parsed.text)))
    html = _bodies(expected, "html_body", "Html")
    if html:
        out.append(("html", _words(html), _words(parsed.html or "")))
    return out + _attachments(expected, read)


def _attachments(expected: dict[str, Any], read: ReadMail) -> list[tuple[str, Any, Any]]:
    bodies = [expected["parts"][index]["body"] for index in expected["attachments"]]
    if "begin 6" in str(expected) or len(bodies) != len(read.contents):
        return [("attachments", len(bodies), len(read.contents))] if "begin 6" not in str(expected) else []
    out: list[tuple[str, Any, Any]] = []
    for body, content in zip(bodies, read.contents, strict=True):
        kind, value = next(iter(body.items()))
        if kind in {"Binary", "InlineBinary"}:
            # The expected values were made with line feeds only; a line break is not what is compared.
            text = b"\r\n" in content and b"\0" not in content
            out.append(("bytes", bytes(value), content.replace(b"\r\n", b"\n") if text else content))
    return out


def _moment(value: dict[str, Any]) -> datetime:
    offset = timedelta(hours=value["tz_hour"], minutes=value["tz_minute"]) * (-1 if value["tz_before_gmt"] else 1)
    day = value["year"], value["month"], value["day"]
    return datetime(*day, value["hour"], value["minute"], value["second"], tzinfo=timezone(offset))


def _bodies(expected: dict[str, Any], which: str, kind: str) -> str:
    bodies = (expected["parts"][index]["body"] for index in expected[which])
    return "\n".join(body[kind] for body in bodies if isinstance(body, dict) and kind in body)


def _words(text: str) -> str:
    return " ".join(text.split())
