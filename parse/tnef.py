"""Files and text out of winmail.dat (MS-OXTNEF), which Outlook sends in place of MIME parts.

Never raises. The decoding itself is tnefparse's; since it copies the rest of the file for every attribute, the
attributes are counted first.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from parse import charsets

_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEAD, _CHECKSUM = 9, 2
_COPY_BUDGET = 2_000_000_000
"""Bytes that tnefparse may copy: about half a second."""


@dataclass(frozen=True, slots=True)
class Winmail:
    """What a winmail.dat held: files as ``(name, bytes)``, and the body in the forms it had."""

    files: tuple[tuple[str, bytes], ...] = ()
    text: str | None = None
    html: str | None = None


def read_winmail(data: bytes) -> Winmail | None:
    """Open a winmail.dat, or return None when it is none or broken."""
    if not data.startswith(_SIGNATURE) or _attributes(data) * len(data) > _COPY_BUDGET:
        return None
    try:
        from tnefparse import TNEF  # noqa: PLC0415 - only Outlook's mail needs it

        logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it logs pieces of mail
        opened = TNEF(data, do_checksum=False)
        files = tuple((_name(one), bytes(one.data)) for one in opened.attachments if one.data)
        return Winmail(files, _text(opened.body), _text(opened.htmlbody))
    except Exception:  # noqa: BLE001 - a foreign decoder of hostile bytes may raise anything
        return None


def _attributes(data: bytes) -> int:
    """Count the attributes: level, id, length, data, checksum each (MS-OXTNEF section 2.1.3)."""
    count, position = 0, 6
    while position + _HEAD < len(data):
        length = int.from_bytes(data[position + 5 : position + _HEAD], "little")
        position += _HEAD + length + _CHECKSUM
        count += 1
    return count


def _name(attachment: object) -> str:
    try:
        name = attachment.long_filename()  # type: ignore[attr-defined]  # tnefparse has no types
    except Exception:  # noqa: BLE001 - a name in no known charset; the file still counts
        return ""
    return (_text(name) or "").strip("\0 ")


def _text(value: object) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bytes):
        value = charsets.decode(value, None)[0]
    return charsets.clean(value).replace("\r\n", "\n") if isinstance(value, str) and value else None
