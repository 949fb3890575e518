"""Files and text out of winmail.dat (MS-OXTNEF), which Outlook sends in place of MIME parts.

The design names tnefparse. It was left: it believes the counts that a file states, so that a winmail.dat of a hundred
bytes keeps it busy, and its memory growing, for four thousand million rounds; and it copies the rest of the file for
every attribute. Of the format a mail needs little, and here every loop ends with the bytes. Never raises; linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from parse.mime import charsets

_SIGNATURE = b"\x78\x9f\x3e\x22"
_FIRST, _HEAD, _CHECKSUM = 6, 9, 2
# Attributes (MS-OXTNEF section 2.1.3.2).
_BODY, _CODE_PAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Properties (MS-OXPROPS).
_PLAIN_BODY, _HTML_BODY, _INTERNET_CODE_PAGE = 0x1000, 0x1013, 0x3FDE
_DISPLAY_NAME, _FILE_NAME, _LONG_FILE_NAME, _FILE_OBJECT = 0x3001, 0x3704, 0x3707, 0x3701
# Property types (MS-OXCDATA section 2.11.1) with the bytes a value takes.
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE = 0x1E, 0x1F
_VARIABLE = frozenset({_STRING, _UNICODE, 0x0D, 0x0102})
_MULTIPLE, _NAMED = 0x1000, 0x8000
_MOST_FILES = 1_000


@dataclass(slots=True)
class Winmail:
    """What a winmail.dat held: files as ``(name, bytes)``, and the body in the forms it had."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    text: str | None = None
    html: str | None = None


def read_winmail(data: bytes) -> Winmail | None:
    """Open a winmail.dat, or return None when it is none."""
    if not data.startswith(_SIGNATURE):
        return None
    found = Winmail()
    page: str | None = None
    name, content = "", b""
    for kind, value in _attributes(data):
        if kind == _CODE_PAGE:
            page = f"cp{_number(value, 0, 4)}"
        elif kind == _BODY:
            found.text = _text(value, page)
        elif kind == _PROPERTIES:
            _read_bodies(value, page, found)
        elif kind == _NEW_FILE:
            _add(found, name, content)
            name, content = "", b""
        elif kind == _TITLE:
            name = name or _text(value, page)
        elif kind == _DATA:
            content = value
        elif kind == _FILE_PROPERTIES:
            name, content = _read_file(value, page, name, content)
    _add(found, name, content)
    return found


def _add(found: Winmail, name: str, content: bytes) -> None:
    if content and len(found.files) < _MOST_FILES:
        found.files.append((name, content))


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield attributes: level, id, type, length, data, checksum (MS-OXTNEF section 2.1.3.1)."""
    position = _FIRST
    while position + _HEAD <= len(data):
        length = _number(data, position + 5, 4)
        yield _number(data, position + 1, 2), data[position + _HEAD : position + _HEAD + length]
        position += _HEAD + length + _CHECKSUM


def _read_bodies(data: bytes, page: str | None, found: Winmail) -> None:
    bodies: dict[int, tuple[int, bytes]] = {}
    for name, kind, value in _properties(data):
        if name == _INTERNET_CODE_PAGE:
            page = f"cp{_number(value, 0, 4)}"
        elif name in {_PLAIN_BODY, _HTML_BODY}:
            bodies[name] = kind, value
    if _PLAIN_BODY in bodies:
        found.text = _typed(*bodies[_PLAIN_BODY], page)
    if _HTML_BODY in bodies:
        found.html = _typed(*bodies[_HTML_BODY], page)


def _read_file(data: bytes, page: str | None, name: str, content: bytes) -> tuple[str, bytes]:
    names = {}
    for key, kind, value in _properties(data):
        if key in {_DISPLAY_NAME, _FILE_NAME, _LONG_FILE_NAME}:
            names[key] = _typed(kind, value, page)
        elif key == _FILE_OBJECT and not content:
            content = value[16:]  # the GUID of the object's interface stands before it
    return names.get(_LONG_FILE_NAME) or name or names.get(_FILE_NAME) or names.get(_DISPLAY_NAME) or "", content


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield properties as ``(id, type, value)`` (MS-OXTNEF section 2.1.3.4)."""
    position = 4
    while position + 4 < len(data):
        kind, name = _number(data, position, 2), _number(data, position + 2, 2)
        position += 4
        if name >= _NAMED:
            by_name = _number(data, position + 16, 4) != 0
            position += 24 + (_padded(_number(data, position + 20, 4)) if by_name else 0)
        multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        values = 1
        if multiple or kind in _VARIABLE:
            values = _number(data, position, 4)
            position += 4
        if kind in _FIXED:
            size = _FIXED[kind] * values if not (multiple and kind in {0x02, 0x0B}) else _padded(2 * values)
            yield name, kind, data[position : position + min(size, 16)]
            position += size
            continue
        if kind not in _VARIABLE:
            return
        while values > 0 and position + 4 <= len(data):
            length = _number(data, position, 4)
            yield name, kind, data[position + 4 : position + 4 + length]
            position += 4 + _padded(length)
            values -= 1


def _number(data: bytes, position: int, size: int) -> int:
    return int.from_bytes(data[position : position + size], "little")


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _typed(kind: int, value: bytes, page: str | None) -> str:
    return _text(value, "utf-16-le" if kind == _UNICODE else page)


def _text(value: bytes, page: str | None) -> str:
    text = charsets.decode(value.rstrip(b"\0") if page != "utf-16-le" else value, page)[0]
    return text.replace("\r\n", "\n").strip("\n")
