"""One readable line about a calendar part (iCalendar, RFC 5545; iMIP, RFC 6047). Never raises; linear."""

from __future__ import annotations

import re

_MOST = 200_000
_FIELD = re.compile(
    r'(SUMMARY|DTSTART|DTEND|LOCATION|METHOD|STATUS|TZID)((?:;[^:;"]*(?:"[^"]*"[^:;"]*)?)*):(.*)\Z',
    re.IGNORECASE | re.DOTALL,
)
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})\d{0,2}(Z)?)?")
_ZONE = re.compile(r"TZID=\"?([^;:\"]+)", re.IGNORECASE)
_ESCAPES = {"\\n": " ", "\\N": " ", "\\,": ",", "\\;": ";", "\\\\": "\\"}
_ESCAPE = re.compile(r"\\[nN,;\\]")
_KINDS = {"CANCEL": "Meeting cancelled", "REPLY": "Meeting reply", "COUNTER": "Meeting counter-proposal"}


def describe(calendar: str) -> str | None:
    """Return a line such as ``Meeting: Review, 04.03.2021 10:00 – 11:00 (Europe/Moscow), Room 5``, or None."""
    found: dict[str, tuple[str, str]] = {}
    in_event = False
    text = calendar[:_MOST].replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    for line in text.split("\n"):
        upper = line[:20].upper().rstrip()
        if upper in {"BEGIN:VEVENT", "BEGIN:VTODO"}:
            in_event = True
        elif upper.startswith("END:VEVENT"):
            break
        match = _FIELD.match(line[:2_000])
        if match and (in_event or match[1].upper() == "METHOD"):
            found.setdefault(match[1].upper(), (match[2], match[3].strip()))
    summary = _unescape(found.get("SUMMARY", ("", ""))[1])
    if not in_event or not (summary or "DTSTART" in found):
        return None
    kind = _KINDS.get(found.get("METHOD", ("", ""))[1].upper(), "Meeting")
    pieces = [f"{kind}: {summary}".rstrip(": "), _when(found), _unescape(found.get("LOCATION", ("", ""))[1])]
    return ", ".join(piece for piece in pieces if piece)


def _when(found: dict[str, tuple[str, str]]) -> str:
    start = _moment(found.get("DTSTART"))
    end = _moment(found.get("DTEND"))
    if not start:
        return ""
    zone = _ZONE.search(found["DTSTART"][0])
    if end[:10] == start[:10]:
        end = end[11:]
    span = f"{start} – {end}" if end and end != start else start
    return f"{span} ({zone[1]})" if zone else span


def _moment(value: tuple[str, str] | None) -> str:
    match = _MOMENT.match(value[1]) if value else None
    if match is None:
        return ""
    day = f"{match[3]}.{match[2]}.{match[1]}"
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], text).strip()
