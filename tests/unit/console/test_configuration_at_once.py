"""What is tried before it is applied is what will be: the catalogue is read once, and again when it has moved."""

from typing import Any

import pytest
from sqlalchemy import event

from backbone.catalogue import tables
from console.configuration import apply as applying
from console.lab.gate import FailedSamplesError, hold
from tests.support.configurations import Place
from tests.support.house import letter

MAIL = """\
work_types: [Ремонт]
objects: [{name: Склад, work_types: [Ремонт]}]
templates: [{name: Почта, object: Склад, work_type: Ремонт}]
mailboxes:
  - address: help@x.ru
    imap: {host: imap.x.ru, password: "${FIRST}"}
    senders:
      - pattern: "*@customer.example"
        template: Почта
"""
PINNED = f"{MAIL}        samples: [{{file: one.eml}}]\n"
NAMED = f"{MAIL}        name: другое\n"


@pytest.fixture
def place(place: Place) -> Place:
    (place.folder / "one.eml").write_bytes(letter(To="help@x.ru"))
    return place


def test_the_catalogue_is_read_once(place: Place) -> None:
    asked: list[str] = []
    event.listen(place.database.engine, "before_cursor_execute", lambda *about: asked.append(str(about[2])))
    place.apply(PINNED)
    assert sum("FROM mailboxes" in one for one in asked) == 2, "the other is for the ids of what was made"
    place.plan(PINNED)
    assert sum("FROM mailboxes" in one for one in asked) == 3


@pytest.mark.parametrize("other", [NAMED, ""])
def test_samples_are_tried_again_when_another_has_applied(
    place: Place, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    tried: list[Any] = []

    def trying(*about: Any) -> None:
        hold(*about)
        tried.append(about)
        if len(tried) == 1 and other:
            place.apply(other)

    monkeypatch.setattr(applying, "hold", trying)
    if other:
        with pytest.raises(
            FailedSamplesError, match=r"makes no ticket by this rule: open by \*@customer\.example → др"
        ):
            place.apply(PINNED)
    else:
        place.apply(PINNED)
    assert len(tried) == (2 if other else 1)
    assert place.count(tables.sender_rules) == 1
