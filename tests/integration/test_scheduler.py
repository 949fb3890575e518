"""The scheduler finds what is due, tells of it once, and claims nothing that it could not tell of."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pika
import pytest
from sqlalchemy import Connection, event, insert, select, text, update

from backbone import broker as backbone_broker
from backbone import clock, metrics, scheduler, stage
from backbone.catalogue.tables import version
from backbone.ledger import due
from backbone.ledger.tables import inbound
from backbone.runtime import Runtime
from ingest.models import mailbox_states
from tests.support import ledger
from tests.support.runtimes import runtime
from tests.support.waiting import wait_for

ROWS = 200
SECONDS = 30


@pytest.fixture(autouse=True)
def _all_stages() -> None:
    stage.load(("ingest", "parse", "tickets", "replies"))


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url, amqp_url) as made:
        yield made


def taken(amqp_url: str, queue: str) -> list[int]:
    """Take every event out of a queue and return the ids that they name."""
    ids: list[int] = []
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        while True:
            method, _, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return ids
            event: dict[str, Any] = json.loads(json.loads(body)["args"][0])
            ids += event.get("mail_ids") or event.get("outbound_ids") or [event["mailbox_id"]]


def add_due(opened: Runtime, rows: int = ROWS) -> list[int]:
    box = ledger.add_mailbox(opened.database)
    now = clock.now()
    common = {
        "mailbox_id": box,
        "folder": "INBOX",
        "uid_validity": 1,
        "raw_key": "0" * 64,
        "size": 1,
        "state": "received",
        "correlation_id": "c",
        "due_at": now,
        "created_at": now,
        "updated_at": now,
    }
    with opened.database.transaction() as connection:
        return list(
            connection.scalars(
                insert(inbound).returning(inbound.c.id),
                [common | {"uid": uid, "dedup_key": str(uid)} for uid in range(rows)],
            )
        )


def make_due(opened: Runtime) -> None:
    with opened.database.transaction() as connection:
        connection.execute(update(inbound).values(due_at=clock.now()))


def test_many_schedulers_tell_of_each_row_once(opened: Runtime, amqp_url: str) -> None:
    ids = add_due(opened)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: scheduler.tick(opened), range(8)))
    assert Counter(taken(amqp_url, "parse")) == Counter(ids)
    assert scheduler.tick(opened) == 0


def test_events_that_were_lost_are_told_again(opened: Runtime, amqp_url: str) -> None:
    ids = add_due(opened, 40)
    scheduler.tick(opened)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        connection.channel().queue_purge("parse")
    make_due(opened)
    scheduler.tick(opened)
    assert sorted(taken(amqp_url, "parse")) == sorted(ids)


def test_mailboxes_and_outbound_mails_are_told_of_as_well(opened: Runtime, amqp_url: str) -> None:
    box = ledger.add_mailbox(opened.database)
    queued = ledger.add_outbound(opened.database, box)
    lost = ledger.add_outbound(opened.database, box, state="sending", attempts=1)
    parsed = ledger.add_inbound(opened.database, box, state="parsed")
    scheduler.tick(opened)
    assert taken(amqp_url, "fetch") == [box]
    assert sorted(taken(amqp_url, "replies")) == sorted([queued, lost])
    assert taken(amqp_url, "tickets") == [parsed]
    assert ledger.outbound_mail(opened.database, lost).resends == 1


def test_nothing_is_claimed_while_the_broker_is_away(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backbone_broker, "REST_AFTER_FAILURE", 0.1)
    with runtime(tmp_path, postgres_url, "amqp://guest:guest@127.0.0.1:1/") as opened:
        add_due(opened, 20)
        before = due_times(opened)
        for _ in range(5):
            assert scheduler.tick(opened) == 0
            threading.Event().wait(0.05)
        assert due_times(opened) == before
        with opened.database.reading() as connection:
            assert connection.execute(select(mailbox_states)).all() == []


def test_nothing_is_claimed_while_the_publisher_rests(opened: Runtime, amqp_url: str) -> None:
    """The broker is back, but the publisher, which found it away a moment ago, would not try yet."""
    add_due(opened, 20)
    before = due_times(opened)
    opened.publisher._rest(OSError(), 0.0)  # noqa: SLF001 - as after a failure
    assert scheduler.tick(opened) == 0
    assert due_times(opened) == before
    opened.publisher._rest_until = 0.0  # noqa: SLF001 - as above
    assert scheduler.tick(opened) > 0
    assert len(taken(amqp_url, "parse")) == 20


def due_times(opened: Runtime) -> list[Any]:
    with opened.database.reading() as connection:
        return list(connection.scalars(select(inbound.c.due_at).order_by(inbound.c.id)))


def test_no_look_reads_the_whole_ledger(opened: Runtime) -> None:
    add_due(opened, 5000)
    engine = opened.database.engine
    with opened.database.transaction() as connection:
        connection.execute(insert(version).values(id=1, number=7))
        connection.execute(update(inbound).values(state="message_added", due_at=None))
        connection.execute(update(inbound).where(inbound.c.id <= 50).values(state="held", held_at_version=7))
        connection.execute(text("ANALYZE"))
    plans: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def explain(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plans.append("\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)))

    scheduler.tick(opened)
    with opened.database.reading() as connection:
        due.backlog(connection)
    assert [one for one in plans if "Scan using ix_inbound_mails_held_at_version" in one]
    assert not [one for one in plans if "Seq Scan on inbound_mails" in one]


def test_a_bug_in_one_stage_keeps_no_other_from_its_work(
    opened: Runtime, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Runtime) -> list[Any]:
        raise ValueError("a bug")

    monkeypatch.setattr(stage, "_sources", [broken, *stage.sources(), broken])
    ids = add_due(opened, 20)
    scheduler.tick(opened)
    assert sorted(taken(amqp_url, "parse")) == sorted(ids)


def test_it_runs_until_it_is_stopped_and_measures_the_ledger(opened: Runtime, amqp_url: str) -> None:
    add_due(opened, 20)
    stopping = threading.Event()
    metrics.LEDGER.labels("inbound_mails", "held").set(5)
    thread = threading.Thread(target=scheduler.run, args=(opened, stopping))
    thread.start()
    wait_for(lambda: gauge("received") == 20, SECONDS, "the gauge of received mails")
    stopping.set()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert gauge("held") == 0
    assert len(taken(amqp_url, "parse")) == 20


def gauge(state: str) -> float:
    return float(metrics.LEDGER.labels("inbound_mails", state)._value.get())  # noqa: SLF001 - no other way to read it
