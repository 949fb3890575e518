"""``postroom trace``: what became of a mail, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from backbone.errors import UserError
from backbone.ledger import trace as tracing
from console.commands import why
from console.commands.common import AsJson, print_json, runtime, screen
from tickets import queries


def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID|MESSAGE-ID|NUMBER", help="Of a mail or of a ticket.")],
    as_json: AsJson = False,
) -> None:
    """Tell what became of a mail, step by step and why, from the mailbox to the replies.

    Example: postroom trace '<abc@example.com>'
    """
    with runtime() as opened, opened.database.reading() as connection:
        tickets = queries.tickets_by_number(connection, wanted.strip())
        found = tracing.find(connection, wanted, [ticket.id for ticket in tickets])
        numbers = queries.numbers_of(connection, {mail["ticket_id"] for mail in found if mail["ticket_id"]})
        templates = {one.id: one.name for one in opened.catalogue.current(connection).templates.values()}
    for mail in found:
        mail["ticket"] = numbers.get(mail["ticket_id"])
    if not found:
        raise UserError(f"The ledger knows no mail {wanted!r}; give a ledger id, a Message-ID or a ticket number.")
    if as_json:
        print_json(found)
        return
    for mail in found:
        why.show(screen, mail, templates)
