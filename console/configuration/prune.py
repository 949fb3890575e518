"""What the files do not name, and how it goes: deleted where nothing refers to it, else retired.

History is whatever refers to a row of the catalogue by a foreign key from outside the catalogue: tickets, contacts,
mails in and out. A retired row keeps what it refers to from being deleted, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, or_, select, update

import tickets.models  # noqa: F401 - the metadata must know every table that refers to the catalogue
from backbone.database import metadata
from backbone.ledger.tables import rule_troubles
from console.configuration.changes import Action, Changes, Step
from console.configuration.kinds import KINDS, RETIRED, Key, Kind, Row
from console.configuration.stored import Stored
from console.configuration.wanted import Wanted

_BY_NAME = {kind.name: kind for kind in KINDS}
_CATALOGUE = {kind.table for kind in KINDS} | {link.table for kind in KINDS for link in kind.links}
_AT_ONCE = 10_000


def with_removals(connection: Connection, changes: Changes, asked: Wanted, held: Stored) -> Changes:
    """Return ``changes`` with the steps that remove what is not asked for."""
    needed: dict[str, set[Key]] = {kind.name: set() for kind in KINDS}
    steps: dict[str, list[Step]] = {}
    emptied: list[str] = []
    for kind in reversed(KINDS):
        rows = {key: row for key, row in held.rows[kind.name].items() if key not in asked[kind.name]}
        gone = [key for key, row in rows.items() if not row.get(RETIRED)]
        kept = needed[kind.name] | _in_history(connection, kind, held, gone) if kind.retirable else frozenset[Key]()
        steps[kind.name] = [
            Step(
                kind.name,
                key,
                kind.title(rows[key]),
                Action.RETIRED if key in kept else Action.REMOVED,
                before=rows[key],
            )
            for key in gone
        ]
        if gone and not asked[kind.name]:
            emptied.append(kind.name)
        for key in rows.keys() & (kept | (rows.keys() - set(gone))):
            for other, behind in _behind(kind, rows[key]):
                needed[other].add(behind)
    removals = (step for kind in KINDS for step in steps[kind.name])
    return Changes((*changes.steps, *removals), changes.kept, tuple(reversed(emptied)))


def carry_out(connection: Connection, held: Stored, changes: Changes) -> None:
    """Retire and delete, what refers to others first."""
    for kind in reversed(KINDS):
        _retire(connection, kind, _ids(held, changes.of(kind.name, Action.RETIRED)))
        _remove(connection, kind, _ids(held, changes.of(kind.name, Action.REMOVED)))


def _behind(kind: Kind, row: Row) -> Iterator[tuple[str, Key]]:
    """Yield the kind and key of each row that this one refers to."""
    for column, other in kind.references.items():
        if row[column] is not None:
            yield other, row[column]
    for link in kind.links:
        for key in row[link.column]:
            yield link.kind, key


def _ids(held: Stored, steps: Sequence[Step]) -> list[dict[str, int]]:
    return [{"this_id": held.ids[step.kind][step.key]} for step in steps]


def _retire(connection: Connection, kind: Kind, ids: list[dict[str, int]]) -> None:
    if not ids:
        return
    values: dict[str, Any] = {RETIRED: True}
    if "enabled" in kind.table.c:
        values["enabled"] = False
    # what is deleted although a retired row refers to it leaves no id behind, which another row may get
    values |= {column: None for column, other in kind.references.items() if not _BY_NAME[other].retirable}
    connection.execute(update(kind.table).where(kind.table.c.id == bindparam("this_id")).values(values), ids)


def _remove(connection: Connection, kind: Kind, ids: list[dict[str, int]]) -> None:
    if not ids:
        return
    if kind.name == "senders":
        connection.execute(delete(rule_troubles).where(rule_troubles.c.rule_id == bindparam("this_id")), ids)
    connection.execute(delete(kind.table).where(kind.table.c.id == bindparam("this_id")), ids)


def _in_history(connection: Connection, kind: Kind, held: Stored, keys: Sequence[Key]) -> set[Key]:
    """Return those of the rows that history refers to."""
    columns = _columns_of_history(kind.table)
    by_id = {held.ids[kind.name][key]: key for key in keys}
    found: set[Key] = set()
    numbers = list(by_id)
    refers = or_(*(select(column).where(column == kind.table.c.id).exists() for column in columns))
    for start in range(0, len(numbers), _AT_ONCE):
        some = kind.table.c.id.in_(numbers[start : start + _AT_ONCE])
        found |= {by_id[number] for number in connection.scalars(select(kind.table.c.id).where(some, refers))}
    return found


def _columns_of_history(table: Table) -> list[Column[Any]]:
    return [
        key.parent
        for other in metadata.tables.values()
        if other not in _CATALOGUE
        for key in other.foreign_keys
        if key.column is table.c.id and key.ondelete is None
    ]
