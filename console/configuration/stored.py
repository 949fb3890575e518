"""The rows that the database holds, in their named form, read in one query for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from backbone.errors import UserError
from backbone.vault import Vault
from console.configuration.kinds import KINDS, RETIRED, Key, Kind, Link, Row


@dataclass(slots=True)
class Stored:
    """Rows by kind and key, and the ids behind the keys."""

    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    ids: dict[str, dict[Key, int]] = field(default_factory=dict)

    def in_use(self, kind: str) -> list[Row]:
        """Return the rows of one kind that have not been retired, sorted by their keys."""
        return [row for _key, row in sorted(self.rows[kind].items()) if not row.get(RETIRED)]


def load(connection: Connection, vault: Vault) -> Stored:
    """Return the whole catalogue."""
    stored = Stored()
    keys: dict[str, dict[int, Key]] = {}
    for kind in KINDS:
        rows: dict[Key, Row] = {}
        ids: dict[Key, int] = {}
        for found in connection.execute(select(kind.table).order_by(kind.table.c.id)).mappings():
            row = _named(kind, dict(found), keys, vault)
            number = int(row.pop("id"))
            key = kind.key(row)
            rows[key], ids[key] = row, number
        stored.rows[kind.name], stored.ids[kind.name] = rows, ids
        keys[kind.name] = {number: key for key, number in ids.items()}
        for link in kind.links:
            _add_links(connection, stored, kind, link, keys[link.kind])
    return stored


def _named(kind: Kind, row: Row, keys: dict[str, dict[int, Key]], vault: Vault) -> Row:
    for column, other in kind.references.items():
        row[column] = None if row[column] is None else keys[other][row[column]]
    for column in kind.secrets:
        row[column] = _unsealed(vault, row[column])
    return row


def _unsealed(vault: Vault, sealed: str) -> str | None:
    if not sealed:
        return ""
    try:
        return vault.decrypt(sealed)
    except UserError:  # its key is gone: unlike every password, so that applying again mends it
        return None


def _add_links(connection: Connection, stored: Stored, kind: Kind, link: Link, others: dict[int, Key]) -> None:
    linked: dict[int, set[Key]] = {}
    columns = link.table.c
    for owner, other in connection.execute(select(columns[link.owner_id], columns[link.other_id])):
        linked.setdefault(owner, set()).add(others[other])
    for key, row in stored.rows[kind.name].items():
        row[link.column] = frozenset(linked.get(stored.ids[kind.name][key], ()))
