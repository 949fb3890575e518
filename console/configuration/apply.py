"""Writes a configuration into the database: one transaction, a handful of statements, whatever the number of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from backbone.blobs import Blobs
from backbone.catalogue.snapshot import newest_version
from backbone.catalogue.tables import version
from backbone.database import Database, insert_ignoring
from backbone.ledger.tables import rule_troubles
from backbone.vault import Vault
from console.configuration import fitting, logos, pinned, stored, wanted
from console.configuration.changes import Action, Changes, Step, compare
from console.configuration.keeping import keep
from console.configuration.kinds import KINDS, REFERRED, Kind, Link
from console.configuration.model import Configuration
from console.configuration.passwords import Kept
from console.configuration.prune import carry_out, with_removals
from console.configuration.shadows import shadows
from console.configuration.stored import Stored
from console.configuration.wanted import Wanted
from console.lab.draft import overlaid
from console.lab.gate import hold

_VERSION_ID = 1


def apply(
    database: Database, vault: Vault, blobs: Blobs, configuration: Configuration, *, prune: bool = False
) -> Changes:
    """Make the catalogue hold what ``configuration`` says, and return what that changed.

    Everything the configuration does not name stays, unless ``prune``. Doing it again changes nothing, not even the
    catalogue's version. Raise LackingPasswordsError when passwords are neither given nor stored, FailedSamplesError
    when rules do not make of their samples what they must, MisfitsError when the configuration does not fit what stays
    beside it, and UserError when a sample or a logo is not to be had.
    """
    pinned.keep(blobs, configuration)
    logos.keep(blobs, configuration)
    while True:
        looked = _look(database, vault, blobs, configuration, prune=prune)
        with database.transaction() as connection:
            _lock(connection)
            if newest_version(connection) == looked.version:
                return _write(connection, vault, looked, prune=prune)
        # somebody applied meanwhile: what was tried is not what would be


def plan(
    database: Database, vault: Vault, blobs: Blobs | None, configuration: Configuration, *, prune: bool = False
) -> Changes:
    """Return what ``apply`` would change; raise what it would raise, but for samples that are not to be had."""
    looked = _look(database, vault, blobs, configuration, prune=prune)
    with database.reading() as connection:
        return _compare(connection, looked, prune=prune)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is stored at a ``version`` of the catalogue, and what is asked for, with the passwords ``kept``."""

    version: int
    held: Stored
    asked: Wanted
    kept: tuple[Kept, ...]


def _look(
    database: Database, vault: Vault, blobs: Blobs | None, configuration: Configuration, *, prune: bool
) -> _Looked:
    """Read what is stored, and try the rules, as they would be, on their samples, which may take long.

    Rules that the files do not name are among them: what they make of their samples may depend on what the files do.
    """
    with database.reading() as connection:
        number = newest_version(connection)
        held = stored.load(connection, vault)
    complete, kept = keep(configuration, held)
    asked = wanted.rows(complete)
    hold(asked if prune else overlaid(held.rows, asked), pinned.contents(blobs, configuration))
    return _Looked(number, held, asked, kept)


def _compare(connection: Connection, looked: _Looked, *, prune: bool) -> Changes:
    asked, held = looked.asked, looked.held
    changes = replace(compare(asked, held), kept=looked.kept)
    if prune:
        return with_removals(connection, changes, asked, held)
    rest = fitting.beside(asked, held)
    fitting.check(asked, rest)
    settled = {step.key: step.row for step in changes.steps if step.kind == "senders"}
    return replace(
        changes,
        left={kind: len(rows) for kind, rows in rest.items() if rows},
        shadows=shadows(settled, rest["senders"], held.ids["senders"]),
    )


def _write(connection: Connection, vault: Vault, looked: _Looked, *, prune: bool) -> Changes:
    held = looked.held
    changes = _compare(connection, looked, prune=prune)
    for kind in KINDS:
        _create(connection, vault, kind, held, changes.of(kind.name, Action.CREATED))
        _change(connection, vault, kind, held, changes.of(kind.name, Action.CHANGED))
        for link in kind.links:
            _write_links(connection, held, kind, link, changes)
    _forget_troubles(connection, held, changes)
    carry_out(connection, held, changes)
    if changes:
        connection.execute(update(version).values(number=version.c.number + 1))
    return changes


def _lock(connection: Connection) -> None:
    """Let two who apply at once come one after the other."""
    connection.execute(insert_ignoring(connection, version).values(id=_VERSION_ID, number=0))
    connection.execute(select(version.c.number).where(version.c.id == _VERSION_ID).with_for_update())


def _create(connection: Connection, vault: Vault, kind: Kind, held: Stored, steps: tuple[Step, ...]) -> None:
    if not steps:
        return
    columns = kind.table.c
    made = [{column: make() for column, make in kind.made.items()} for _ in steps]
    rows = [_columns(vault, kind, held, step) | own for step, own in zip(steps, made, strict=True)]
    connection.execute(kind.table.insert(), rows)
    if kind.name in REFERRED:  # asked for at once, as RETURNING would cost a statement a row on SQLite
        ids = connection.execute(select(columns.id, *(columns[name] for name in kind.key_columns))).mappings()
        held.ids[kind.name] = {kind.key(dict(row)): row["id"] for row in ids}


def _change(connection: Connection, vault: Vault, kind: Kind, held: Stored, steps: tuple[Step, ...]) -> None:
    def fields(step: Step) -> tuple[str, ...]:
        return tuple(sorted(set(step.fields) - kind.link_columns))

    statement = update(kind.table).where(kind.table.c.id == bindparam("this_id"))
    for columns, alike in groupby(sorted(steps, key=fields), key=fields):
        if columns:
            rows = [
                _columns(vault, kind, held, step, columns) | {"this_id": held.ids[kind.name][step.key]}
                for step in alike
            ]
            connection.execute(statement, rows)


def _forget_troubles(connection: Connection, held: Stored, changes: Changes) -> None:
    """Count anew for rules whose regexes are others now: what the old ones did says nothing of these."""
    mended = [
        {"this_id": held.ids[step.kind][step.key]}
        for step in changes.of("senders", Action.CHANGED)
        if not {"subject_regex", "message_regex"}.isdisjoint(step.fields)
    ]
    if mended:
        connection.execute(delete(rule_troubles).where(rule_troubles.c.rule_id == bindparam("this_id")), mended)


def _columns(
    vault: Vault, kind: Kind, held: Stored, step: Step, columns: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Return a row as its table wants it: ids for keys, and secrets encrypted."""
    row = {column: step.row[column] for column in columns or step.row if column not in kind.link_columns}
    for column in row.keys() & kind.references.keys():
        if row[column] is not None:
            row[column] = held.ids[kind.references[column]][row[column]]
    for column in row.keys() & kind.secrets:
        row[column] = vault.encrypt(row[column]) if row[column] else ""
    return row


def _write_links(connection: Connection, held: Stored, kind: Kind, link: Link, changes: Changes) -> None:
    steps = [
        step
        for action in (Action.CREATED, Action.CHANGED)
        for step in changes.of(kind.name, action)
        if link.column in step.fields
    ]
    if not steps:
        return
    ids, others = held.ids[kind.name], held.ids[link.kind]
    owner = link.table.c[link.owner_id]
    connection.execute(
        delete(link.table).where(owner == bindparam("this_id")), [{"this_id": ids[step.key]} for step in steps]
    )
    rows = [
        {link.owner_id: ids[step.key], link.other_id: others[other]}
        for step in steps
        for other in sorted(step.row[link.column])
    ]
    if rows:
        connection.execute(link.table.insert(), rows)
