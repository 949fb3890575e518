"""Fixtures of tests that run commands."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from backbone.vault import new_key
from tests.support import configurations
from tests.support.configurations import Place
from tests.support.house import House, house
from tests.support.shell import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    before = structlog.get_config()
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTROOM_SECRET_KEY", new_key())
    monkeypatch.setenv("COLUMNS", "300")
    yield Shell(monkeypatch, capsys)
    structlog.configure(**before)
    logging.getLogger("pika").setLevel(logging.NOTSET)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox()
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with configurations.place(tmp_path / "place") as made:
        yield made
