"""``postroom ticket participants`` and ``participant add|remove|confirm``: who gets copies of a ticket's mails."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from backbone.addresses import readable
from backbone.errors import UserError
from console.commands.common import AsJson, plain, print_json, runtime, screen
from tickets import participants, queries

Number = Annotated[str, typer.Argument(help="The ticket's number.")]
Address = Annotated[str, typer.Argument(help="Whose mail address.")]

app = typer.Typer(no_args_is_help=True, help="Who gets copies of a ticket's mails: add, remove, confirm.")


def list_(number: Number, as_json: AsJson = False) -> None:
    """List who takes part in a ticket: the requester and the assignee, who stay, and those who get copies.

    Who only appeared in a customer's mail gets nothing until he is confirmed.

    Example: postroom ticket participants O2311000
    """
    with runtime() as opened, opened.database.reading() as connection:
        found = queries.tickets_by_number(connection, number.strip())
        if not found:
            raise UserError(f"There is no ticket {number.strip()!r}; 'postroom tickets' lists the newest ones.")
        people = participants.listed(connection, found[0])
    if as_json:
        told = ("address", "name", "role", "confirmed")
        print_json([{name: getattr(one, name) for name in told} for one in people])
        return
    table = Table("address", "name", "role", "gets mail")
    for one in people:
        gets = one.role == "requester" or (one.role == "participant" and one.confirmed)
        table.add_row(
            plain(readable(one.address)) or "-",
            plain(one.name),
            one.role,
            "yes" if gets else "no" if one.confirmed else "not confirmed",
        )
    screen.print(table)


@app.command()
def add(
    number: Number,
    address: Address,
    name: Annotated[str, typer.Option(help="The name to show beside the address.")] = "",
) -> None:
    """Let somebody get a copy of every mail to the requester from now on.

    Example: postroom ticket participant add O2311000 boss@customer.example --name "Пётр Иванов"
    """
    with runtime() as opened:
        new = participants.add(opened, number.strip(), address, name)
    screen.print(plain(f"{address} takes part in {number.strip()}{'' if new else ' already'}."))


@app.command()
def remove(number: Number, address: Address) -> None:
    """Send somebody no more copies; the requester and the assignee stay.

    Example: postroom ticket participant remove O2311000 boss@customer.example
    """
    with runtime() as opened:
        participants.remove(opened, number.strip(), address)
    screen.print(plain(f"{address} takes part in {number.strip()} no more."))


@app.command()
def confirm(number: Number, address: Address) -> None:
    """Let somebody whom a customer's mail named get copies from now on.

    Example: postroom ticket participant confirm O2311000 boss@customer.example
    """
    with runtime() as opened:
        new = participants.confirm(opened, number.strip(), address)
    screen.print(plain(f"{address} {'is confirmed' if new else 'was confirmed already'} in {number.strip()}."))
