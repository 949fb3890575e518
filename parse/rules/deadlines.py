"""When something is due, as a customer or another ticket system writes it.

Day-first dates, ISO, Russian and English words and durations. What is left out is taken so that the moment lies ahead:
a day without a year is the next such day, a day without a time ends with it. Nothing here raises, and time is bounded
by :data:`MAX_LENGTH`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from parse.rules.durations import duration

MAX_LENGTH = 200
"""Of a longer text only the beginning is read."""

DAY_END = time(23, 59, 59)
"""When a day ends whose time is not said."""

_WORK_END = time(18, 0)
_CENTURY = 100
_NOON = 12
_WEEK = 7
_SUNDAY = 6
_LEAP_GAP = 8

_CLOCK = re.compile(
    r"(?:\b(?:до|к|в|by|at|until|before|till|not later than|не позднее)\s+)?"
    r"(?<![\d.:])(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(am|pm)?"
    r"|(\d{1,2})\s?(am|pm|час(?:ов|а)?)\b)(?![\d:])"
)
_DASHED_CLOCK = re.compile(r"(?:,|\b(?:до|к|в))\s(\d{2})-(\d{2})\b(?!-)")
_BARE_HOUR = re.compile(r"\b(?:до|к|by|at|until)\s+(\d{1,2})(?:[-–](?:ти|и))?$")
_OFFSET = re.compile(r"(?<=\d)\s?(z\b|utc\b|gmt\b|мск\b|msk\b|[+\-−]\d{2}:?\d{2})")
_ISO = re.compile(r"(?<!\d)(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d])")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:-?(?:го|е|st|nd|rd|th))?\s+(?:of\s+)?([^\W\d_]{3,9})\.?(?:,?\s+(\d{4})\b)?"
)
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?![\d:])(?:,?\s+(\d{4})\b)?")
_AHEAD = re.compile(r"^(?:не позднее чем |срок |due )?(?:через|в течение|in|within|\+)\s*(.+)$")
_MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "янв январь января jan january",
            "фев февр февраль февраля feb february",
            "мар март марта mar march",
            "апр апрель апреля apr april",
            "май мая may",
            "июн июнь июня jun june",
            "июл июль июля jul july",
            "авг август августа aug august",
            "сен сент сентябрь сентября sep sept september",
            "окт октябрь октября oct october",
            "ноя нояб ноябрь ноября nov november",
            "дек декабрь декабря dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_DAYS = {"послезавтра": 2, "day after tomorrow": 2, "завтра": 1, "tomorrow": 1, "сегодня": 0, "today": 0}
_DAYS |= {"завтрашнего": 1, "сегодняшнего": 0}
_DAY_WORD = re.compile("|".join(rf"\b{word}\b" for word in _DAYS))
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "понедельник понедельника понедельнику monday",
            "вторник вторника вторнику tuesday",
            "среда среду среды среде wednesday",
            "четверг четверга четвергу thursday",
            "пятница пятницу пятницы пятнице friday",
            "суббота субботу субботы субботе saturday",
            "воскресенье воскресенья воскресенью sunday",
        )
    )
    for name in names.split()
}
_WORD = re.compile(r"[^\W\d_]{5,12}")
_ENDS = (
    (re.compile(r"(?:до|к) конц[ау] (?:сегодняшнего )?(?:дня|суток)|end of (?:the )?day|\beod\b"), "day"),
    (re.compile(r"(?:до|к) конц[ау] рабочего дня|\bcob\b|end of business"), "work"),
    (re.compile(r"(?:до|к) конц[ау] недели|end of (?:the )?week"), "week"),
    (re.compile(r"(?:до|к) конц[ау] месяца|end of (?:the )?month"), "month"),
)


def deadline(text: str, tz: tzinfo, now: datetime, start: datetime | None = None) -> datetime | None:
    """Return the moment that ``text`` means, aware and in ``tz``, or None.

    ``now`` is when the mail was written; a duration counts from ``start``, by default from ``now``. A moment in the
    past comes back as it is: what it means is for the caller to decide.
    """
    try:
        said = " ".join(text[:MAX_LENGTH].casefold().replace("\u202f", " ").split()).strip(" .,;:«»\"'()")
        return _moment(said, tz, now.astimezone(tz), (start or now).astimezone(tz)) if said else None
    except (ValueError, OverflowError):
        return None


def _moment(said: str, tz: tzinfo, now: datetime, start: datetime) -> datetime | None:
    ahead = _AHEAD.match(said)
    length = duration(ahead[1] if ahead else said)
    if length is not None:
        # in UTC: on the clock on the wall an hour is missing when summer time begins
        return (start.astimezone(UTC) + length).astimezone(tz)
    zone, said = _zone(said, tz)
    clock, rest = _clock(said)
    day = _written_day(rest, now) or _worded_day(rest, now)
    if day is None:
        for pattern, end in _ENDS:
            if pattern.search(rest):
                return _end(end, clock, now, tz)
        if clock is None:
            return None
        today = datetime.combine(now.date(), clock, zone)
        return (today if today > now else today + timedelta(days=1)).astimezone(tz)
    if clock is None and any(pattern.search(rest) for pattern, end in _ENDS if end == "work"):
        clock = _WORK_END
    return datetime.combine(day, clock or DAY_END, zone).astimezone(tz)


def _end(of: str, clock: time | None, now: datetime, tz: tzinfo) -> datetime:
    day = now.date()
    if of == "week":
        day += timedelta(days=_SUNDAY - day.weekday())
    elif of == "month":
        day = day.replace(day=monthrange(day.year, day.month)[1])
    at = _WORK_END if of == "work" else DAY_END
    return datetime.combine(day, clock or at, tz)


def _zone(said: str, tz: tzinfo) -> tuple[tzinfo, str]:
    """Return the zone written behind the time, else ``tz``, and the text without it."""
    found = _OFFSET.search(said)
    if not found or not (":" in said or "t" in said):
        return tz, said
    name = found[1]
    rest = f"{said[: found.start()]}{said[found.end() :]}"
    if name in {"z", "utc", "gmt"}:
        return UTC, rest
    if name in {"мск", "msk"}:
        return timezone(timedelta(hours=3)), rest
    digits = re.sub(r"\D", "", name)
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(shift if name[0] == "+" else -shift), rest


def _clock(said: str) -> tuple[time | None, str]:
    """Return the time written in ``said``, and the text without it."""
    said = _DASHED_CLOCK.sub(r" \1:\2", said, count=1)
    found = _CLOCK.search(said)
    if not found:
        bare = _BARE_HOUR.search(said)
        if bare and int(bare[1]) <= 24:  # noqa: PLR2004 - hours of a day
            return _time(int(bare[1]), 0, 0), said[: bare.start()].strip()
        return None, said
    hour = int(found[1] or found[5])
    half = found[4] or found[6] or ""
    if half in {"am", "pm"}:
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    rest = f"{said[: found.start()]} {said[found.end() :]}"
    return _time(hour, int(found[2] or 0), int(found[3] or 0)), " ".join(rest.split())


def _time(hour: int, minute: int, second: int) -> time:
    return DAY_END if (hour, minute) == (24, 0) else time(hour, minute, second)


def _written_day(said: str, now: datetime) -> date | None:
    if found := _ISO.search(said):
        return date(int(found[1]), int(found[2]), int(found[3]))
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for found in pattern.finditer(said):
            number = _MONTH_NAMES.get(found[month])
            if number:
                return _day(int(found[day]), number, found[3], now)
    if found := _DAY_FIRST.search(said):
        return _day(int(found[1]), int(found[3]), found[4], now)
    return None


def _day(day: int, month: int, written: str | None, now: datetime) -> date:
    if written:
        year = int(written)
        return date(year + (2000 if year < _CENTURY else 0), month, day)
    for year in range(now.year, now.year + _LEAP_GAP + 1):
        # the 29th of February is not in every year
        if day <= monthrange(year, month)[1] and date(year, month, day) >= now.date():
            return date(year, month, day)
    raise ValueError(day, month)


def _worded_day(said: str, now: datetime) -> date | None:
    if found := _DAY_WORD.search(said):
        return now.date() + timedelta(days=_DAYS[found[0]])
    for word in _WORD.findall(said):
        if word in _WEEKDAYS:
            ahead = (_WEEKDAYS[word] - now.weekday()) % _WEEK
            return now.date() + timedelta(days=ahead or _WEEK)
    return None
