"""Dates of mail (RFC 5322 section 3.3, and every other form seen in the wild) to aware datetimes in UTC.

Understands the RFC's form with anything missing, asctime, ISO 8601, numeric dates with dots or slashes, two- and
three-digit years, English and Russian month names, zones by name, offsets in many shapes. A date without a zone is
taken as UTC. Returns None for what names no day; never raises.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MAX_LENGTH = 200
_NAMES = (
    "jan янв ene jän ian",
    "feb фев fév fev",
    "mar мар mär mrz",
    "apr апр avr abr",
    "may май мая mai maj mag",
    "jun июн jui giu",
    "jul июл lug",
    "aug авг aoû ago",
    "sep сен set",
    "oct окт okt ott out",
    "nov ноя",
    "dec дек dez dic déc",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()} | {
    "juil": 7, "juin": 6, "июля": 7, "июня": 6,
}  # fmt: skip
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2,
    "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "мск": 3, "samt": 4, "yekt": 5, "omst": 6, "novt": 7,
    "krat": 7, "irkt": 8, "yakt": 9, "vlat": 10, "magt": 11, "pett": 12, "almt": 5, "trt": 3, "ist": 5.5, "sgt": 8,
    "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "awst": 8, "nzst": 12, "nzdt": 13, "brt": -3, "art": -3,
    "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5,
}  # fmt: skip

_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{3},?\s+)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+([+-]\d{4})(?!\d)",
)
_COMMENT = re.compile(r"\(([^()]*)\)")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|-?го|\.)?[\s\-/,.]*([^\W\d_]{3,12})\.?[\s\-/,.']*(\d{2,4})?(?![\d:])"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_YEAR = re.compile(r"(?<![\d:+-])(\d{4})(?![\d:])")
_NUMERIC = re.compile(r"(?<![\d:])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s{0,5}:\s{0,5}(\d{1,2})(?:\s{0,5}:\s{0,5}(\d{1,2}))?(?:[.,]\d{1,9})?\s*([AaPp])?(?:\.?[Mm]\.?\b)?"
)
_TIME_DOTS = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d.])")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+\-\u2212])\s?(\d{1,2})(?:\s?:?\s?(\d{2}))?(?!\d)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_PIVOT, _THREE_DIGITS, _NOON = 50, 1000, 12


def parse_date(value: str | None) -> datetime | None:
    """Return the moment a Date header names, in UTC, or None."""
    if not value:
        return None
    value = value[:_MAX_LENGTH]
    try:
        moment = _usual(value) or _any_form(value)
        return moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        return None


def _usual(value: str) -> datetime | None:
    match = _USUAL.match(value)
    month = _MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None or int(match[4]) > 23:  # noqa: PLR2004 - hours of a day
        return None
    second = min(int(match[6] or 0), 59)  # a leap second (RFC 5322 section 3.3 allows 60) has no datetime
    zone = _zone_of(match[7][0], match[7][1:3], match[7][3:5])
    return datetime(int(match[3]), month, int(match[1]), int(match[4]), int(match[5]), second, tzinfo=zone)


def _any_form(value: str) -> datetime | None:
    bare = _COMMENT.sub(" ", value)
    time, rest_at, span = _time(bare)
    day = _day(bare[: span[0]] + " " * (span[1] - span[0]) + bare[span[1] :])
    if day is None:
        return None
    if time is None and (compact := _COMPACT.search(bare)) and compact[4]:
        time, rest_at = (int(compact[4]), int(compact[5]), int(compact[6] or 0)), compact.end()
    hour, minute, second = time or (0, 0, 0)
    zone = _zone(bare[rest_at:], value) if time else UTC
    late = timedelta(days=1) if hour == 24 and not minute else timedelta()  # noqa: PLR2004 - ISO 8601's midnight
    moment = datetime(*day, 0 if late else hour, minute, min(second, 59), tzinfo=zone)
    return moment + late


def _time(text: str) -> tuple[tuple[int, int, int] | None, int, tuple[int, int]]:
    """Find the time of day; return it, where the zone may begin, and the span it takes."""
    match = _TIME.search(text)
    if match is None:
        found = _TIME_DOTS.finditer(text)
        dotted = [one for one in found if int(one[1]) < 24 and int(one[2]) < 60]  # noqa: PLR2004 - hours, minutes
        if not dotted:
            return None, 0, (0, 0)
        match = dotted[-1]
    hour = int(match[1])
    half = (match[4] or "").lower() if match.re is _TIME else ""
    if half == "p" and hour < _NOON:
        hour += _NOON
    elif half == "a" and hour == _NOON:
        hour = 0
    return (hour, int(match[2]), int(match[3] or 0)), match.end(), match.span()


def _day(text: str) -> tuple[int, int, int] | None:
    """Find year, month and day, the surest form first."""
    if match := _ISO.search(text):
        return int(match[1]), int(match[2]), int(match[3])
    for match in _DAY_MONTH.finditer(text):
        month = _month(match[2])
        if month:
            year = match[3] or _year_elsewhere(text, match.end(2))
            return (_year(year), month, int(match[1])) if year else None
    for match in _MONTH_DAY.finditer(text):
        month = _month(match[1])
        year = _year_elsewhere(text, match.end()) if month else None
        if month and year:
            return _year(year), month, int(match[2])
    if match := _NUMERIC.search(text):
        first, second = int(match[1]), int(match[3])
        month_first = (match[2] == "/" and first <= _NOON) or second > _NOON
        return (_year(match[4]), first, second) if month_first else (_year(match[4]), second, first)
    if match := _COMPACT.search(text):
        return int(match[1]), int(match[2]), int(match[3])
    return None


def _month(word: str) -> int | None:
    word = word.lower()
    return _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])


def _year_elsewhere(text: str, start: int) -> str | None:
    match = _YEAR.search(text, start) or _YEAR.search(text)
    return match[1] if match else None


def _year(digits: str) -> int:
    """Read a short year as RFC 5322 section 4.3 says."""
    year = int(digits)
    if len(digits) <= 2:  # noqa: PLR2004 - two digits
        return year + (2000 if year < _PIVOT else 1900)
    return year + 1900 if year < _THREE_DIGITS else year


def _zone(text: str, whole: str) -> timezone:
    if match := _OFFSET.search(text):
        return _zone_of(match[1], match[2], match[3] or "0")
    names = [*_WORD.findall(text), *(word for comment in _COMMENT.findall(whole) for word in _WORD.findall(comment))]
    hours = next((_ZONES[name.lower()] for name in names if name.lower() in _ZONES), 0)
    return timezone(timedelta(hours=hours))


def _zone_of(sign: str, hours: str, minutes: str) -> timezone:
    """Make a zone; an impossible offset counts as unknown, so UTC."""
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset >= timedelta(hours=24):
        return UTC
    return timezone(offset if sign == "+" else -offset)
