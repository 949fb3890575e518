"""Work that was put off is done in order, by one thread, which ends when there is none left."""

import threading
from functools import partial

import pytest

from parse.later import Later
from tests.support.waiting import wait_for


def alive(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_work_is_done_in_order_and_the_thread_ends() -> None:
    later, done = Later("ordered"), list[int]()
    for number in range(50):
        assert later.put(number, partial(done.append, number))
    wait_for(lambda: len(done) == 50 and not alive("ordered"), 30, "all of the work")
    assert done == list(range(50))
    assert later.put("again", lambda: done.append(50))
    wait_for(lambda: len(done) == 51, 30, "a new thread's work")


def test_what_waits_already_is_not_taken_twice_nor_more_than_allowed() -> None:
    later, go, done = Later("full", most=2), threading.Event(), []
    assert later.put("under way", lambda: done.append(go.wait(10)))
    assert later.put("waiting", lambda: done.append(True))
    assert not later.put("under way", lambda: done.append(False))
    assert not later.put("waiting", lambda: done.append(False))
    assert not later.put("one more", lambda: done.append(False))
    go.set()
    wait_for(lambda: not alive("full"), 30, "the thread's end")
    assert done == [True, True]
    assert later.put("waiting", lambda: done.append(True))
    wait_for(lambda: len(done) == 3, 30, "what was refused before")


def test_work_that_fails_takes_no_other_along() -> None:
    later, done = Later("failing"), []

    def fail() -> None:
        raise OSError

    later.put("bad", fail)
    later.put("good", lambda: done.append(True))
    wait_for(lambda: done == [True], 30, "the work after it")


def test_a_thread_that_is_not_to_be_had_stops_the_work_for_now_only(monkeypatch: pytest.MonkeyPatch) -> None:
    later, done = Later("late"), list[bool]()

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert not later.put("work", lambda: done.append(False))
    assert later.put("work", lambda: done.append(True))
    wait_for(lambda: done == [True], 30, "the work, once there are threads again")
