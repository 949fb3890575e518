"""Ticket numbers such as ``O0106000``: a prefix, day and month, and a running number.

Everything but the running number makes the *series*; a counter for each series runs on for ever, so that the same day
of another year goes on where the last one stopped and no number ever comes twice.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import Connection

from backbone.database import upsert
from tickets.models import counters

LONGEST_SERIES = 64
LONGEST_PREFIX = 10
_UNFIT = re.compile(r"[\s\[\]{}]")
"""What may not stand in a number, for it would not come back in the tag ``[#number]`` of a subject."""

_PART = re.compile(r"\{(prefix|year|month|day|number(?::0\d)?)\}")


def check_pattern(pattern: str) -> str:
    """Return ``pattern``; raise ValueError saying what is wrong with it."""
    left = _PART.sub("", pattern)
    if "{" in left or "}" in left:
        raise ValueError(
            f"the number pattern {pattern!r} may only use {{prefix}} {{year}} {{month}} {{day}} {{number:03}}"
        )
    if len(re.findall(r"\{number(?::0\d)?\}", pattern)) != 1:
        raise ValueError(f"the number pattern {pattern!r} needs {{number}} or {{number:03}} in it once")
    if _UNFIT.search(left):
        raise ValueError(f"the number pattern {pattern!r} may hold no blanks and no brackets")
    if len(series(pattern, "x" * LONGEST_PREFIX, datetime.now(UTC))) > LONGEST_SERIES:
        raise ValueError(f"the number pattern {pattern!r} is too long; use at most 40 characters beside its parts")
    return pattern


def check_prefix(prefix: str) -> str:
    """Return ``prefix``; raise ValueError saying what is wrong with it."""
    if len(prefix) > LONGEST_PREFIX or _UNFIT.search(prefix):
        raise ValueError(f"the prefix {prefix!r} must have at most {LONGEST_PREFIX} characters, no blanks, no brackets")
    return prefix


def series(pattern: str, prefix: str, day: datetime) -> str:
    """Return the pattern with everything filled in but the running number."""
    known = {"{prefix}": prefix, "{year}": f"{day:%Y}", "{month}": f"{day:%m}", "{day}": f"{day:%d}"}
    return _PART.sub(lambda part: known.get(part[0], part[0]), pattern)


def render(series_: str, number: int) -> str:
    """Return the ticket number: the series with its running number."""
    return re.sub(r"\{number(?::(0\d))?\}", lambda part: format(number, part[1] or ""), series_)


def allocate(connection: Connection, series_: str, count: int) -> range:
    """Take the next ``count`` running numbers of a series; others wait until this transaction ends."""
    statement = (
        upsert(connection, counters)
        .values(series=series_, next=count)
        .on_conflict_do_update(index_elements=[counters.c.series], set_={"next": counters.c.next + count})
        .returning(counters.c.next)
    )
    end: int = connection.execute(statement).scalar_one()
    return range(end - count, end)
