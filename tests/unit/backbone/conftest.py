"""An embedded database with one mailbox."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.database import Database
from tests.support.ledger import add_mailbox, sqlite


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    with sqlite(folder) as opened:
        add_mailbox(opened)
    return folder / "postroom.db"


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    shutil.copy(empty_database, tmp_path / "postroom.db")
    opened = Database(f"sqlite:///{tmp_path}/postroom.db")
    yield opened
    opened.close()


@pytest.fixture
def mailbox_id(database: Database) -> int:
    del database
    return 1
