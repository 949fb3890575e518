"""Signatures, mobile footers and disclaimers at the end of what a person wrote."""

from __future__ import annotations

import re

from parse.text.footers import CLOSING, CONTACT, is_disclaimer, is_mobile_footer

MAX_SIGNATURE = 25
"""Lines that a signature below the delimiter of RFC 3676 section 4.3 may have."""
MAX_LOOSE_SIGNATURE = 12
"""The same below two dashes without the blank that the RFC asks for."""
MAX_CLOSING = 9
"""Lines that a closing with its contacts may have."""
MAX_SIGNATURE_LINE = 120
MAX_FOOTERS = 200
TRACKER = "\u1427"
"""The sign that an add-on of Gmail leaves in mail that it tracks."""

_RULE = re.compile(r"(?:[-_=~*#+—–ᐧ]\s?){2,}|[—–ᐧ]")
_DELIMITERS = {"--", "—", "–", "---", "- -", "__", "___"}
_NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}")
_LIST_FOOTER = re.compile(r"mailing list|рассылк|unsubscribe|отписаться|listinfo", re.IGNORECASE)


def signature_start(texts: list[str], keys: list[str], start: int, end: int, *, last: bool) -> int:
    """Return where in lines ``start`` to ``end`` the text stops and its signature begins (``end`` if there is none).

    ``last`` tells that nothing follows these lines, so that a rule at their end is the writer's own, if it is one of a
    pair.
    """
    stop = _drop_footers(keys, start, end, last=last)
    delimiter = _delimiter(texts, keys, start, stop)
    if delimiter is None:
        delimiter = _closing(keys, start, stop)
    return stop if delimiter is None else _drop_footers(keys, start, delimiter, last=False)


def _drop_footers(keys: list[str], start: int, end: int, *, last: bool) -> int:
    """Return the end of the lines without the blanks, rules, mobile footers and disclaimers at their end."""
    seen = 0
    while end > start and seen < MAX_FOOTERS:
        key = keys[end - 1]
        if not key:
            end -= 1
            continue
        seen += 1
        if end - 1 > start and key.startswith(("http://", "https://")) and is_mobile_footer(keys[end - 2]):
            end -= 2
            continue
        if is_mobile_footer(key) or (_is_rule(key) and not (last and _is_paired(keys, start, end - 1))):
            end -= 1
            continue
        top = end - 1
        while top > start and keys[top - 1] and end - top < MAX_SIGNATURE:
            top -= 1
        if top == start or not is_disclaimer(" ".join(keys[top:end])):
            break
        end = top
    return end


def _is_rule(key: str) -> bool:
    return (
        len(key) < MAX_SIGNATURE_LINE
        and (key[0] == TRACKER or not key[0].isalnum())
        and _RULE.fullmatch(key) is not None
    )


def _is_paired(keys: list[str], start: int, number: int) -> bool:
    return keys[number] in keys[max(start, number - MAX_FOOTERS) : number]


def _delimiter(texts: list[str], keys: list[str], start: int, end: int) -> int | None:
    """Return the line of dashes that begins the signature."""
    loose: int | None = None
    below = 0
    for number in range(end - 1, start - 1, -1):
        key = keys[number]
        if not key:
            continue
        if key in _DELIMITERS and below:
            if texts[number].rstrip("\r")[:4] in {"-- ", "--\xa0"}:
                return number
            if loose is None and below <= MAX_LOOSE_SIGNATURE and _is_loose_delimiter(keys, start, number, end):
                loose = number
        elif loose is None and key[0] == "_" and _is_rule(key) and _is_list_footer(keys, number, end):
            loose = number
        below += 1
        if below > MAX_SIGNATURE:
            break
    return loose


def _is_loose_delimiter(keys: list[str], start: int, number: int, end: int) -> bool:
    """Tell whether dashes that are no proper delimiter begin a signature: a table and a list have dashes too."""
    following = [key for key in keys[number + 1 : end] if key]
    if any(len(key) > MAX_SIGNATURE_LINE for key in following):
        return False
    first = following[0]
    if is_mobile_footer(first) or CLOSING.fullmatch(first):
        return True
    apart = number == start or not keys[number - 1]
    named = _NAME.fullmatch(first) is not None and first[0].isupper()
    if keys[number] != "--":
        return apart and named and any(CONTACT.search(key) for key in following)
    return apart or (named and keys[number + 1] == first and len(following) <= MAX_CLOSING)


def _is_list_footer(keys: list[str], number: int, end: int) -> bool:
    """Tell whether what stands below underscores is the footer of a mailing list."""
    following = keys[number + 1 : end]
    return len(following) < MAX_CLOSING and any(_LIST_FOOTER.search(key[:MAX_SIGNATURE_LINE]) for key in following)


def _closing(keys: list[str], start: int, end: int) -> int | None:
    """Return the line of "Best regards" above a block that tells how to reach the writer, if there is text above."""
    blank = 0
    for number in range(end - 1, max(start, end - MAX_CLOSING - 1), -1):
        key = keys[number]
        if not key:
            blank += 1
            if blank > 1:
                return None
            continue
        if len(key) > MAX_SIGNATURE_LINE:
            return None
        if CLOSING.fullmatch(key):
            block = keys[number + 1 : end]
            return number if any(CONTACT.search(line) for line in block) else None
    return None
