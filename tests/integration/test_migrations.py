"""The migrations make the schema that the code describes, on both databases, and can be taken back."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

from backbone.database import Database, alembic_config, metadata
from tests.support.databases import Databases
from tests.support.house import house, letter
from tickets import chat
from tickets.models import messages, tickets

# Every table has to be known to the metadata.
for owner in ("backbone.catalogue.tables", "backbone.ledger.tables", "ingest.models", "tickets.models"):
    importlib.import_module(owner)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/new/postroom.db"
    if request.param == "postgresql":
        url = postgres_databases.create(migrated=False)
    with closing(Database(url)) as opened:
        yield opened


def names(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_the_schema_is_what_the_code_describes(database: Database) -> None:
    database.migrate()
    assert names(database) == set(metadata.tables) | {"alembic_version"}
    with database.transaction() as connection:
        command.check(alembic_config(connection))


def test_migrating_again_changes_nothing_and_all_of_it_can_be_taken_back(database: Database) -> None:
    database.migrate()
    database.migrate()
    with database.transaction() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert names(database) <= {"alembic_version"}
    database.migrate()
    with database.transaction() as connection:
        command.check(alembic_config(connection))


def test_the_twins_of_messages_written_before_are_found(tmp_path: Path, database: Database) -> None:
    database.migrate()
    url = database.url.render_as_string(hide_password=False)
    with house(tmp_path, database_url=url) as office:
        office.add_mailbox()
        office.take(letter())
        number = office.rows(tickets)[0].number
        for words, also in (("всем", True), ("своим", False), ("всем", True)):
            chat.post(office.runtime, number, words, "Анна", chat="team", also=also)
        twins = [row.twin_id for row in office.rows(messages)]
        assert twins == [None, 3, 2, None, 6, 5]
        for target, move in (("0003", command.downgrade), ("head", command.upgrade)):
            with database.transaction() as connection:
                move(alembic_config(connection), target)
        assert [row.twin_id for row in office.rows(messages)] == twins


def test_several_processes_may_migrate_at_once(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(one.migrate) for one in others]:
            done.result()
    for each in others:
        each.close()
    assert names(database) == set(metadata.tables) | {"alembic_version"}
