"""How handlers end: batches are split, stores are waited for, and what cannot be read is put aside."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from dramatiq import Message, Worker
from dramatiq.brokers.stub import StubBroker

from backbone import metrics, stage
from backbone.blobs import StoreUnavailableError
from backbone.broker import Publisher, open_broker
from backbone.contracts import Event, MailReceived
from backbone.errors import UserError
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings
from tests.support.waiting import wait_for

PHRASE = "secret content"


class Work:
    """Fails on some mails, and remembers everything that it was asked for."""

    def __init__(self, *bad: int, away: bool = False) -> None:
        self.bad = set(bad)
        self.away = away
        self.calls: list[tuple[int, ...]] = []
        self.bugs: dict[int, str] = {}

    def __call__(self, ids: Sequence[int]) -> None:
        self.calls.append(tuple(ids))
        for one in ids:
            if one in self.bad:
                raise StoreUnavailableError if self.away else ValueError(one)

    def record(self, mail_id: int, error: Exception) -> None:
        self.bugs[mail_id] = repr(error)


def test_a_batch_that_goes_well_is_one_piece_of_work() -> None:
    work = Work()
    stage.one_by_one([1, 2, 3], work, work.record)
    assert (work.calls, work.bugs) == ([(1, 2, 3)], {})


def test_bad_mails_take_no_neighbours_along() -> None:
    work = Work(2, 4)
    stage.one_by_one([1, 2, 3, 4], work, work.record)
    assert work.calls == [(1, 2, 3, 4), (1,), (2,), (3,), (4,)]
    assert work.bugs == {2: "ValueError(2)", 4: "ValueError(4)"}


@pytest.mark.parametrize("ids", [[1], [1, 2]])
def test_a_store_that_is_away_is_no_fault_of_a_mail(ids: list[int]) -> None:
    work = Work(1, away=True)
    with pytest.raises(StoreUnavailableError):
        stage.one_by_one(ids, work, work.record)
    assert work.bugs == {}
    assert len(work.calls) == 1


class Handler:
    """A handler of ``mail.received`` that raises what it is told to, in turn."""

    def __init__(self, *ends: Exception) -> None:
        self.ends = list(ends)
        self.seen: list[Event] = []

    def __call__(self, _runtime: Runtime, event: Event) -> None:
        self.seen.append(event)
        if self.ends:
            raise self.ends.pop(0)


@contextmanager
def working(handler: Handler, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubBroker]:
    """Run a worker that has this handler and no other."""
    monkeypatch.setattr(stage, "_handlers", {MailReceived: handler})
    monkeypatch.setattr(stage, "stopping", threading.Event())
    settings = Settings.model_validate({"data_dir": folder})
    broker = open_broker(settings)
    assert isinstance(broker, StubBroker)
    runtime = open_runtime(settings, Publisher(broker))
    stage.attach(broker, runtime)
    worker = Worker(broker, worker_threads=2, worker_timeout=10)
    worker.start()
    try:
        yield broker
    finally:
        stage.stopping.set()
        worker.stop(1000)
        runtime.close()


def events(result: str) -> float:
    return float(metrics.EVENTS.labels("mail.received", result)._value.get())  # noqa: SLF001 - no other way to read it


def test_a_store_that_comes_back_finds_the_event_still_in_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Handler(StoreUnavailableError("away"), StoreUnavailableError("away"))
    before = events("done")
    with working(handler, tmp_path, monkeypatch) as broker:
        assert Publisher(broker).publish(MailReceived(mail_ids=(1,)))
        wait_for(lambda: events("done") > before, 30, "the event's end")
    assert len(handler.seen) == 3


def test_a_worker_that_ends_gives_the_event_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Handler(*[StoreUnavailableError("away")] * 100)
    with working(handler, tmp_path, monkeypatch) as broker:
        Publisher(broker).publish(MailReceived(mail_ids=(1,)))
        wait_for(lambda: len(handler.seen) >= 2, 30, "two tries")
        stage.stopping.set()
        tries = len(handler.seen)
        broker.join("parse", timeout=30_000, fail_fast=False)
    assert len(handler.seen) <= tries + 1


@pytest.mark.parametrize("payload", ["", "{}", '{"type": "mail.received", "mail_ids": ["secret content"]}', "[1]"])
def test_what_cannot_be_read_is_put_aside_and_its_content_not_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, payload: str
) -> None:
    handler = Handler()
    before = events("unreadable")
    with working(handler, tmp_path, monkeypatch) as broker:
        message: Message[None] = Message("parse", "mail.received", (payload,), {}, {})
        broker.enqueue(message)
        wait_for(lambda: broker.dead_letters, 30, "a dead letter")
        assert Publisher(broker).publish(MailReceived(mail_ids=(1,)))
        wait_for(lambda: handler.seen, 30, "the next event")
    assert events("unreadable") == before + 1
    assert [letter.args for letter in broker.dead_letters] == [(payload,)]
    assert PHRASE not in "".join(str(record.exc_info) for record in caplog.records)


@pytest.mark.parametrize("url", ["nonsense", "http://host/", "amqp://host:port/", "amqp://host/?heartbeat=x"])
def test_a_broker_url_that_cannot_be_read_is_one_sentence(url: str) -> None:
    settings = Settings.model_validate({"amqp_url": url, "secret_key": "x"})
    with pytest.raises(UserError, match=r"^POSTROOM_AMQP_URL cannot be read; write it as amqp://.*encoded\.$"):
        open_broker(settings)


@pytest.mark.parametrize("url", ["amqp://u:p@host/", "amqp://u:p@host/v?heartbeat=20", "amqp://host/?socket_timeout=3"])
def test_a_broker_url_gets_time_limits_where_it_sets_none(url: str) -> None:
    broker = open_broker(Settings.model_validate({"amqp_url": f"{url};{url}", "secret_key": "x"}))
    for one in broker.parameters:  # type: ignore[attr-defined]  # of dramatiq's RabbitMQ broker
        assert one.socket_timeout == (3 if "socket_timeout" in url else 10)
        assert one.blocked_connection_timeout == 30
        assert one.connection_attempts == 1
