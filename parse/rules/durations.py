"""Lengths of time as people and ticket systems write them: «61 д. 0 ч. 0 м.», 2ч 30м, 3 days, полчаса, 1:30."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "w": "weeks",
    "week": "weeks",
    "weeks": "weeks",
    "нед": "weeks",
    "неделя": "weeks",
    "неделю": "weeks",
    "недели": "weeks",
    "недель": "weeks",
    "d": "days",
    "day": "days",
    "days": "days",
    "д": "days",
    "дн": "days",
    "день": "days",
    "дня": "days",
    "дней": "days",
    "сут": "days",
    "сутки": "days",
    "суток": "days",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "hour": "hours",
    "hours": "hours",
    "ч": "hours",
    "час": "hours",
    "часа": "hours",
    "часов": "hours",
    "m": "minutes",
    "min": "minutes",
    "mins": "minutes",
    "minute": "minutes",
    "minutes": "minutes",
    "м": "minutes",
    "мин": "minutes",
    "минута": "minutes",
    "минуту": "minutes",
    "минуты": "minutes",
    "минут": "minutes",
    "s": "seconds",
    "sec": "seconds",
    "second": "seconds",
    "seconds": "seconds",
    "с": "seconds",
    "сек": "seconds",
    "секунда": "seconds",
    "секунду": "seconds",
    "секунды": "seconds",
    "секунд": "seconds",
}
_ONES = {"a": 1.0, "an": 1.0, "one": 1.0, "один": 1.0, "одну": 1.0, "два": 2.0, "две": 2.0, "two": 2.0, "три": 3.0}
_ONES |= {"three": 3.0, "half": 0.5, "полтора": 1.5, "полторы": 1.5}
_WHOLE = {"полчаса": timedelta(minutes=30), "half an hour": timedelta(minutes=30), "полдня": timedelta(hours=12)}
_PIECE = re.compile(r"\s*(?:,|и\b|and\b)?\s*(?:(\d{1,6}(?:[.,]\d{1,3})?)|([^\W\d_]{1,10})\s)?\s*([^\W\d_]{1,10})\.?")
_MAX_PIECES = 6


def duration(text: str) -> timedelta | None:
    """Return the length of time that ``text``, all of it, says; None when it says something else."""
    text = " ".join(text[:100].casefold().replace("\xa0", " ").split()).strip(" .")
    if text in _WHOLE:
        return _WHOLE[text]
    total = timedelta()
    place = pieces = 0
    seen: set[str] = set()
    while place < len(text):
        found = _PIECE.match(text, place)
        pieces += 1
        if not found or pieces > _MAX_PIECES:
            return None
        unit = _UNITS.get(found[3])
        amount = float(found[1].replace(",", ".")) if found[1] else _ONES.get(found[2] or "one")
        if unit is None or amount is None or unit in seen:
            return None
        seen.add(unit)
        total += timedelta(**{unit: amount})
        place = found.end()
    return total if pieces else None
