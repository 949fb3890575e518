"""Ranges of time as operators type them, in the zone of this machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from backbone import clock
from backbone.errors import UserError

FORMS = "2026-11-23 or 2026-11-23T09:30"

Since = Annotated[str | None, typer.Option(metavar="TIME", help=f"From then on: {FORMS}.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Up to then; a day alone counts to its end.")]
Hours = Annotated[float | None, typer.Option(min=0.01, max=1_000_000, help="How far to look back, instead of --since.")]

USUAL_HOURS = 24.0


def between(since: str | None, until: str | None, hours: float | None) -> tuple[datetime, datetime]:
    """Return the range that the options mean, by default the last 24 hours; raise UserError when they mean none."""
    if since and hours is not None:
        raise UserError("Both --since and --hours say where to begin; leave one of them out.")
    end = moment(until, end=True) if until else clock.now()
    begin = moment(since) if since else end - timedelta(hours=USUAL_HOURS if hours is None else hours)
    if begin >= end:
        raise UserError(f"The time ends ({until or 'now'}) before it begins ({since}); exchange them.")
    return begin, end


def moment(text: str, *, end: bool = False) -> datetime:
    """Return the moment that ``text`` names, for a day alone its beginning, or with ``end`` its end."""
    try:
        found = datetime.fromisoformat(text.strip())
        if end and len(text.strip()) <= len("2026-11-23"):
            found += timedelta(days=1)
        return found.astimezone()
    except (ValueError, OverflowError):
        raise UserError(f"The time {text!r} cannot be read; write it as {FORMS}.") from None
