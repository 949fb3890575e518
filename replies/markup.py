"""Plain text as HTML: escaped, line by line, its web addresses as links. Pure.

Only ``http`` and ``https`` become links, and a link always shows the address that it leads to.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

LONGEST_LINK = 2_000
"""Characters; a longer address stays text, as mail programs would cut it."""

_URL = re.compile(
    r"(?<![\w@/])https?://[^\W_](?:[^\s<>\"'`\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069«»“”„]*)",
    re.IGNORECASE,
)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_DEEPEST = 40
_TAB = 4
_AFTER = ".,;:!?…*_"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_STYLE = Markup('class="pr-link" style="color:#0a5bc4;text-decoration:underline"')


def lines(text: str) -> Markup:
    """Return ``text`` for HTML, line by line, with its indents; Outlook knows no ``white-space``."""
    return _indented(_broken(text))


def linked(text: str) -> Markup:
    """Return ``text`` for HTML as :func:`lines` does, its web addresses as links."""
    if "://" not in text:
        return lines(text)
    pieces, end = [], 0
    for found in _URL.finditer(text):
        url = _without_what_follows(found[0])
        if len(url) <= LONGEST_LINK:
            pieces += [_broken(text[end : found.start()]), _link(url)]
            end = found.start() + len(url)
    return _indented("".join([*pieces, _broken(text[end:])]))


def web_address(url: str) -> str:
    """Return ``url`` where it may stand in a link, else nothing."""
    return url if len(url) <= LONGEST_LINK and _URL.fullmatch(url) else ""


def _broken(text: str) -> str:
    return str(escape(text)).replace("\n", "<br>\n")


def _indented(html: str) -> Markup:
    """Return ``html`` with blanks that stay at the beginnings of its lines; a deep indent leaves room for words."""
    kept = _INDENT.sub(lambda found: "&nbsp;" * min(len(found[0].expandtabs(_TAB)), _DEEPEST), html)
    return Markup(kept)  # noqa: S704 - what was added needs no escaping


def _link(url: str) -> Markup:
    address = escape(url)
    return Markup('<a href="{}" {}>{}</a>').format(address, _STYLE, address)


def _without_what_follows(url: str) -> str:
    """Return ``url`` without the punctuation of the sentence in which it stands."""
    for _ in range(4):
        shorter = url.rstrip(_AFTER)
        if (opening := _PAIRS.get(shorter[-1])) and shorter.count(shorter[-1]) > shorter.count(opening):
            shorter = shorter[:-1]
        if shorter == url:
            break
        url = shorter
    return url
