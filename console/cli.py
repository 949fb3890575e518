"""The command ``postroom``.

Exit codes: 0 it worked; 1 it did not, and a sentence says why; 2 the command was called wrongly.
"""

from __future__ import annotations

import io
import os
import sys

import typer

from console.menu import Menu

app = typer.Typer(name="postroom", cls=Menu, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _postroom() -> None:
    """E-mail to ticket and back: loses nothing, explains every decision."""


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
    except Exception as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        sys.stderr.write(f"postroom: {_readable(sentence)}\n")
        sys.exit(1)


def _readable(sentence: str) -> str:
    from console.commands.common import plain  # noqa: PLC0415 - as below

    return plain(sentence)


def _sentence(error: Exception) -> str:
    """Return what is wrong and how to mend it; nothing when it is a bug of ours."""
    # Imported here, as they cost each start half a second: whoever raised one of these has loaded them already.
    from pydantic_settings import SettingsError  # noqa: PLC0415 - as said
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - as said

    from backbone.blobs import StoreUnavailableError  # noqa: PLC0415 - as said
    from backbone.errors import UserError  # noqa: PLC0415 - as said

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
        case UserError():
            return str(error)
        case _:
            return ""


if __name__ == "__main__":
    main()
