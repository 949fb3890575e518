"""Text out of HTML: paragraphs, lists, links, tables and alternative texts, over resiliparse."""

from __future__ import annotations

import re
from functools import lru_cache

from resiliparse.extract.html2text import extract_plain_text

from parse.text.html_depth import cap_nesting
from parse.text.quotes_html import has_structure, mark_structure, without_marks

REMEMBERED_SIZE = 100_000
"""HTML up to this length is read once for the text and for the reply."""

_HIDDEN = (
    "[hidden]",
    '[style*="display:none" i]',
    '[style*="display: none" i]',
    '[style*="mso-hide:all" i]',
    "title",
    "head",
)
_MAY_HIDE = ("hidden", "display", "mso-hide", "<title", "<head")
_CELL_START = re.compile(r"(<t[dh]\b[^<>]*>)\s{0,40}<p\b[^<>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</p>\s{0,40}(</t[dh]>)", re.IGNORECASE)
_CELL_GAP = re.compile(r"\n{0,2} ?\t[ \t]*")
_GAP = re.compile(r"\n{3,}")
_LINK = re.compile(r"\((?:https?://|mailto:|tel:)([^()\s]+)\)")
_ANCHOR = re.compile(r"<a\b(?![^<>]*\bhref\s*=)[^<>]*>", re.IGNORECASE)
_DEAD_LINK = re.compile(r"\((?:#[^()\s]{0,100}|(?:javascript|cid|data|file):[^()\n]{0,2000})?\)")
_MAY_BE_DEAD = re.compile(r"""href\s*=\s*["']?\s*(?:["'#]|javascript:|cid:|data:|file:)""")


def html_to_text(html: str) -> str:
    """Return the visible text of ``html``; of anything that is no HTML, the text that a browser would show."""
    return _squeezed(without_marks(marked_text(html))).strip()


def marked_text(html: str) -> str:
    """Return the text of ``html`` with the marks of :class:`parse.text.quotes_html.Mark` around its wrappers."""
    return _remembered_text(html) if len(html) <= REMEMBERED_SIZE else _make_text(html)


def _make_text(html: str) -> str:
    if not html.isascii():
        html = without_marks(html).encode("utf-8", "replace").decode()
    html = cap_nesting(html.replace("\0", ""))
    lower = html.lower()
    skip = list(_HIDDEN) if any(word in lower for word in _MAY_HIDE) else None
    table = "<td" in lower or "<th" in lower
    if table:
        html = _CELL_END.sub(r"\1", _CELL_START.sub(r"\1", html))
    if "<a" in lower:
        html = _ANCHOR.sub("", html)  # the library takes the name of a place for a link to nowhere
    if has_structure(lower):
        html = mark_structure(html)
    try:
        text = str(extract_plain_text(html, preserve_formatting=True, links=True, skip_elements=skip))
    except (ValueError, TypeError):
        return ""
    if "href" in lower:
        if _MAY_BE_DEAD.search(lower):
            text = _DEAD_LINK.sub("", text)
        text = _drop_repeated_links(text)
    return _tidy(text, outlook="msonormal" in lower, table=table)


_remembered_text = lru_cache(maxsize=16)(_make_text)


def _drop_repeated_links(text: str) -> str:
    """Remove the address in brackets behind a link whose text is that address."""
    out: list[str] = []
    position = 0
    for link in _LINK.finditer(text):
        start = link.start() - (text[link.start() - 1 : link.start()] == " ")
        shown = text[max(position, start - len(link[0])) : start].rstrip("/")
        if shown.endswith(link[1].rstrip("/")):
            out.append(text[position:start])
            position = link.end()
    out.append(text[position:])
    return "".join(out)


def _tidy(text: str, *, outlook: bool, table: bool) -> str:
    """Take the gaps out that the layout of HTML leaves: between table cells, and around Outlook's paragraphs."""
    text = text.replace("\r", "").replace("\xa0", " ")
    text = _squeezed(text)
    if table:
        text = _CELL_GAP.sub("\t", text)
    if outlook:
        # Outlook's paragraphs have no margin: what looks like a blank line is a paragraph with a space in it.
        text = text.replace("\n\n", "\n")
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    return _squeezed(text)


def _squeezed(text: str) -> str:
    return _GAP.sub("\n\n", text) if "\n\n\n" in text else text
