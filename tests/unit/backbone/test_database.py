"""What counts as a database that is away, and many threads that write to SQLite at once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backbone.catalogue.tables import customers, version
from backbone.database import Database, unreachable
from backbone.errors import UserError

THREADS = 12


def of_postgresql(sqlstate: str) -> BaseException:
    kind = psycopg.errors.lookup(sqlstate)
    return DBAPIError.instance("SELECT 1", {}, kind("words"), psycopg.Error)


@pytest.mark.parametrize(
    "sqlstate", ["08006", "40001", "40P01", "53300", "53100", "55P03", "57P01", "57P03", "58030", "25006"]
)
def test_a_database_that_refuses_for_now_is_away(sqlstate: str) -> None:
    assert unreachable(of_postgresql(sqlstate))


# 54000: an index row too long, which a hostile mail may cause; it would never be taken, however long one waits.
@pytest.mark.parametrize("sqlstate", ["54000", "42P01", "42703", "23505", "22021", "22003", "22P05"])
def test_a_statement_or_value_that_is_wrong_is_not_waited_for(sqlstate: str) -> None:
    assert not unreachable(of_postgresql(sqlstate))


def test_no_connection_at_all_is_away() -> None:
    refused = psycopg.OperationalError("connection refused")
    assert unreachable(DBAPIError.instance("SELECT 1", {}, refused, psycopg.Error))
    assert unreachable(PoolTimeoutError("QueuePool limit reached"))
    assert not unreachable(ValueError("x"))


def test_a_server_that_is_not_there_is_away() -> None:
    database = Database("postgresql://user:password@127.0.0.1:1/none")
    with pytest.raises(DBAPIError) as refused, database.reading():
        pass
    assert unreachable(refused.value)
    database.close()


@pytest.mark.parametrize("statement", ["SELECT * FROM missing", "SELECT missing FROM customers", "SELEC"])
def test_on_sqlite_a_wrong_statement_is_not_waited_for(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as refused, database.transaction() as connection:
        connection.execute(text(statement))
    assert not unreachable(refused.value)


def test_on_sqlite_a_lock_and_a_missing_folder_are_waited_for(database: Database, tmp_path: Path) -> None:
    blocked = sqlite3.connect(tmp_path / "postroom.db", timeout=0)
    with database.transaction(), pytest.raises(sqlite3.OperationalError) as locked:
        blocked.execute("BEGIN IMMEDIATE")
    blocked.close()
    assert unreachable(DBAPIError.instance("BEGIN", {}, locked.value, sqlite3.Error))
    nowhere = Database(f"sqlite:///{tmp_path}/missing/postroom.db")
    with pytest.raises(DBAPIError) as refused, nowhere.reading():
        pass
    assert unreachable(refused.value)
    nowhere.close()


def test_twelve_threads_write_to_sqlite_and_none_loses(database: Database) -> None:
    def write(number: int) -> None:
        with database.reading() as connection:
            connection.scalar(select(version.c.number))
        with database.transaction() as connection:
            seen = connection.scalar(select(version.c.number)) or 0
            connection.execute(insert(customers).values(name=str(number)))
            connection.execute(update(version).values(number=seen + 1))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(120)))
    with database.reading() as connection:
        assert connection.scalar(select(version.c.number)) == 121
        assert connection.scalar(select(func.count()).select_from(customers)) == 120


def test_twelve_threads_open_a_new_sqlite_database_at_once(tmp_path: Path) -> None:
    for number in range(5):
        databases = [Database(f"sqlite:///{tmp_path}/{number}.db") for _ in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda one: one.reading().__enter__().close(), databases))
        for each in databases:
            each.close()


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(DBAPIError), database.transaction() as connection:
        connection.execute(insert(customers), [{"name": "same"}, {"name": "same"}])
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(customers)) == 0


@pytest.mark.parametrize("url", ["nonsense", "oracle://host/db", "nosuch://host/db", "postgresql://host:port/db"])
def test_a_url_that_cannot_be_read_is_one_sentence(url: str) -> None:
    with pytest.raises(UserError, match=r"^POSTROOM_DATABASE_URL cannot be read .* sqlite:////folder/postroom\.db\.$"):
        Database(url)
