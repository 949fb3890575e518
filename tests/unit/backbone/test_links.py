"""A signed link says what was put into it, for its own purpose, until it expires; altered it says nothing."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backbone import links

KEYS = (b"k" * 32, b"former key" * 4)
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
MADE = links.make(KEYS, "register", {"address": "иван@customer.example", "mailbox": 3}, LATER)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=100) | st.integers(), max_size=5))
def test_what_is_put_in_comes_out(payload: dict[str, str | int]) -> None:
    assert links.read(KEYS, "register", links.make(KEYS, "register", payload, LATER), NOW) == payload


def test_it_is_for_one_purpose_until_it_expires() -> None:
    assert links.read(KEYS, "register", MADE, NOW) == {"address": "иван@customer.example", "mailbox": 3}
    assert links.read(KEYS, "file", MADE, NOW) is None
    assert links.read(KEYS, "register", MADE, LATER - timedelta(seconds=1)) is not None
    assert links.read(KEYS, "register", MADE, LATER) is None


@given(st.data())
def test_no_character_can_be_changed_added_or_taken_away(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(MADE) - 1))
    other = data.draw(st.sampled_from([one for one in string.printable + "я" if one != MADE[place]]))
    assert links.read(KEYS, "register", MADE[:place] + other + MADE[place + 1 :], NOW) is None
    assert links.read(KEYS, "register", MADE[:place] + MADE[place + 1 :], NOW) is None
    assert links.read(KEYS, "register", MADE[:place] + "A" + MADE[place:], NOW) is None


def test_the_former_key_opens_until_it_is_dropped() -> None:
    old = links.make(KEYS[1:], "register", {"a": 1}, LATER)
    assert links.read(KEYS, "register", old, NOW) == {"a": 1}
    assert links.read(KEYS[:1], "register", old, NOW) is None


def test_it_fits_into_the_path_of_a_url() -> None:
    assert set(MADE) <= set(string.ascii_letters + string.digits + "-_.")


@given(st.text(max_size=50))
def test_anything_else_says_nothing(text: str) -> None:
    assert links.read(KEYS, "register", text, NOW) is None
