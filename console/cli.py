"""The command ``postroom``.

Exit codes: 0 it worked; 1 it did not, and a sentence says why; 2 the command was called wrongly.
"""

from __future__ import annotations

import io
import os
import sys

import typer
from pydantic_settings import SettingsError
from sqlalchemy.exc import DBAPIError

from backbone.blobs import StoreUnavailableError
from backbone.errors import UserError
from console.commands import (
    chat,
    chat_bus,
    letters,
    mailboxes,
    mails,
    participants,
    processes,
    sending,
    service_users,
    templates,
    ticket,
    tickets,
    tracing,
    web,
)
from console.configuration import commands as configuration
from console.configuration import exporting
from console.demo.commands import demo
from console.lab import commands as rules

app = typer.Typer(
    name="postroom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="E-mail to ticket and back: loses nothing, explains every decision.",
)
app.command("demo")(demo)
app.command("run")(processes.run)
app.command("worker")(processes.run_worker)
app.command("scheduler")(processes.scheduler)
app.command("watch")(processes.watch)
app.command("console")(web.console)
app.command("migrate")(processes.migrate)
app.command("secret-key")(processes.secret_key)
app.command("check")(configuration.check)
app.command("plan")(configuration.plan)
app.command("apply")(configuration.apply)
app.command("export")(exporting.export)
app.command("schema")(exporting.schema)
app.add_typer(mailboxes.app, name="mailbox")
app.add_typer(rules.app, name="rule")
app.add_typer(letters.app, name="letter")
app.add_typer(service_users.app, name="service-user")
app.add_typer(templates.app, name="template")
app.command("tickets")(tickets.tickets)
app.add_typer(ticket.app, name="ticket")
ticket.app.command("participants")(participants.list_)
ticket.app.add_typer(participants.app, name="participant")
app.command("chat")(chat.chat)
app.command("undo")(chat.undo)
app.add_typer(chat.canned, name="canned")
app.add_typer(chat_bus.app, name="chat-quarantine")
app.command("parse")(mails.parse)
app.command("trace")(tracing.trace)
app.command("status")(mails.status)
app.add_typer(mails.failures, name="failures")
app.add_typer(sending.app, name="breaker")
app.command("replay")(mails.replay)


def main() -> None:
    """Run the command that the arguments name; a fault ends in a sentence and exit code 1, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter still shows the rest
    try:
        app()
    except BrokenPipeError:
        # Whoever read us has gone; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (UserError, SettingsError, DBAPIError, StoreUnavailableError, OSError) as error:
        sys.stderr.write(f"postroom: {_sentence(error)}\n")
        sys.exit(1)


def _sentence(error: Exception) -> str:
    match error:
        case SettingsError():
            return f"Settings cannot be used: {error}; write lists and objects as JSON."
        case DBAPIError():
            reason = str(error.orig).strip().partition("\n")[0]
            return (
                f"The database refused ({reason}); check POSTROOM_DATABASE_URL, and run 'postroom migrate' if the "
                "database is new or older than this program."
            )
        case StoreUnavailableError():
            reason = " ".join(str(error).split())[:300]
            return f"The blob store cannot be used ({reason}); check POSTROOM_BLOB_URL and POSTROOM_BLOB_OPTIONS."
        case OSError():
            where = f" {error.filename}" if error.filename else ""
            return f"The system refused{where} ({error.strerror or error}); check paths and rights in the settings."
        case _:
            return str(error)


if __name__ == "__main__":
    main()
