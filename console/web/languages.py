"""Which language a browser wants (RFC 9110 section 12.5.4). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

LONGEST = 1_000
_ONE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?")


def preferred(header: str, known: Collection[str]) -> str | None:
    """Return the most wanted of the ``known`` languages that an Accept-Language header names, or None."""
    best, best_weight = None, 0.0
    for part in header[:LONGEST].split(","):
        found = _ONE.fullmatch(part)
        language, weight = (found[1].lower(), float(found[2] or 1)) if found else ("", 0.0)
        if language in known and weight > best_weight:
            best, best_weight = language, weight
    return best
