"""Fresh PostgreSQL databases, copied from one that is migrated once.

A copy takes about 0.1 s, but each drop forces a checkpoint that syncs the hundreds of files of every copy made since
(0.1 to 1.6 s). So nothing is dropped where the whole server is removed when the session ends.
"""

import os
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from backbone.database import Database

EMPTY = "template1"

both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""Runs a test on each of the databases that Postroom can live on."""


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, maintenance_url: str, *, lasting: bool) -> None:
        """Name the server by the URL of any database whose user may create others, and whether it will live on."""
        self._maintenance_url = maintenance_url
        self._lasting = lasting
        self._template: str | None = None
        self._made: set[str] = set()

    def create(self, *, migrated: bool = True) -> str:
        """Return the URL of a new database: with Postroom's schema, or empty."""
        return self._url(self._make(self._migrated_template() if migrated else EMPTY))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        if self._lasting:
            self._drop(urlsplit(url).path.lstrip("/"))

    def drop_all(self) -> None:
        """Drop everything that was made here."""
        if self._lasting:
            for name in list(self._made):
                self._drop(name)

    def _migrated_template(self) -> str:
        if self._template is None:
            name = self._make(EMPTY)
            with closing(Database(self._url(name))) as database:
                database.migrate()
            self._template = name
        return self._template

    def _make(self, template: str) -> str:
        name = f"test_{os.getpid()}_{uuid4().hex[:12]}"
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        self._made.add(name)
        return name

    def _drop(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._made.discard(name)

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._maintenance_url, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self._maintenance_url)._replace(path=f"/{name}"))
