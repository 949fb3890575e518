"""``postroom chat``, ``postroom undo`` and ``postroom canned``: what staff say on a ticket."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from backbone.contracts import Attachment
from backbone.errors import UserError
from backbone.i18n import translations
from backbone.runtime import Runtime
from console.commands.common import AsJson, plain, print_json, runtime, screen, when
from tickets import answers, prepared, queries
from tickets import chat as chats
from tickets import undo as undoing

canned = typer.Typer(no_args_is_help=True, help="Answers kept ready in the mail configuration: list.")


def chat(
    number: Annotated[str, typer.Argument(help="The ticket's number.")],
    text: Annotated[str | None, typer.Argument(help="What to say; '-' reads standard input.")] = None,
    *,
    author: Annotated[
        str | None, typer.Option(help="Who says it, as the customer reads it.", show_default="a dispatcher")
    ] = None,
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", "--file", help="A file to attach; repeat for more.")
    ] = None,
    canned_reply: Annotated[
        str | None, typer.Option("--canned", metavar="NAME", help="A canned reply; TEXT then follows it.")
    ] = None,
    team: Annotated[bool, typer.Option("--team", help="Into the team chat, which never leaves the house.")] = False,
    also: Annotated[bool, typer.Option("--also", help="Also into the other of the two chats.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write into a ticket's customer chat; the message also leaves as a mail.

    Example: postroom chat O2311000 "Мастер приедет завтра в 10:00" --author "Анна"
    """
    if text is None and canned_reply is None and not attach:
        raise typer.BadParameter("write a TEXT, or name a canned reply with --canned, or a file with --attach")
    said = _from_stdin() if text == "-" else text or ""
    with runtime() as opened:
        who = _dispatcher(opened, number) if author is None else author
        if canned_reply is not None:
            said = "\n\n".join(filter(None, [_prepared(opened, number, canned_reply, who), said]))
        files = [_stored(opened, path) for path in attach or []]
        posted = chats.post(opened, number, said, who, files, chat="team" if team else "customer", also=also)
    if as_json:
        print_json(
            {
                "chat_message_id": posted.chat_message_id,
                "other_message_id": posted.other_message_id,
                "outbound_id": posted.outbound_id,
                "not_before": posted.not_before,
                "why": posted.why,
            }
        )
    else:
        _tell(posted, f"both chats of {number}" if also else f"the chat of {number}")


def undo(
    message_id: Annotated[int | None, typer.Argument(min=1, help="As 'postroom tickets NUMBER' shows it.")] = None,
    ticket: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Take back the last message of this ticket.")
    ] = None,
) -> None:
    """Take a message to the customer back before its mail leaves; from both chats, if it was written into both.

    The mailbox says how long that is possible: undo_seconds in the mail configuration.

    Example: postroom undo --ticket O2311000
    """
    if (message_id is None) == (ticket is None):
        raise typer.BadParameter("name either a message or, with --ticket, a ticket")
    with runtime() as opened:
        wanted = message_id if message_id is not None else undoing.newest(opened, str(ticket).strip())
        undoing.take_back(opened, wanted)
    screen.print(f"The message {wanted} is taken back; its mail was not sent.")


@canned.command("list")
def list_canned(
    ticket: Annotated[str | None, typer.Option(metavar="NUMBER", help="Only those for tickets of this type.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the canned replies, which 'postroom chat NUMBER --canned NAME' sends.

    Example: postroom canned list --ticket O2311000
    """
    with runtime() as opened, opened.database.reading() as connection:
        catalogue = opened.catalogue.current(connection)
        replies = prepared.usable(connection, catalogue, ticket.strip() if ticket is not None else None)
    types = catalogue.directory.ticket_types
    told = [
        {"name": one.name, "ticket_types": sorted(types[key].name for key in one.ticket_type_ids), "text": one.text}
        for one in replies
    ]
    if as_json:
        print_json(told)
        return
    if not told:
        screen.print("There are none; canned_replies in the mail configuration keeps them.")
        return
    table = Table("name", "for tickets of type", "text")
    for one in told:
        table.add_row(plain(one["name"]), plain(", ".join(one["ticket_types"]) or "any"), plain(one["text"]))
    screen.print(table)


def _prepared(opened: Runtime, number: str, name: str, author: str) -> str:
    with opened.database.reading() as connection:
        return prepared.text(connection, opened.catalogue.current(connection), number, name, author)


def _dispatcher(opened: Runtime, number: str) -> str:
    """Return what a customer reads as the author where nobody says who writes, in the language of his mails."""
    with opened.database.reading() as connection:
        catalogue = opened.catalogue.current(connection)
        found = queries.tickets_by_number(connection, number)
    language = next((answers.language_in(ticket, catalogue) for ticket in found), "en")
    return translations(language).gettext("Dispatcher")


def _tell(posted: chats.Posted, where: str) -> None:
    if posted.outbound_id is None:
        screen.print(plain(f"Written into {where}; no mail leaves: {posted.why}."))
    elif posted.not_before is None:
        screen.print(plain(f"Written into {where}, and queued as mail."))
    else:
        screen.print(
            plain(
                f"Written into {where}; the mail leaves at {when(posted.not_before)}. Until then it can be taken back: "
                f"postroom undo {posted.chat_message_id}"
            )
        )


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
