"""Catalogues in databases of their own, and what the commands of the configuration do with them."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table, func, select

from backbone.blobs import Blobs
from backbone.database import Database
from backbone.vault import Vault, new_key
from console.configuration import apply as applying
from console.configuration import stored
from console.configuration.changes import Action, Changes
from console.configuration.export import export
from console.configuration.model import Configuration
from console.configuration.read import load, understand
from tests.support import schema

FOLDER = Path(__file__).parent
EVERY_KEY = FOLDER / "every_key.yml"
PASSWORDS = {"FIRST": "Correct Horse", "SECOND": "Battery Staple"}
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """One environment: its database, keys and blobs."""

    database: Database
    vault: Vault
    blobs: Blobs
    folder: Path

    def read(self, text: str | Path, environment: Mapping[str, str] | None = None) -> Configuration:
        """Read a file, or the text of one; passwords without a variable are left to the database."""
        path = text if isinstance(text, Path) else self.folder / "mail.yml"
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        return understand(load([path]), PASSWORDS if environment is None else environment, NONE)

    def apply(self, text: str | Path, environment: Mapping[str, str] | None = None, *, prune: bool = False) -> Changes:
        """Apply a file or a text."""
        return applying.apply(self.database, self.vault, self.blobs, self.read(text, environment), prune=prune)

    def plan(self, text: str | Path, environment: Mapping[str, str] | None = None, *, prune: bool = False) -> Changes:
        """Plan a file or a text."""
        return applying.plan(self.database, self.vault, self.blobs, self.read(text, environment), prune=prune)

    def export(self) -> str:
        """Return the exported text."""
        with self.database.reading() as connection:
            return export(stored.load(connection, self.vault))

    def count(self, table: Table) -> int:
        """Return how many rows a table holds."""
        with self.database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(table)) or 0)


@contextmanager
def place(folder: Path, url: str = "") -> Iterator[Place]:
    """Open a migrated environment below ``folder``: over SQLite there, or over the database at ``url``."""
    folder.mkdir(parents=True, exist_ok=True)
    if not url:
        schema.put(folder)
    with closing(Database(url or f"sqlite:///{folder}/postroom.db")) as database:
        if url:
            database.migrate()
        yield Place(database, Vault((new_key(),)), Blobs(f"file://{folder}/blobs"), folder)


def done(changes: Changes) -> dict[str, set[tuple[str, str]]]:
    """Return what changes do, without what stays: pairs of kind and title by effect."""
    found: dict[str, set[tuple[str, str]]] = {}
    for step in changes.steps:
        if step.action is not Action.UNCHANGED:
            found.setdefault(step.effect.value, set()).add((step.kind, step.title))
    return found
