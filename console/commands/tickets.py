"""``postroom tickets`` and ``postroom chat``."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table

from backbone.contracts import Attachment
from backbone.errors import UserError
from backbone.runtime import Runtime
from console.commands.common import AsJson, plain, print_json, row_dict, runtime, screen, when
from tickets import chat as chats
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
        state = f" · mail {one.mail_state}{': ' + one.mail_answer if one.mail_answer else ''}" if one.mail_state else ""
        guest = " · unverified guest" if one.guest else ""
        head = f"{when(one.created_at)}, {one.author} · {one.chat} chat{guest}{state}"
        screen.print(plain(head), style="bold")  # not the panel's title, which would be cut to its width
        screen.print(Panel(plain(f"{one.text}\n\n[{names}]" if names else one.text)))


def chat(
    number: Annotated[str, typer.Argument(help="The ticket's number.")],
    text: Annotated[str, typer.Argument(help="What to say; '-' reads standard input.")],
    author: Annotated[str, typer.Option(help="Who says it, as the customer reads it.")] = "Диспетчер",
    attach: Annotated[list[Path] | None, typer.Option(help="A file to attach; repeat for more.")] = None,
    team: Annotated[bool, typer.Option("--team", help="Into the team chat, which never leaves the house.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write into a ticket's customer chat; the message also leaves as a mail.

    Example: postroom chat O2311000 "Мастер приедет завтра в 10:00" --author "Анна"
    """
    said = _from_stdin() if text == "-" else text
    with runtime() as opened:
        files = [_stored(opened, path) for path in attach or []]
        posted = chats.post(opened, number, said, author, files, chat="team" if team else "customer")
    if as_json:
        print_json({"chat_message_id": posted.chat_message_id, "outbound_id": posted.outbound_id, "why": posted.why})
    elif posted.outbound_id is None:
        screen.print(f"Written into the chat of {number}; no mail leaves: {posted.why}.")
    else:
        screen.print(f"Written into the chat of {number}, and queued as mail.")


def _from_stdin() -> str:
    try:
        return typer.get_binary_stream("stdin").read().decode()
    except UnicodeDecodeError:
        raise UserError("Standard input is no UTF-8 text; convert it, or attach it as a file.") from None


def _stored(opened: Runtime, path: Path) -> Attachment:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"The file {path} cannot be read ({error.strerror}); check its name and rights.") from None
    return Attachment(
        filename=path.name,
        content_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        size=len(content),
        sha256=opened.blobs.put(content, durable=True),
    )
