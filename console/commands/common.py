"""What commands share: opening the stores, printing tables and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from backbone.broker import Publisher, open_broker
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings, load

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
screen = Console(soft_wrap=True, highlight=False)


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Open the stores for one command. Embedded, the events of what it writes are left to the running Postroom."""
    settings = load(Settings)
    publisher = None if settings.embedded else Publisher(open_broker(settings))
    opened = open_runtime(settings, publisher)
    try:
        yield opened
    finally:
        opened.close()


def print_json(value: Any) -> None:
    """Print one JSON document on a line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")


def row_dict(row: Any) -> dict[str, Any]:
    """Return a database row as a dictionary."""
    return dict(row._mapping)


def when(moment: datetime | None) -> str:
    """Return a moment in the zone of this machine, for a table."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "-"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
