"""File names that are safe to store and show: from the sender's name, or made up by content type.

A name never holds a path, a control or direction-changing character, or more than 255 bytes (POSIX NAME_MAX).
"""

from __future__ import annotations

import re
from functools import lru_cache

_MAX_BYTES = 255
_UNSAFE = re.compile('[\\x00-\\x1f\\x7f-\\x9f<>:"|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]+')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?\Z", re.IGNORECASE)
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf",
    "text/csv": ".csv", "text/xml": ".xml", "text/rtf": ".rtf", "text/enriched": ".txt", "image/jpeg": ".jpg",
    "image/jpg": ".jpg", "image/pjpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/bmp": ".bmp",
    "image/tiff": ".tif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/heic": ".heic", "audio/mpeg": ".mp3",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/ogg": ".ogg", "audio/basic": ".au", "video/mp4": ".mp4",
    "video/quicktime": ".mov", "application/pdf": ".pdf", "application/zip": ".zip", "application/rtf": ".rtf",
    "application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx", "application/json": ".json",
    "application/xml": ".xml", "application/pgp-signature": ".asc", "application/pgp-encrypted": ".txt",
    "application/pgp-keys": ".asc", "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/ics": ".ics",
    "application/ms-tnef": ".dat", "message/rfc822": ".eml", "message/global": ".eml", "message/partial": ".eml",
    "message/delivery-status": ".txt", "message/disposition-notification": ".txt", "message/feedback-report": ".txt",
    "message/external-body": ".txt", "text/rfc822-headers": ".txt",
}  # fmt: skip


def safe_name(name: str | None) -> str:
    """Return the base name of what the sender called the file, or an empty string when nothing of it is left."""
    if not name:
        return ""
    base = name.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    base = _SPACES.sub(" ", _UNSAFE.sub("_", base)).strip(" .") if not base.isalnum() else base
    if _RESERVED.match(base):
        base = f"_{base}"
    return _shorten(base) if base.strip("_") else ""


def made_up_name(number: int, content_type: str) -> str:
    """Return a name for the ``number``-th attachment, which has none: ``attachment-2.png``."""
    return f"attachment-{number}{extension(content_type)}"


@lru_cache(maxsize=256)
def extension(content_type: str) -> str:
    """Return the extension of a content type, ``.bin`` when it is unknown."""
    return _EXTENSIONS.get(content_type, ".txt" if content_type.startswith("text/") else ".bin")


def _shorten(name: str) -> str:
    """Cut a long name in its stem; a lone surrogate cannot be stored."""
    raw = name.encode("utf-8", "replace")
    if len(raw) <= _MAX_BYTES:
        return raw.decode("utf-8")
    stem, dot, ending = name.rpartition(".")
    tail = (dot + ending).encode("utf-8", "replace") if dot and len(ending) <= 16 else b""  # noqa: PLR2004 - a suffix
    head = (stem if tail else name).encode("utf-8", "replace")
    return head[: _MAX_BYTES - len(tail)].decode("utf-8", "ignore") + tail.decode("utf-8")
