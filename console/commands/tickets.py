"""``postroom tickets``: the newest, or one with its chats."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table

from backbone.errors import UserError
from console.commands.common import AsJson, plain, print_json, row_dict, runtime, screen, when
from console.commands.delivery import delivery
from tickets import history, queries


def tickets(
    number: Annotated[str | None, typer.Argument(help="Show this ticket with its chat.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest to list.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List the newest tickets, or show one with its chat and the state of its mails.

    Example: postroom tickets O2311000
    """
    with runtime() as opened, opened.database.reading() as connection:
        if number is None:
            rows = queries.newest_tickets(connection, limit)
            shown, files = [], []
        else:
            rows = queries.tickets_by_number(connection, number)
            if not rows:
                raise UserError(f"There is no ticket {number!r}; 'postroom tickets' lists the newest ones.")
            shown = history.messages_of(connection, [row.id for row in rows])
            files = history.attachments_of(connection, [one.id for one in shown])
    if as_json:
        listed = [row_dict(row) for row in rows]
        if number is not None:
            attached: dict[int, list[object]] = {}
            for file in files:
                attached.setdefault(file.chat_message_id, []).append(row_dict(file))
            listed[0]["messages"] = [row_dict(one) | {"attachments": attached.get(one.id, [])} for one in shown]
        print_json(listed if number is None else listed[0])
        return
    table = Table("number", "made", "from", "subject", "status")
    for row in rows:
        table.add_row(
            row.number, when(row.created_at), plain(row.sender_address or "-"), plain(row.subject[:80]), row.status
        )
    screen.print(table)
    for one in shown:
        names = ", ".join(file.filename for file in files if file.chat_message_id == one.id)
        about = ("unverified guest" if one.guest else "", delivery(one))
        where = f"{one.chat} chat" + (f", the same as {one.twin_id}" if one.twin_id else "")
        head = " · ".join(filter(None, [f"{one.id}", when(one.created_at), one.author, where, *about]))
        screen.print(plain(head), style="bold")  # not the panel's title, which would be cut to its width
        if one.undone_at is None:
            screen.print(Panel(plain(f"{one.text}\n\n[{names}]" if names else one.text)))
