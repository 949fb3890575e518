"""Postroom's schema in SQLite, migrated once a session and copied: each migration costs a seventh of a second."""

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from backbone.database import Database


@cache
def migrated() -> bytes:
    """Return an SQLite database with the schema and nothing in it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "postroom.db"
        with closing(Database(f"sqlite:///{path}")) as database:
            database.migrate()
        return path.read_bytes()


def put(folder: Path) -> None:
    """Put a migrated database where an embedded Postroom with this folder of data looks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "postroom.db").write_bytes(migrated())
