"""HTML in mail: made into text, and made safe to show."""

from __future__ import annotations

import nh3
from resiliparse.extract.html2text import extract_plain_text


def html_to_text(html: str) -> str:
    """Return the visible text of ``html`` with paragraphs, lists, links and alternative texts."""
    try:
        return str(extract_plain_text(html, preserve_formatting=True, links=True)).strip()
    except (ValueError, TypeError):
        return ""


def sanitise(html: str) -> str:
    """Return ``html`` in a form that is safe to show inside a page."""
    return nh3.clean(html, url_schemes={"http", "https", "mailto", "tel", "cid"})
