"""``postroom check`` and ``postroom apply``.

Exit code 0: all is well; 1: the files are at fault, and nothing was changed; 2: the command was called wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import DBAPIError

from backbone.database import Database
from backbone.errors import UserError
from backbone.settings import Settings, load
from backbone.vault import open_vault
from console.configuration import wanted
from console.configuration.apply import apply as write
from console.configuration.changes import Action, Changes
from console.configuration.faults import FaultyConfigurationError
from console.configuration.kinds import KINDS
from console.configuration.model import Configuration
from console.configuration.read import read

FAULTY = 1
SHOWN_NAMES = 5

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files, which may refer to one another.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def check(files: Files, as_json: AsJson = False) -> None:
    """Check mail configuration: names every mistake with file, line and cure.

    Changes nothing, and needs no database.

    Example: postroom check mail.yml
    """
    configuration = _read(files, as_json)
    counts = {kind: len(rows) for kind, rows in wanted.rows(configuration).items()}
    if as_json:
        _print_json({"ok": True, "faults": [], "counts": counts})
        return
    told = ", ".join(f"{number} {_words(kind)}" for kind, number in counts.items() if number)
    Console(soft_wrap=True, highlight=False).print(f"[green]All is well:[/] {told or 'the file names nothing yet'}.")


def apply(files: Files, as_json: AsJson = False) -> None:
    """Apply mail configuration to the database: all of it, or nothing when something is wrong.

    What the files do not name stays as it is. Applying again changes nothing.

    Example: postroom apply directory.yml mail.yml
    """
    configuration = _read(files, as_json)
    settings = load(Settings)
    database = Database(settings.resolved_database_url)
    try:
        if settings.embedded:
            database.migrate()  # one folder, one process: nobody else could have made the schema
        changes = write(database, open_vault(settings), configuration)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise UserError(
            f"Nothing was applied, as the database refused ({reason}); check POSTROOM_DATABASE_URL, "
            "and run 'postroom migrate' if the database is new or older than this program."
        ) from None
    finally:
        database.close()
    if as_json:
        _print_json({"ok": True, "faults": [], "changes": _as_dict(changes)})
    else:
        _show(changes)


def _read(files: Sequence[Path], as_json: bool) -> Configuration:
    try:
        return read(files)
    except FaultyConfigurationError as error:
        if as_json:
            faults = [
                {
                    "file": fault.file,
                    "line": fault.line,
                    "problem": fault.problem,
                    "cure": fault.cure,
                    "text": str(fault),
                }
                for fault in error.faults
            ]
            _print_json({"ok": False, "faults": faults})
        else:
            for fault in error.faults:
                typer.echo(str(fault))
            number = len(error.faults)
            word = "fault" if number == 1 else "faults"
            Console(stderr=True, highlight=False).print(f"[red]{number} {word}[/]; nothing was changed.")
        raise typer.Exit(FAULTY) from None


def _show(changes: Changes) -> None:
    console = Console(soft_wrap=True, highlight=False)
    if not changes:
        console.print(f"[green]Nothing to do:[/] all {len(changes.steps)} entries are as the file says.")
        return
    for kind in KINDS:
        for action, colour in ((Action.CREATED, "green"), (Action.CHANGED, "yellow")):
            names = changes.names(kind.name, action)
            if names:
                shown = ", ".join(map(escape, names[:SHOWN_NAMES]))
                more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
                console.print(f"[{colour}]{action}[/] {len(names)} {_words(kind.name)}: {shown}{more}")
    created, changed, unchanged = (changes.count(action) for action in Action)
    console.print(f"[green]Applied:[/] {created} created, {changed} changed, {unchanged} as before.")


def _as_dict(changes: Changes) -> dict[str, Any]:
    return {
        kind.name: {
            "created": changes.names(kind.name, Action.CREATED),
            "changed": {step.title: step.fields for step in changes.of(kind.name, Action.CHANGED)},
            "unchanged": len(changes.of(kind.name, Action.UNCHANGED)),
        }
        for kind in KINDS
    }


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
