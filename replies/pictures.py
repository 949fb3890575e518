"""How large a logo is, read from its first bytes. Pure.

Outlook shows an image by its attributes and not by CSS, so that a logo without them stands there in full size.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

WIDEST, HIGHEST = 220, 64
"""Pixels that a logo takes in a mail; a larger one is shown smaller."""

TYPES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
"""What every mail program shows, and how its files begin."""

_MARK = 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG, and which of them begin a frame (ITU T.81 table B.1)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image and the pixels that it takes in the mail."""

    content: bytes
    content_type: str
    width: int
    height: int


def picture(content: bytes) -> Picture | None:
    """Return the logo whose bytes these are, or None when no mail program would show them."""
    kind = next((name for name, start in TYPES.items() if content.startswith(start)), None)
    try:
        width, height = _size(kind, content)
    except (struct.error, IndexError):
        return None
    if kind is None or not width or not height:
        return None
    shrunk = min(1.0, WIDEST / width, HIGHEST / height)
    return Picture(content, kind, max(1, round(width * shrunk)), max(1, round(height * shrunk)))


def _size(kind: str | None, content: bytes) -> tuple[int, int]:
    if kind == "image/png":
        return struct.unpack_from(">II", content, 16)
    if kind == "image/gif":
        return struct.unpack_from("<HH", content, 6)
    return _size_of_jpeg(content) if kind else (0, 0)


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    """Go from marker to marker up to the frame's (ITU T.81 annex B)."""
    at = 2
    while content[at] == _MARK:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return 0, 0
