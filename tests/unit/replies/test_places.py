"""Places at servers: a quick one has all it may, one that nothing is known of is tried out, slow ones share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from replies import places
from replies.places import NoPlaceError, Places

NEVER = 1000.0
AT_ONCE = -1.0
"""After so many seconds a server counts as slow: as soon as somebody talks to it."""


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.05)


def at(
    found: Places, server: str, *, most: int = 4, slow_most: int = 2, slow_after: float = NEVER
) -> AbstractContextManager[None]:
    return found.taken(server, most=most, slow_most=slow_most, slow_after=slow_after)


def known(found: Places, server: str) -> None:
    with at(found, server):
        pass


def test_a_quick_server_has_as_many_places_as_it_may(held: ExitStack) -> None:
    found = Places()
    known(found, "a")
    for _ in range(4):
        held.enter_context(at(found, "a"))
    with pytest.raises(NoPlaceError), at(found, "a"):
        pass
    known(found, "b")


def test_a_server_that_nothing_is_known_of_is_tried_out_by_one(held: ExitStack) -> None:
    found = Places()
    held.enter_context(at(found, "a"))
    with pytest.raises(NoPlaceError), at(found, "a"):
        pass
    held.enter_context(at(found, "b"))


def test_slow_servers_share_their_places(held: ExitStack) -> None:
    found = Places()
    for server in "abc":
        with at(found, server, slow_after=AT_ONCE):
            pass
    held.enter_context(at(found, "a", slow_after=AT_ONCE))
    held.enter_context(at(found, "b", slow_after=AT_ONCE))
    for server in "abc":
        with pytest.raises(NoPlaceError), at(found, server, slow_after=AT_ONCE):
            pass
    held.enter_context(at(found, "quick"))


def test_a_server_becomes_slow_while_somebody_waits_for_it(held: ExitStack) -> None:
    found = Places()
    known(found, "a")
    held.enter_context(at(found, "a"))
    held.enter_context(at(found, "a", slow_most=1))
    with pytest.raises(NoPlaceError), at(found, "a", slow_most=2, slow_after=AT_ONCE):
        pass


def test_a_slow_server_that_is_quick_again_has_all_its_places(held: ExitStack) -> None:
    found = Places()
    with at(found, "a", slow_after=AT_ONCE):
        pass
    known(found, "a")
    for _ in range(4):
        held.enter_context(at(found, "a"))


def test_what_was_known_long_ago_counts_no_more(held: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Places()
    known(found, "a")
    monkeypatch.setattr(places, "MEMORY", 0.0)
    held.enter_context(at(found, "a"))
    with pytest.raises(NoPlaceError), at(found, "a"):
        pass


def test_a_place_that_becomes_free_is_taken_by_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 30.0)
    found = Places()
    first = at(found, "a", most=1)
    first.__enter__()
    done = threading.Event()

    def second() -> None:
        with at(found, "a", most=1):
            done.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not done.wait(0.05)
    first.__exit__(None, None, None)
    assert done.wait(10)
    waiting.join()
