"""Fixtures of tests of the commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import configurations
from tests.support.configurations import Place
from tests.support.house import House, house


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox()
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with configurations.place(tmp_path / "place") as made:
        yield made
