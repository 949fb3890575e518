"""What commands share: opening the stores, finding a mailbox, printing tables and JSON."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console

from backbone.addresses import normalise
from backbone.broker import Publisher, open_broker
from backbone.catalogue.model import Mailbox
from backbone.errors import UserError
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings, load

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

PIPED_SIZE = (400, 100)
"""Columns and lines when nobody looks at a terminal, so that a table's cells stay whole for grep."""

_width, _height = (None, None) if sys.stdout.isatty() else PIPED_SIZE
screen = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, width=_width, height=_height)
"""Where commands print for people; what strangers wrote in mails is never taken for markup."""

_BEYOND_ASCII = r"\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""The controls of eight bits, which terminals obey in UTF-8 too, and what breaks lines or turns text around."""

_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f{_BEYOND_ASCII}]")
_LEFT_BY_JSON = re.compile(f"[{_BEYOND_ASCII}]")


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Open the stores for one command. Embedded, the events of what it writes are left to the running Postroom."""
    settings = load(Settings)
    _log_to_stderr()
    publisher = None if settings.embedded else Publisher(open_broker(settings))
    opened = open_runtime(settings, publisher)
    try:
        yield opened
    finally:
        opened.close()


class _Stderr:
    """What structlog writes through; standard output is for what the command was asked."""

    def msg(self, message: str) -> None:
        sys.stderr.write(message + "\n")

    warning = error = critical = exception = msg


def _log_to_stderr() -> None:
    """Show only what went wrong, a line each; the libraries' own tales of it are left out."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.dev.ConsoleRenderer(colors=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_names: _Stderr(),
    )


def find_mailbox(opened: Runtime, address: str) -> Mailbox:
    """Return the mailbox of that address, however it is spelt; raise UserError when there is none."""
    with opened.database.reading() as connection:
        boxes = opened.catalogue.current(connection).mailboxes.values()
    wanted = normalise(address)
    for box in boxes:
        if normalise(box.address) == wanted:
            return box
    raise UserError(f"There is no mailbox {address!r}; 'postroom mailbox list' shows those there are.")


def print_json(value: Any) -> None:
    """Print one JSON document on a line; letters stay as they are, controls are escaped as JSON has it."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    sys.stdout.write(_LEFT_BY_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def plain(value: object) -> str:
    """Return what a stranger may have written without control characters, by which he would steer the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value).replace("\r\n", "\n"))


def row_dict(row: Any) -> dict[str, Any]:
    """Return a database row as a dictionary."""
    return dict(row._mapping)


def when(moment: datetime | None) -> str:
    """Return a moment in the zone of this machine, for a table."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
