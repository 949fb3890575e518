"""Writes a configuration into the database: one transaction, a handful of statements, whatever the number of rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from backbone.catalogue.tables import object_work_types, version
from backbone.database import Database, insert_ignoring
from backbone.vault import Vault
from console.configuration import stored, wanted
from console.configuration.changes import Action, Changes, Step, compare
from console.configuration.kinds import KINDS, NO_COLUMN, SENDERS, WORK_TYPES_OF_OBJECT, Kind
from console.configuration.model import Configuration
from console.configuration.stored import Stored

_VERSION_ID = 1


def apply(database: Database, vault: Vault, configuration: Configuration) -> Changes:
    """Make the catalogue hold what ``configuration`` says, and return what that changed.

    Everything the configuration does not name stays. Doing it again changes nothing, not even the catalogue's version.
    """
    asked = wanted.rows(configuration)
    with database.transaction() as connection:
        _lock(connection)
        held = stored.load(connection, vault)
        changes = compare(asked, held)
        for kind in KINDS:
            _create(connection, vault, kind, held, changes.of(kind.name, Action.CREATED))
            _change(connection, vault, kind, held, changes.of(kind.name, Action.CHANGED))
        _write_work_types(connection, held, changes)
        if changes:
            connection.execute(update(version).values(number=version.c.number + 1))
    return changes


def plan(database: Database, vault: Vault, configuration: Configuration) -> Changes:
    """Return what ``apply`` would change."""
    with database.reading() as connection:
        return compare(wanted.rows(configuration), stored.load(connection, vault))


def _lock(connection: Connection) -> None:
    """Let two who apply at once come one after the other."""
    connection.execute(insert_ignoring(connection, version).values(id=_VERSION_ID, number=0))
    connection.execute(select(version.c.number).where(version.c.id == _VERSION_ID).with_for_update())


def _create(connection: Connection, vault: Vault, kind: Kind, held: Stored, steps: tuple[Step, ...]) -> None:
    if not steps:
        return
    columns = kind.table.c
    connection.execute(kind.table.insert(), [_columns(vault, kind, held, step) for step in steps])
    if kind.name != SENDERS:  # nothing refers to these; RETURNING would cost a statement a row on SQLite
        ids = connection.execute(select(columns.id, *(columns[name] for name in kind.key_columns))).mappings()
        held.ids[kind.name] = {kind.key(dict(row)): row["id"] for row in ids}


def _change(connection: Connection, vault: Vault, kind: Kind, held: Stored, steps: tuple[Step, ...]) -> None:
    def fields(step: Step) -> tuple[str, ...]:
        return tuple(sorted(set(step.fields) - NO_COLUMN))

    statement = update(kind.table).where(kind.table.c.id == bindparam("this_id"))
    for columns, alike in groupby(sorted(steps, key=fields), key=fields):
        if columns:
            rows = [
                _columns(vault, kind, held, step, columns) | {"this_id": held.ids[kind.name][step.key]}
                for step in alike
            ]
            connection.execute(statement, rows)


def _columns(
    vault: Vault, kind: Kind, held: Stored, step: Step, columns: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Return a row as its table wants it: ids for keys, and secrets encrypted."""
    row = {column: step.row[column] for column in columns or step.row if column not in NO_COLUMN}
    for column in row.keys() & kind.references.keys():
        if row[column] is not None:
            row[column] = held.ids[kind.references[column]][row[column]]
    for column in row.keys() & kind.secrets:
        row[column] = vault.encrypt(row[column]) if row[column] else ""
    return row


def _write_work_types(connection: Connection, held: Stored, changes: Changes) -> None:
    steps = [
        step
        for action in (Action.CREATED, Action.CHANGED)
        for step in changes.of("objects", action)
        if WORK_TYPES_OF_OBJECT in step.fields
    ]
    links = [
        {"object_id": held.ids["objects"][step.key], "work_type_id": held.ids["work_types"][name]}
        for step in steps
        for name in sorted(step.row[WORK_TYPES_OF_OBJECT])
    ]
    if steps:
        connection.execute(
            delete(object_work_types).where(object_work_types.c.object_id == bindparam("this_id")),
            [{"this_id": held.ids["objects"][step.key]} for step in steps],
        )
    if links:
        connection.execute(object_work_types.insert(), links)
