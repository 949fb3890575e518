"""Workers as processes: replaced when they die, ended in time, measured at one port, patient with the database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from dramatiq import Worker
from sqlalchemy import select

from backbone import stage
from backbone.broker import Publisher, open_broker
from backbone.catalogue.tables import version
from backbone.contracts import Event, MailReceived
from backbone.database import Database
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings
from deploy.services import ServiceSet, ports
from tests.support.runtimes import runtime
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
SECONDS = 60
EVENTS = 20


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid: int) -> set[int]:
    """Return the worker processes below a supervisor; multiprocessing's own helper is none of them."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {
        int(child)
        for child in found
        if alive(int(child)) and b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


def served(port: int) -> dict[str, float]:
    """Return the metrics at a port, those of all label values added up."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    sums: dict[str, float] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            name = name.partition("{")[0]
            sums[name] = sums.get(name, 0) + float(value)
    return sums


@contextmanager
def supervised(opened: Runtime, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    own = {
        "POSTROOM_DATABASE_URL": opened.settings.database_url,
        "POSTROOM_AMQP_URL": opened.settings.amqp_url.get_secret_value(),
        "POSTROOM_DATA_DIR": str(opened.settings.data_dir),
        "POSTROOM_SECRET_KEY": opened.settings.secret_key.get_secret_value(),
        "POSTROOM_METRICS_PORT": str(port),
    }
    command = [sys.executable, "-m", "console.cli", "worker", "parse", "--processes", "2", "--threads", "2"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=kept | own, cwd=ROOT, stdout=file, stderr=file)
    below: set[int] = set()
    try:
        yield process
    finally:
        below |= children(process.pid) if alive(process.pid) else set()
        process.kill()
        process.wait()
        for pid in below:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def done(port: int) -> float:
    return served(port).get("postroom_events_total", 0)


def test_children_are_replaced_measured_at_one_port_and_ended_in_time(
    tmp_path: Path, postgres_url: str, amqp_url: str
) -> None:
    port = ports.choose(set())
    log = tmp_path / "worker.log"
    with runtime(tmp_path, postgres_url, amqp_url) as opened, supervised(opened, port, log) as supervisor:
        wait_for(lambda: log.read_bytes().count(b"worker.started") == 2, SECONDS, "two workers")
        first = children(supervisor.pid)
        assert len(first) == 2
        for number in range(EVENTS):
            assert opened.publisher.publish(MailReceived(mail_ids=(number + 1,)))
        wait_for(lambda: done(port) == EVENTS, SECONDS, "the events in the metrics of both")

        victim = first.pop()
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: log.read_bytes().count(b"worker.started") == 3, SECONDS, "a new worker")
        assert len(children(supervisor.pid)) == 2
        assert victim not in children(supervisor.pid)
        assert opened.publisher.publish(MailReceived(mail_ids=(1,)))
        wait_for(lambda: done(port) == EVENTS + 1, SECONDS, "an event more, and none forgotten")

        below = children(supervisor.pid)
        supervisor.terminate()
        assert supervisor.wait(SECONDS) == 0
        assert not any(alive(pid) for pid in below)
    assert log.read_bytes().count(b"worker.stopped") == 2
    assert b"Traceback" not in log.read_bytes()


def test_children_end_with_a_supervisor_that_was_killed(tmp_path: Path, postgres_url: str, amqp_url: str) -> None:
    log = tmp_path / "worker.log"
    with runtime(tmp_path, postgres_url, amqp_url) as opened, supervised(opened, 0, log) as supervisor:
        wait_for(lambda: log.read_bytes().count(b"worker.started") == 2, SECONDS, "two workers")
        below = children(supervisor.pid)
        supervisor.kill()
        supervisor.wait()
        wait_for(lambda: not any(alive(pid) for pid in below), SECONDS, "the end of the children")


def test_work_waits_for_a_database_that_is_away_and_goes_on(
    own_services: Callable[..., ServiceSet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = own_services("postgresql")
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "database_url": servers.environment()["POSTROOM_TEST_POSTGRES_URL"]}
    )
    with closing(Database(settings.database_url)) as database:
        database.migrate()
    tries: list[float] = []
    ends: list[Event] = []

    def look(opened: Runtime, event: Event) -> None:
        tries.append(time.monotonic())
        with opened.database.transaction() as connection:
            connection.execute(select(version.c.number))
        ends.append(event)

    monkeypatch.setattr(stage, "_handlers", {MailReceived: look})
    monkeypatch.setattr(stage, "stopping", threading.Event())
    broker = open_broker(settings)
    publisher = Publisher(broker)
    opened = open_runtime(settings, publisher, 2)
    stage.attach(broker, opened)
    worker = Worker(broker, worker_threads=2, worker_timeout=50)
    worker.start()
    publisher.publish(MailReceived(mail_ids=(1,)))
    wait_for(lambda: len(ends) == 1, SECONDS, "work before")
    servers.kill("postgresql")
    publisher.publish(MailReceived(mail_ids=(2,)), MailReceived(mail_ids=(3,)))
    wait_for(lambda: len(tries) >= 5, SECONDS, "tries in vain")
    assert len(ends) == 1
    servers.start("postgresql")
    wait_for(lambda: len(ends) == 3, SECONDS, "work afterwards")
    stage.stopping.set()
    worker.stop(5000)
    opened.close()
