"""``postroom watch`` takes new mail within seconds over IMAP IDLE, follows the catalogue and survives trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from imap_tools.idle import IdleManager

from backbone.runtime import Runtime
from ingest import service, watch
from tests.support.bad_imap import polite, serving
from tests.support.mailboxes import Mailbox
from tests.support.mails import make
from tests.support.runtimes import add_mailbox, change_mailbox, count, mails, own_settings, runtime
from tests.support.waiting import wait_for

SECONDS = 30


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(watch, "PAUSE", 0.5)
    with runtime(tmp_path, postgres_url) as made:
        yield made


@contextmanager
def watching(opened: Runtime) -> Iterator[threading.Thread]:
    stopping = threading.Event()
    thread = threading.Thread(target=watch.run, args=(opened, stopping))
    thread.start()
    try:
        yield thread
    finally:
        stopping.set()
        thread.join(SECONDS)
        assert not thread.is_alive()
        left = [one.name for one in threading.enumerate() if one.name.startswith("watch-")]
        assert left == []


def holds(opened: Runtime, wanted: int) -> bool:
    return count(opened) == wanted


def idling() -> int:
    return sum(one.name.startswith("watch-") for one in threading.enumerate())


def test_new_mail_is_taken_at_once(opened: Runtime, mailbox_factory: Callable[[], Mailbox]) -> None:
    boxes = [mailbox_factory() for _ in range(3)]
    boxes[0].append([make("plain_ru", 0, boxes[0].address)])
    for box in boxes:
        add_mailbox(opened, box)
    with watching(opened):
        wait_for(lambda: count(opened) == 1, SECONDS, "the mail that was there before")
        for number in range(1, 4):
            for box in boxes:
                box.append([make("plain_ru", number, box.address)])
            wait_for(partial(holds, opened, 1 + 3 * number), SECONDS, f"round {number} of new mails")
    assert [box.unseen() for box in boxes] == [0, 0, 0]


def test_mail_that_comes_between_a_look_and_the_waiting_is_not_forgotten(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = IdleManager.start
    came = iter(range(1, 4))

    def come_and_start(idle: IdleManager) -> object:
        number = next(came, None)
        if number:
            mailbox.append([make("plain_ru", number, mailbox.address)])
        return start(idle)  # type: ignore[no-untyped-call]  # the library has no types here

    monkeypatch.setattr(IdleManager, "start", come_and_start)
    add_mailbox(opened, mailbox)
    with watching(opened):
        wait_for(lambda: count(opened) == 3, SECONDS, "the mails that came in between")


def test_mailboxes_are_followed_as_they_are_added_changed_and_switched_off(
    opened: Runtime, mailbox_factory: Callable[[], Mailbox]
) -> None:
    one, other = mailbox_factory(), mailbox_factory()
    with watching(opened):
        first = add_mailbox(opened, one, enabled=False)
        second = add_mailbox(opened, other)
        one.append([make("plain_ru", 1, one.address)])
        other.append([make("plain_ru", 2, other.address)])
        wait_for(lambda: count(opened) == 1, SECONDS, "the mail of the mailbox that is on")
        assert idling() == 1
        change_mailbox(opened, first, enabled=True)
        wait_for(lambda: count(opened) == 2, SECONDS, "the mail of the mailbox switched on")
        change_mailbox(opened, second, enabled=False)
        wait_for(lambda: idling() == 1, SECONDS, "the end of the watch over a mailbox switched off")
        other.append([make("plain_ru", 3, other.address)])
        one.append([make("plain_ru", 4, one.address)])
        wait_for(lambda: count(opened) == 3, SECONDS, "the mail of the mailbox that stayed on")
    assert other.unseen() == 1


def test_a_bug_or_a_bad_server_ends_no_watch(
    opened: Runtime, mailbox_factory: Callable[[], Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = mailbox_factory(), mailbox_factory()
    failed = threading.Event()
    fetch = service.fetch

    def fail_once(runtime: Runtime, mailbox_id: int) -> int:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a bug")
        return fetch(runtime, mailbox_id)

    monkeypatch.setattr(service, "fetch", fail_once)
    add_mailbox(opened, bad, imap_port=1)
    add_mailbox(opened, good)
    with watching(opened):
        good.append([make("plain_ru", 1, good.address)])
        wait_for(lambda: count(opened) == 1, SECONDS, "the mail behind the bug")
        assert idling() == 2
    assert failed.is_set()


def test_a_server_in_trouble_is_asked_less_and_less(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    box = add_mailbox(opened, mailbox, imap_port=1, poll_seconds=60)
    end = threading.Event()

    def remember(seconds: float | None = None) -> bool:
        pauses.append(round(seconds or 0))
        if len(pauses) == 4:
            end.set()
        return end.is_set()

    monkeypatch.setattr(end, "wait", remember)
    with opened.database.reading() as connection:
        held = opened.catalogue.current(connection).mailboxes[box]
    watch._watch(opened, held, end)  # noqa: SLF001 - one thread's work, without its thread
    assert pauses == [60, 120, 240, 480]


def test_a_server_without_idle_is_looked_at_as_often_as_set(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(tag: str, command: str) -> str:
        asked.append(command)
        if command.startswith("STATUS"):
            return f'* STATUS "INBOX" (UIDVALIDITY 1 UIDNEXT 1 UNSEEN 0)\r\n{tag} OK done\r\n'
        return f"* SEARCH\r\n{tag} OK done\r\n" if "SEARCH" in command else polite(tag, command)

    own_settings(monkeypatch, timeout=5)
    with serving(answer) as port:
        add_mailbox(opened, mailbox, imap_port=port, imap_security="none", poll_seconds=1)
        with watching(opened):
            wait_for(lambda: sum("SEARCH" in one for one in asked) >= 3, SECONDS, "three looks")
    assert not any(one.startswith("IDLE") for one in asked)
    assert mails(opened) == []
