"""The command ``postroom``.

Exit codes: 0 it worked; 1 it did not, and a sentence says why; 2 the command was called wrongly.
"""

from __future__ import annotations

import sys

import typer
from sqlalchemy.exc import DBAPIError

from backbone.errors import UserError
from console.commands import mailboxes, mails, processes, tickets
from console.configuration import commands as configuration
from console.demo.commands import demo

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
app.command("migrate")(processes.migrate)
app.command("secret-key")(processes.secret_key)
app.command("check")(configuration.check)
app.command("apply")(configuration.apply)
app.add_typer(mailboxes.app, name="mailbox")
app.command("tickets")(tickets.tickets)
app.command("chat")(tickets.chat)
app.command("parse")(mails.parse)
app.command("trace")(mails.trace)
app.command("status")(mails.status)
app.add_typer(mails.failures, name="failures")
app.command("replay")(mails.replay)


def main() -> None:
    """Run the command that the arguments name; a fault ends in a sentence and exit code 1, never in a traceback."""
    try:
        app()
    except UserError as error:
        _fail(str(error))
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        _fail(
            f"The database refused ({reason}); check POSTROOM_DATABASE_URL, and run 'postroom migrate' if the database "
            "is new or older than this program."
        )
    except BrokenPipeError:
        sys.exit(1)


def _fail(sentence: str) -> None:
    sys.stderr.write(f"postroom: {sentence}\n")
    sys.exit(1)


if __name__ == "__main__":
    main()
