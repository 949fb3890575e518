"""``postroom check``, ``plan`` and ``apply``.

Exit code 0: all is well; 1: the files are at fault, and nothing was changed; 2: the command was called wrongly; 3: with
``plan --exit-code``, there is something to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from backbone.blobs import Blobs
from backbone.settings import Settings, load
from console.commands.common import plain, screen
from console.configuration import apply as applying
from console.configuration import fitting, opening, pinned, read, show, wanted
from console.configuration.changes import Changes
from console.configuration.faults import FaultyConfigurationError
from console.configuration.keeping import LackingPasswordsError
from console.configuration.model import Configuration
from console.configuration.remarks import remarks
from console.lab import gate, lines
from console.lab.gate import FailedSamplesError

FAULTY = 1
SOMETHING_TO_DO = 3
SHOWN_NAMES = 5
NO_VARIABLES: frozenset[str] = frozenset()

FileNames = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="YAML files, which may refer to one another; - is standard input."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Prune = Annotated[bool, typer.Option("--prune", help="Remove what the files do not name.")]


def check(files: FileNames, as_json: AsJson = False) -> None:
    """Check mail configuration: names every mistake with file, line and cure.

    Changes nothing, and needs no database, but every password that the files refer to.

    Example: postroom check mail.yml
    """
    with faults_told(as_json):
        configuration = _read(files)
    counts = {kind: len(rows) for kind, rows in wanted.rows(configuration).items()}
    if as_json:
        _print_json({"ok": True, "faults": [], "counts": counts})
        return
    told = ", ".join(show.counted(kind, number) for kind, number in counts.items() if number)
    screen.print(Text.assemble(("All is well:", "green"), f" {told or 'the file names nothing yet'}."))


def plan(
    files: FileNames,
    prune: Prune = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 3 when there is something to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what apply would do: a diff of what is created, changed, switched off and removed. Changes nothing.

    Passwords are never shown. One whose variable is not set stays as it is stored.

    Example: postroom plan mail.yml --prune
    """
    settings = load(Settings)
    with faults_told(as_json), opening.to_read(settings) as (database, vault):
        blobs = opening.store_to_read(settings)
        changes = _made(files, lambda asked: applying.plan(database, vault, blobs, asked, prune=prune))
    if as_json:
        _print_json(_as_data(changes))
    elif changes:
        for line in show.diff(changes):
            screen.print(line)
        _tell(changes, "Plan:")
    else:
        _tell_nothing(changes)
    if exit_code and changes:
        raise typer.Exit(SOMETHING_TO_DO)


def apply(files: FileNames, prune: Prune = False, as_json: AsJson = False) -> None:
    """Apply mail configuration to the database: all of it, or nothing when something is wrong.

    What the files do not name stays as it is, unless --prune removes it: what tickets or mails refer to is then
    switched off and kept for them. Applying again changes nothing.

    Example: postroom apply directory.yml mail.yml
    """
    settings = load(Settings)
    with faults_told(as_json), opening.to_write(settings) as (database, vault):
        blobs = Blobs(settings.resolved_blob_url, settings.blob_options)
        changes = _made(files, lambda asked: applying.apply(database, vault, blobs, asked, prune=prune))
    if as_json:
        _print_json(_as_data(changes))
    elif changes:
        _tell_kinds(changes)
        _tell(changes, "Applied:")
    else:
        _tell_nothing(changes)


def _read(paths: Sequence[Path]) -> Configuration:
    """Return what the files say; their rules have been tried on those samples that are files."""
    files = read.load(paths)
    configuration = read.understand(files)
    if found := gate.failed(wanted.rows(configuration), pinned.contents(None, configuration)):
        raise FaultyConfigurationError(lines.faults(files.documents, found))
    return configuration


def _made(paths: Sequence[Path], make: Callable[[Configuration], Changes]) -> Changes:
    """Return what ``make`` makes of the files; of passwords only those must be given that are not stored."""
    files = read.load(paths)
    try:
        return make(read.understand(files, required=NO_VARIABLES))
    except LackingPasswordsError as error:
        return make(read.understand(files, required=error.variables))  # it tells the lines, and does not come back
    except FailedSamplesError as error:
        raise FaultyConfigurationError(lines.faults(files.documents, error.failed)) from error
    except fitting.MisfitsError as error:
        raise FaultyConfigurationError(fitting.faults(files.documents, error.misfits)) from error


@contextmanager
def faults_told(as_json: bool) -> Iterator[None]:
    """Tell the faults of the files that the block reads, a line each or as JSON, and end the command by them."""
    try:
        yield
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
            typer.echo(f"{number} {'fault' if number == 1 else 'faults'}; nothing was changed.", err=True)
        raise typer.Exit(FAULTY) from None


def _tell_kinds(changes: Changes) -> None:
    for kind in {step.kind: None for step in changes.steps}:
        for effect, (_mark, colour) in show.MARKS.items():
            names = [step.title for step in changes.steps if step.kind == kind and step.effect is effect]
            if names:
                shown = ", ".join(map(plain, names[:SHOWN_NAMES]))
                more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
                screen.print(Text.assemble((effect, colour), f" {show.counted(kind, len(names))}: {shown}{more}"))


def _tell(changes: Changes, word: str) -> None:
    _tell_remarks(changes)
    screen.print(Text.assemble((word, "green"), f" {show.summary(changes)}"))


def _tell_remarks(changes: Changes) -> None:
    for remark in remarks(changes):
        screen.print(Text.assemble(("Note:", "yellow"), f" {remark}"))


def _tell_nothing(changes: Changes) -> None:
    _tell_remarks(changes)
    screen.print(Text.assemble(("Nothing to do:", "green"), f" all {len(changes.steps)} entries are as the file says."))


def _as_data(changes: Changes) -> dict[str, Any]:
    return {
        "ok": True,
        "faults": [],
        "changes": show.as_data(changes),
        "counts": {effect.replace(" ", "_"): number for effect, number in show.counts(changes).items()},
        "notes": list(remarks(changes)),
    }


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
