"""``postroom suppression``: list, lift; the addresses that get no automatic mail as they do not exist."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from backbone.addresses import normalise, readable
from backbone.errors import UserError
from backbone.ledger import suppressions
from console.commands.common import AsJson, plain, print_json, row_dict, runtime, screen, when

MOST = 100_000

app = typer.Typer(no_args_is_help=True, help="Addresses that do not exist and get no automatic mail: list, lift.")


@app.command("list")
def list_(
    newest: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the newest first.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List the addresses that get nothing automatic now, since when, until when, and what a server said of them.

    Example: postroom suppression list
    """
    with runtime() as opened, opened.database.reading() as connection:
        rows = suppressions.standing(connection, newest)
    if as_json:
        print_json([row_dict(row) for row in rows])
        return
    if not rows:
        screen.print("Every address gets automatic mail.")
        return
    table = Table("address", "since", "until", "why")
    for row in rows:
        table.add_row(plain(readable(row.address)), when(row.since), when(row.until), plain(row.reason))
    screen.print(table)


@app.command()
def lift(address: Annotated[str, typer.Argument(help="As 'suppression list' shows it.")]) -> None:
    """Let automatic mail go to an address again, as it was mended; a mail from it does the same.

    Example: postroom suppression lift ivan@customer.example
    """
    with runtime() as opened, opened.database.transaction() as connection:
        lifted = suppressions.lift(connection, {normalise(address)})
    if not lifted:
        raise UserError(f"Nothing is held back from {address!r}; see 'postroom suppression list'.")
    screen.print(plain(f"Automatic mail goes to {readable(lifted[0])} again."))
