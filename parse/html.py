"""HTML in mail: made into text, and made safe to show."""

from __future__ import annotations

from parse.html_text import html_to_text
from parse.sanitize import sanitise

__all__ = ["html_to_text", "sanitise"]
