"""Dates as mail clients write them for people: «пн, 18 мая 2020 г. в 10:00», "May 18, 2020 at 10:00 AM".

Clients follow no standard here; day, month, year, time and zone are looked for one by one, in time bounded by
:data:`MAX_DATE`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

MAX_DATE = 120

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "jan jän gen ene янв січ sty қаң",
        "feb fév fev фев лют lut ақп",
        "mar mär mrt маp мар бер нау",
        "apr avr abr апр кві kwi сәу",
        "may mai mag mei maj май мая тра мам",
        "jun giu juin июн чер cze мау",
        "jul lug juil июл лип lip шіл",
        "aug ago aoû aou авг сер sie там",
        "sep set сен вер wrz қыр",
        "oct okt ott out окт жов paź қаз",
        "nov ноя лис lis қар",
        "dec dez déc dic дек гру gru жел",
    ),
    start=1,
):
    for _name in _names.split():
        _MONTHS[_name] = _number

_ZONES = {
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "msk": 3,
    "мск": 3,
    "cet": 1,
    "cest": 2,
    "est": -5,
    "edt": -4,
    "pst": -8,
    "pdt": -7,
}

_TIME = re.compile(r"(?<![\d:])(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?!\d)[ \xa0\u202f]?([ap])?\.?(?:m\b)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?:(?:gmt|utc|мск|\s)\s?)([+\-−])(\d{1,2}):?(\d{2})?(?![\d.])", re.IGNORECASE)
_ZONE_WORD = re.compile(r"[^\W\d_]{1,5}")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:\.|er|º|-)?\s?(?:de\s|d['’])?([^\W\d_]{3,12})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?[\s-](\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_NOON = 12
_CENTURY = 100


def read_date(text: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the date in ``text`` in UTC, or None; ``zone`` stands in where none is written."""
    text = text[:MAX_DATE].replace("\u202f", " ").replace("\xa0", " ").replace("\u200e", "").replace("\u200f", "")
    hour = minute = second = 0
    half = ""
    clock = _TIME.search(text)
    if clock:
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        half = (clock[4] or "").lower()
        zone = _zone(text[clock.end() :]) or zone
        text = f"{text[: clock.start()]} {text[clock.end() :]}"
        if half:
            hour = hour % _NOON + (_NOON if half == "p" else 0)
    day = _day(text, american=bool(half))
    if day is None:
        return None
    try:
        return datetime(*day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_zone(text: str) -> tzinfo | None:
    """Return the zone written in a Date field, or None."""
    clock = _TIME.search(text[:MAX_DATE])
    return _zone(text[clock.end() : MAX_DATE]) if clock else None


def _day(text: str, *, american: bool) -> tuple[int, int, int] | None:
    found = _YEAR_FIRST.search(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    found = _DAY_FIRST.search(text)
    if found:
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "/" and (month > _NOON or (american and day <= _NOON)):
            day, month = month, day
        return year + (2000 if year < _CENTURY else 0), month, day
    year_found = _YEAR.search(text)
    if year_found is None:
        return None
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for found in pattern.finditer(text):
            number = _month(found[month_group])
            if number:
                return int(year_found[1]), number, int(found[day_group])
    return None


def _month(word: str) -> int | None:
    lowered = word.lower()
    return _MONTHS.get(lowered[:4]) or _MONTHS.get(lowered[:3])


def _zone(after: str) -> tzinfo | None:
    """Return the zone written after the time."""
    offset = _OFFSET.search(f" {after[:40]}")
    if offset:
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        if hours <= 14 and minutes < 60:  # noqa: PLR2004 - the widest zone, and an hour
            shift = timedelta(hours=hours, minutes=minutes)
            return timezone(shift if offset[1] == "+" else -shift)
        return None
    word = _ZONE_WORD.search(after[:12])
    hours_off = _ZONES.get(word[0].lower()) if word else None
    return timezone(timedelta(hours=hours_off)) if hours_off is not None else None
