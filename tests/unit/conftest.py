"""Fixtures of tests that need no server."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from backbone.database import Database
from backbone.vault import new_key
from tests.support import profiles, schema
from tests.support.shell import Shell

profiles.load()  # before the modules whose tests it is for are read


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
def database(tmp_path: Path) -> Iterator[Database]:
    """An embedded Postroom's database with nothing in it."""
    schema.put(tmp_path)
    opened = Database(f"sqlite:///{tmp_path}/postroom.db")
    yield opened
    opened.close()
