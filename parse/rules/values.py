"""A captured text as the plain text that a person would read in its place."""

from __future__ import annotations

import re

from parse.text.html_text import html_to_text

MAX_HTML = 200_000
"""Of a longer capture only so much is read as HTML: the whole body is kept on the ticket anyway."""

_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!]|&[#a-zA-Z]")
_BLANKS = re.compile(r"[ \t\r\f\v\xa0\u202f\u2007]+")
_LINES = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
_HALF_TAG_BEFORE = re.compile(r"\A[^<>]{0,200}[\"'] ?/?>")
_HALF_TAG_AFTER = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}\Z")


def plain_value(text: str, *, html: bool) -> str:
    """Return ``text`` without blanks too many, and, captured in the source of ``html``, without tags and entities."""
    if html:
        text = _HALF_TAG_AFTER.sub("", _HALF_TAG_BEFORE.sub("", text[:MAX_HTML]))
        if _LOOKS_LIKE_HTML.search(text):
            text = html_to_text(text)
    text = _LINES.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_LINES.sub("\n\n", text).strip()


def one_line(text: str, *, html: bool) -> str:
    """Return :func:`plain_value` on one line: for names and numbers."""
    return " ".join(plain_value(text, html=html).split())
