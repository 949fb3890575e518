"""Every mail of tests/corpus is read as the file beside it says: each file names one defect or shape."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backbone.contracts import ParsedMail
from parse.reader import read_mail

CORPUS = Path(__file__).parents[2] / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.eml"))


def agrees(expected: Any, found: Any) -> bool:
    """Compare what is expected; of objects in lists only the keys that are named."""
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(agrees, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(key in found and agrees(value, found[key]) for key, value in expected.items())
    return bool(expected == found)


@pytest.mark.parametrize("name", NAMES)
def test_mail_is_read_as_expected(name: str) -> None:
    expected = json.loads((CORPUS / f"{name}.json").read_text())
    read = read_mail((CORPUS / f"{name}.eml").read_bytes())
    found = json.loads(read.parsed.model_dump_json(by_alias=True))
    for field, value in expected.items():
        assert agrees(value, found[field]), f"{field}: {found[field]!r}, expected {value!r}"
    assert ParsedMail.model_validate(found) == read.parsed
    assert [sha256(content).hexdigest() for content in read.contents] == [a.sha256 for a in read.parsed.attachments]


def test_every_mail_has_its_expectation_and_the_other_way_round() -> None:
    assert NAMES
    assert sorted(path.stem for path in CORPUS.glob("*.json")) == NAMES
    assert {path.suffix for path in CORPUS.iterdir()} == {".eml", ".json"}
