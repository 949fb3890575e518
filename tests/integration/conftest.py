"""Fixtures of several files over real servers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from backbone import clock
from tests.support.databases import Databases
from tests.support.house import House
from tests.support.listening import Listener
from tests.support.runtimes import runtime
from tests.support.talks import Talk, begun


@pytest.fixture
def talk(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Talk]:
    """One ticket, and a chat system that may write on it."""
    with runtime(tmp_path, postgres_url, amqp_url) as opened:
        yield begun(House(opened), amqp_url)


@pytest.fixture
def half_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be half past when the test begins, as limits count anew with each hour and minute."""
    real = clock.now
    ahead = (moment := real()).replace(minute=30, second=30) - moment
    monkeypatch.setattr(clock, "now", lambda: real() + ahead)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> str:
    """A PostgreSQL database of the test's own; with the mark `both` of tests/support/databases.py SQLite too."""
    wanted = getattr(request, "param", "postgresql")
    return f"sqlite:///{tmp_path}/postroom.db" if wanted == "sqlite" else postgres_databases.create()


@pytest.fixture
def listener(amqp_url: str) -> Iterator[Listener]:
    """A consumer of all domain events."""
    with closing(Listener(amqp_url)) as made:
        yield made
