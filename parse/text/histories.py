"""Where the history of a mail begins: header blocks and the markers between dashes."""

from __future__ import annotations

import re
from functools import lru_cache

from parse.text.languages import ABOVE, ENDINGS, LABELS, MARKERS, OPENINGS, Label

MAX_BLOCK = 40
"""Lines that a header block may have."""
MAX_CONTINUATION = 6
"""Lines over which one header, such as a long list of recipients, may be wrapped."""
MAX_LABEL = 32
MAX_MARKER = 200
MIN_DASHES = 2

_TRIM = "*_ \t>|"
_DASHES = "-=—–~#+ "
_SAYS_HISTORY = re.compile("|".join(map(re.escape, (*MARKERS, *ABOVE))))
_RULE = re.compile(r"[*\s>]*(?:[-_=—–~]\s?){3,}[*\s]*")
_GLUED = re.compile(r"-{3,40}\s?([^-]{3,60}?)\s?-{3,40}\s?([^-:]{1,30}?)\s?:")
"""A marker with the first header in the same line, as some Samsung phones write it."""
_GROUPWISE = re.compile(r">>> \S.{3,150}\d{1,2}[:.]\d\d.{0,10} >>>")
_DIGITS = re.compile(r"\d{1,2}.{0,40}\d{2}")


def is_rule(key: str) -> bool:
    """Tell whether a line is only a rule of dashes, underscores or the like."""
    return bool(key) and key[0] in "-_=—–~*" and len(key) < MAX_MARKER and _RULE.fullmatch(key) is not None


def label_of(key: str) -> tuple[Label, str] | None:
    """Return what header a line such as ``*From:* Ann`` holds, with its value."""
    colon = key.find(":", 0, MAX_LABEL)
    if colon < 0:
        colon = key.find("：", 0, MAX_LABEL)
        if colon < 0:
            return None
    label = LABELS.get(key[:colon].strip(_TRIM).lower())
    return (label, key[colon + 1 :].strip(_TRIM)) if label else None


def header_block(keys: list[str], start: int, *, announced: bool = False) -> tuple[int | None, int]:
    """Return the end of the header block that begins at ``start``, or None, and where the look at it ended.

    ``announced`` tells that a marker or a rule stands above it, so that fewer headers suffice.
    """
    values: dict[Label, str] = {}
    end, number, blank, wrapped = start, start, 0, 0
    while number < len(keys) and number - start < MAX_BLOCK:
        found = label_of(keys[number])
        if found:
            values.setdefault(*found)
            blank = wrapped = 0
            end = number + 1
        elif keys[number].strip(_TRIM):
            wrapped += 1
            if blank or wrapped > MAX_CONTINUATION or (keys[number][:2] == "--" and is_marker(keys[number])):
                break
        else:
            blank += 1
            if blank > 1:
                break
        number += 1
    return (end if _is_history(values, announced=announced) else None), number


def _is_history(values: dict[Label, str], *, announced: bool) -> bool:
    """Tell whether headers are those of a mail, and not a list that a person made."""
    if Label.FROM not in values:
        return False
    if announced:
        return len(values) > 1
    when = values.get(Label.SENT) or values.get(Label.DATE) or ""
    dated = _DIGITS.search(when) is not None
    addressed = "@" in values[Label.FROM] or "@" in values.get(Label.TO, "")
    others = len(values.keys() & {Label.SENT, Label.DATE, Label.TO, Label.SUBJECT})
    if others < 2:  # noqa: PLR2004 - a name and one more may be prose
        return dated and addressed
    return addressed or (dated and (Label.SUBJECT in values or Label.SENT in values))


@lru_cache(maxsize=64)
def dashed_phrase(key: str) -> str | None:
    """Return the words between the dashes of a line such as ``-----Original Message-----``, in lower case."""
    if len(key) > MAX_MARKER or not key or key[0].isalnum():
        return None
    bare = key.strip("*_>: ")
    phrase = bare.strip(_DASHES)
    left = bare.find(phrase)
    if not phrase or left < MIN_DASHES or len(bare) - left - len(phrase) < MIN_DASHES:
        return None
    return phrase.lower()


@lru_cache(maxsize=64)
def is_marker(key: str) -> bool:
    """Tell whether a line says by itself that history follows."""
    glued = _GLUED.match(key) if key[:2] == "--" else None
    if glued and glued[2].lower() in LABELS and _SAYS_HISTORY.search(glued[1].lower()):
        return True
    if len(key) > MAX_MARKER:
        return False
    if _GROUPWISE.fullmatch(key):
        return True
    phrase = dashed_phrase(key)
    if phrase is not None:
        return _SAYS_HISTORY.search(phrase) is not None
    return key.strip(_TRIM)[-1:] in {":", "："} and key.strip(_TRIM + ":：").lower() in OPENINGS


def is_ending(key: str) -> bool:
    """Tell whether a line says that a forwarded mail ends."""
    phrase = dashed_phrase(key)
    return phrase is not None and any(ending in phrase for ending in ENDINGS)
