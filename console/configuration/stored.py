"""The rows that the database holds, in their named form, read in one query for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from backbone.catalogue.tables import object_work_types
from backbone.errors import UserError
from backbone.vault import Vault
from console.configuration.kinds import KINDS, WORK_TYPES_OF_OBJECT, Key, Kind, Row


@dataclass(slots=True)
class Stored:
    """Rows by kind and key, and the ids behind the keys."""

    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    ids: dict[str, dict[Key, int]] = field(default_factory=dict)


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
    _add_work_types(connection, stored, keys)
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


def _add_work_types(connection: Connection, stored: Stored, keys: dict[str, dict[int, Key]]) -> None:
    offered: dict[int, set[Key]] = {}
    for link in connection.execute(select(object_work_types)):
        offered.setdefault(link.object_id, set()).add(keys["work_types"][link.work_type_id])
    for key, row in stored.rows["objects"].items():
        row[WORK_TYPES_OF_OBJECT] = frozenset(offered.get(stored.ids["objects"][key], ()))
