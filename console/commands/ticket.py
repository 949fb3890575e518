"""``postroom ticket``: show, close, reopen, merge, set, participants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from backbone import clock
from backbone.catalogue.model import Directory, Entry, Object
from backbone.errors import UserError
from backbone.runtime import Runtime
from console.commands import participants
from console.commands.common import AsJson, plain, print_json, runtime, screen, when
from console.configuration.faults import nearest
from parse.rules.deadlines import deadline as moment_of
from parse.rules.resolver import Named, Resolver
from tickets import details, lifecycle, queries

NOTHING = "-"
LONGEST_ASSIGNEE = 255

Number = Annotated[str, typer.Argument(help="The ticket's number.")]

app = typer.Typer(no_args_is_help=True, help="One ticket: show, close, reopen, merge, set, participants.")


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show all fields of a ticket, with what its mail named and nobody knows, and the tickets it is linked with.

    Example: postroom ticket show O2311000
    """
    with runtime() as opened, opened.database.reading() as connection:
        found = details.details(connection, number.strip())
    if found is None:
        raise _no_ticket(number)
    if as_json:
        print_json(found)
        return
    table = Table("field", "value")
    for name, value in found.items():
        for line in _lines(name, value):
            table.add_row(name, plain(line))
    screen.print(table)


@app.command()
def close(number: Number) -> None:
    """Close a ticket; an answer opens it again within the days that its template names.

    Example: postroom ticket close O2311000
    """
    with runtime() as opened:
        changed = lifecycle.close(opened, number.strip())
    screen.print(f"{number.strip()} is closed." if changed else f"{number.strip()} was closed already.")


@app.command()
def reopen(number: Number) -> None:
    """Open a closed ticket again.

    Example: postroom ticket reopen O2311000
    """
    with runtime() as opened:
        changed = lifecycle.reopen(opened, number.strip())
    screen.print(f"{number.strip()} is open again." if changed else f"{number.strip()} is open.")


@app.command()
def merge(number: Number, into: Annotated[str, typer.Option(help="The ticket that goes on for both.")]) -> None:
    """Close a ticket for another, to which the mail that answers it goes from now on.

    Example: postroom ticket merge O2311001 --into O2311000
    """
    with runtime() as opened:
        lifecycle.merge(opened, number.strip(), into.strip())
    screen.print(f"{number.strip()} is merged into {into.strip()}.")


@app.command("set")
def set_(
    number: Number,
    object_: Annotated[str | None, typer.Option("--object", help="An object of the directory.")] = None,
    work_type: Annotated[str | None, typer.Option(help="A work type that the object offers.")] = None,
    criticality: Annotated[str | None, typer.Option(help="A criticality of the directory.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Who does it; '-' for nobody.")] = None,
    deadline: Annotated[
        str | None, typer.Option(help="Day and time in the mailbox's zone, or how long from now; '-' for none.")
    ] = None,
) -> None:
    """Change fields of a ticket.

    Example: postroom ticket set O2311000 --object "Склад 3" --work-type Ремонт --deadline "25.11.2026 18:00"
    """
    with runtime() as opened:
        directory, zone = _around(opened, number.strip())
        values: dict[str, Any] = {}
        if object_ is not None:
            values["object_id"] = _named("object", object_, directory.objects.values())
        if work_type is not None:
            values["work_type_id"] = _named("work type", work_type, directory.work_types.values())
        if criticality is not None:
            values["criticality_id"] = _named("criticality", criticality, directory.criticalities.values())
        if assignee is not None:
            values["assignee"] = _assignee(assignee)
        if deadline is not None:
            values["deadline"] = None if deadline.strip() == NOTHING else _moment(deadline, zone)
        if not values:
            raise UserError("Nothing is to be set; name a field, such as --assignee: postroom ticket set --help")
        lifecycle.change(opened, number.strip(), values)
    screen.print(f"{number.strip()} is changed.")


app.command("participants")(participants.list_)
app.add_typer(participants.app, name="participant")


def _no_ticket(number: str) -> UserError:
    return UserError(f"There is no ticket {number.strip()!r}; 'postroom tickets' lists the newest ones.")


def _around(opened: Runtime, number: str) -> tuple[Directory, ZoneInfo]:
    """Return the directory, and the time zone of the ticket's mailbox."""
    with opened.database.reading() as connection:
        catalogue = opened.catalogue.current(connection)
        found = queries.tickets_by_number(connection, number)
    if not found:
        raise _no_ticket(number)
    return catalogue.directory, ZoneInfo(catalogue.mailboxes[found[0].mailbox_id].time_zone)


def _named(kind: str, name: str, entries: Iterable[Entry | Object]) -> int:
    """Return the id of the entry that ``name`` means, found as names in mails are."""
    known = [Named(one.id, one.name, one.aliases) for one in entries]
    found = Resolver(known).resolve(name)
    if found.id is not None:
        return found.id
    if found.candidates:
        raise UserError(f"Several entries could be the {kind} {name!r}; write its whole name.")
    near = nearest(name, [one.name for one in known])
    cure = f"did you mean {near!r}?" if near else "'postroom export' lists the directory."
    raise UserError(f"No {kind} is called {name!r}; {cure}")


def _assignee(name: str) -> str:
    name = name.strip()
    if name == NOTHING:
        return ""
    if not name or not name.isprintable() or len(name) > LONGEST_ASSIGNEE:
        raise UserError(
            f"The assignee must be a name on one line, of at most {LONGEST_ASSIGNEE} characters; '-' for nobody."
        )
    return name


def _moment(text: str, zone: ZoneInfo) -> datetime:
    found = moment_of(text, zone, clock.now())
    if found is None:
        raise UserError(f"The deadline {text!r} is no moment; write it as 25.11.2026 18:00, or '-' for none.")
    return found


def _lines(name: str, value: Any) -> list[str]:
    """Return what the table shows of a field: a line for each of several values, none for nothing."""
    match value:
        case None | "":
            return []
        case bool():
            return ["yes" if value else "no"]
        case dict():
            return [f"{key}: {one}" for key, one in value.items()]
        case list() if name == "unresolved":
            return [f"{one['field']}: {one['text']!r} ({one['why'].replace('_', ' ')})" for one in value]
        case list():
            return list(value)
        case _:
            return [when(value)] if isinstance(value, datetime) else [str(value)]
