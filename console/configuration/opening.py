"""The database for the commands of the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.exc import DBAPIError

from backbone.blobs import Blobs
from backbone.database import Database
from backbone.errors import UserError
from backbone.settings import Settings
from backbone.vault import Vault, new_key, open_vault


@contextmanager
def to_write(settings: Settings) -> Iterator[tuple[Database, Vault]]:
    """Open the database with its schema, and the keys; embedded, make them where there are none."""
    with _open(settings.resolved_database_url, "Nothing was applied") as database:
        if settings.embedded:
            database.migrate()  # one folder, one process: nobody else could have made the schema
        yield database, open_vault(settings)


@contextmanager
def to_read(settings: Settings) -> Iterator[tuple[Database, Vault]]:
    """Open the database and the keys; where embedded nothing has been made yet, an empty one that leaves no trace."""
    url = settings.resolved_database_url
    if not _is_missing(url):
        with _open(url, "Nothing was read") as database:
            yield database, open_vault(settings)
        return
    with TemporaryDirectory(prefix="postroom-") as folder, _open(f"sqlite:///{folder}/empty.db", "") as database:
        database.migrate()
        yield database, Vault((new_key(),))


def store_to_read(settings: Settings) -> Blobs | None:
    """Open the store of mails; None where embedded nothing has been made yet, as opening it would make its folder."""
    if not settings.blob_url and not (settings.data_dir / "blobs").exists():
        return None
    return Blobs(settings.resolved_blob_url, settings.blob_options)


def _is_missing(url: str) -> bool:
    database = Database(url)
    return database.embedded and not Path(database.url.database or "").exists()


@contextmanager
def _open(url: str, without: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise UserError(
            f"{without}, as the database refused ({reason}); check POSTROOM_DATABASE_URL, "
            "and run 'postroom migrate' if the database is new or older than this program."
        ) from None
    finally:
        database.close()
