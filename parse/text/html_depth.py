"""The nesting of HTML capped before a parser sees it.

The tree building of the HTML standard (section 13.2.6) takes quadratic time on deep nesting and on formatting
elements that are never closed; 50,000 nested ``div`` cost html5ever 4.3 s.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parse.limits import MAX_HTML_DEPTH

MAX_OPEN_FORMATTING = 12
"""So many formatting elements of one name may be open at once: each is opened anew in every block that follows."""

MAX_ATTRIBUTES = 200
"""A tag with more attributes goes: both parsers compare each with all before it (100,000 cost lexbor a minute)."""

SMALL_SIZE = 10_000
"""HTML up to this length with few tags needs no look."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})[^>]*>?")
_DATA = re.compile(r"base64,[A-Za-z0-9+/=]*")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "!doctype",
        "basefont",
        "bgsound",
        "frame",
    ]
)
_FORMATTING = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_CLOSED_BY_OTHERS = frozenset(
    ["p", "li", "td", "th", "tr", "dt", "dd", "option", "optgroup", "thead", "tbody", "tfoot", "colgroup", "caption"]
)


def cap_nesting(html: str, depth: int = MAX_HTML_DEPTH) -> str:
    """Return ``html`` without the tags that nest deeper than ``depth``."""
    if len(html) <= SMALL_SIZE and html.count("<") <= depth:
        return html
    return _capped(html, depth)


@lru_cache(maxsize=2)  # the text, the page to show and the new text of a mail come from the same HTML
def _capped(html: str, most: int) -> str:
    opened: dict[str, int] = {}
    changed = False
    depth = 0
    kept: list[str] = []
    position = 0
    for tag in _TAG.finditer(html):
        closing, name = tag[1], tag[2].lower()
        if tag.end() - tag.start() > MAX_ATTRIBUTES and _has_many_attributes(tag[0]):
            changed = True
            kept.append(html[position : tag.start()])
            position = tag.end()
            continue
        if name in _VOID or name in _CLOSED_BY_OTHERS:
            continue
        here = opened.get(name, 0)
        if closing:
            if here:
                opened[name] = here - 1
                depth -= 1
            drop = here > _limit(name, most)
        else:
            opened[name] = here + 1
            depth += 1
            drop = here + 1 > _limit(name, most) or depth > most
        if drop:
            changed = True
            kept.append(html[position : tag.start()])
            position = tag.end()
    if not changed:
        return html
    kept.append(html[position:])
    return "".join(kept)


def _limit(name: str, most: int) -> int:
    return MAX_OPEN_FORMATTING if name in _FORMATTING else most


def _has_many_attributes(tag: str) -> bool:
    tag = _DATA.sub("", tag)
    if len(tag.split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES:
        return True
    return any(tag.count(separator) > MAX_ATTRIBUTES for separator in "=/\"'")
