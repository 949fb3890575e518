"""What the regular expressions caught, as the ticket's fields: plain values, moments, and entries of the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from backbone.catalogue.model import Template
from backbone.contracts import Fields, Unresolved
from parse.rules.deadlines import deadline
from parse.rules.patterns import CUSTOM
from parse.rules.values import one_line, plain_value
from parse.selection.model import Captured, shown
from parse.selection.names import Names
from parse.selection.resolving import NAMED, resolve

LONGEST_DESCRIPTION = 8192
"""Characters of a ticket's description. The rest is not lost: the mail's text is the ticket's first message."""

LONGEST = {"external_number": 255, "contact_name": 255, "contact_phone": 64, "address": 1000}
LONGEST_CUSTOM = 1000
LONGEST_UNRESOLVED = 500


@dataclass(frozen=True, slots=True)
class Filled:
    """The ticket's fields, and the step of the decision that says how each came about."""

    fields: Fields
    step: Mapping[str, Any]


@dataclass(slots=True)
class _Filling:
    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    unresolved: list[Unresolved] = field(default_factory=list)
    resolutions: list[dict[str, Any]] = field(default_factory=list)

    def leave(self, target: str, text: str, why: Any) -> None:
        """Keep a text that means nothing for its field."""
        self.unresolved.append(Unresolved(field=target, text=text[:LONGEST_UNRESOLVED], why=why))

    def note(self, target: str, text: str, found: str, why: str | None = None) -> None:
        """Say what became of a text that names no entry of the directory."""
        self.resolutions.append(
            {"field": target, "text": shown(text), "found": found, "id": None, "name": None, "why": why}
        )


def fill(
    captures: Mapping[str, Captured], *, template: Template | None, names: Names, time_zone: str, written: datetime
) -> Filled:
    """Return the fields that ``captures`` fill, beside the ``template``'s values, of a mail ``written`` then.

    Deadlines are in ``time_zone`` where they do not say.
    """
    filling = _Filling()
    texts = {target: value for target, captured in captures.items() if (value := _value(target, captured))}
    for target, text in texts.items():
        if target == "deadline":
            _deadline(filling, text, time_zone, written)
        elif target == "description":
            filling.values[target] = text[:LONGEST_DESCRIPTION]
        elif target not in NAMED:
            _plain(filling, target, text)
    for target, resolved in resolve(texts, names, template).items():
        filling.resolutions.append(resolved.as_step())
        filling.values[f"{target}_id"] = resolved.id
        if resolved.why:
            filling.leave(target, resolved.text, resolved.why)
    return Filled(
        Fields(**filling.values, custom=filling.custom, unresolved=tuple(filling.unresolved)),
        {
            "step": "fields",
            "captures": {target: shown(_storable(captured.text)) for target, captured in captures.items()},
            "resolutions": filling.resolutions,
        },
    )


def _value(target: str, captured: Captured) -> str:
    read = plain_value if target == "description" else one_line
    return _storable(read(captured.text, html=captured.html)).strip()


def _storable(text: str) -> str:
    """Return ``text`` without what no text of PostgreSQL can hold, and HTML can name."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _plain(filling: _Filling, target: str, text: str) -> None:
    if len(text) > LONGEST.get(target, LONGEST_CUSTOM):
        filling.note(target, text, "text", "too_long")
        filling.leave(target, text, "too_long")
    elif target.startswith(CUSTOM):
        filling.custom[target.removeprefix(CUSTOM)] = text
    else:
        filling.values[target] = text


def _deadline(filling: _Filling, text: str, time_zone: str, written: datetime) -> None:
    try:
        moment = deadline(text, ZoneInfo(time_zone), written)
        in_utc = moment and moment.astimezone(UTC)
    except OverflowError:  # a moment of the first or the last day that there is
        in_utc = None
    filling.values["deadline"] = in_utc
    if in_utc is None:
        filling.note("deadline", text, "unknown", "not_a_date")
        filling.leave("deadline", text, "not_a_date")
    else:
        filling.note("deadline", text, in_utc.isoformat())
