"""Parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183, RFC 2231), in every broken form.

Accepted beyond the RFCs: unquoted values with blanks, missing semicolons, an open quote, continuations out of order,
``name*=`` without its charset, encoded words in values, percent signs in a plain file name. Never raises; linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from parse.mime import charsets, words

_NAME = re.compile(r'[^\s;="]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_GAP = re.compile(r"[\s;]*")
_EQUALS = re.compile(r"\s*=\s*")
_NEXT_PARAMETER = re.compile(r"\s([A-Za-z][\w*-]{0,40})=")
_UNQUOTE = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?\Z")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_EXTENDED = re.compile(r"([A-Za-z0-9_:.+-]{2,40})'[A-Za-z0-9-]*'")
_TYPE = re.compile(r"\s*\"?([A-Za-z0-9!#$&^_.+-]{1,127})\s*/\s*([A-Za-z0-9!#$&^_.+-]{1,127})")
_TOKEN = re.compile(r"\s*\"?([A-Za-z0-9!#$&^_.+-]{1,127})")
_REMEMBERED = 80
_MOST = 200
"""So many parameters are read; no honest header has more."""


@dataclass(frozen=True, slots=True)
class Parametered:
    """A header value of the form ``value; name=value``: the value in lower case and the parameters decoded."""

    value: str
    params: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Return a parameter by its lower-case name, or None."""
        return next((value for key, value in self.params if key == name), None)


def parse_content_type(raw: str, default: str = "text/plain") -> Parametered:
    """Read a Content-Type; what names no type is ``default`` (RFC 2045 section 5.2)."""
    return _remembered_type(raw, default) if len(raw) <= _REMEMBERED else _content_type(raw, default)


def _content_type(raw: str, default: str) -> Parametered:
    match = _TYPE.match(raw)
    if match:
        return Parametered(f"{match[1]}/{match[2]}".lower(), _params(raw, match.end()))
    token = _TOKEN.match(raw)
    value = default
    if token and token[1].lower() in {"text", "plain"}:
        value = "text/plain"
    elif token and token[1].lower() == "html":
        value = "text/html"
    start = raw.find(";")
    return Parametered(value, _params(raw, start) if start >= 0 else ())


_remembered_type = lru_cache(maxsize=512)(_content_type)  # most mail says one of a few dozen things


def parse_disposition(raw: str) -> Parametered:
    """Read a Content-Disposition (RFC 2183); ``filename=x`` alone, without a type, counts as an attachment."""
    token = _TOKEN.match(raw)
    if token and not raw[token.end() :].lstrip().startswith(("=", "*")):
        return Parametered(token[1].lower(), _params(raw, token.end()))
    return Parametered("attachment", _params(raw, 0))


def _params(raw: str, start: int) -> tuple[tuple[str, str], ...]:
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    plain: dict[str, str] = {}
    for name, value in _pairs(raw, start):
        match = _SECTION.match(name)
        if match and (match[2] is not None or match[3]):
            sections = pieces.setdefault(match[1], {})
            sections.setdefault(int(match[2] or 0), (value, bool(match[3])))
        else:
            plain.setdefault(name, value if name == "boundary" else _repair(value))
    extended = {name: _join(sections) for name, sections in pieces.items()}
    return tuple((plain | {name: value for name, value in extended.items() if value}).items())


def _pairs(raw: str, start: int) -> list[tuple[str, str]]:
    """Read ``name=value`` pairs from left to right."""
    out: list[tuple[str, str]] = []
    position = start
    closed = True
    while position < len(raw) and len(out) < _MOST:
        gap = _GAP.match(raw, position)
        position = gap.end() if gap else position
        name = _NAME.match(raw, position)
        if name is None:
            position += 1
            continue
        position = name.end()
        equals = _EQUALS.match(raw, position)
        if equals is None:
            continue
        position = equals.end()
        quoted = _QUOTED.match(raw, position) if closed and raw.startswith('"', position) else None
        if quoted:
            out.append((name[0].lower(), _UNQUOTE.sub(r"\1", quoted[1])))
            position = quoted.end()
            continue
        if raw.startswith('"', position):
            closed = False
            position += 1
        end = raw.find(";", position)
        end = len(raw) if end < 0 else end
        if follows := _NEXT_PARAMETER.search(raw, position, end):
            end = follows.start()
        out.append((name[0].lower(), raw[position:end].strip().strip('"')))
        position = end
    return out


def _join(sections: dict[int, tuple[str, bool]]) -> str:
    """Put continuations together by number (RFC 2231 section 3) and decode them by their charset (section 4)."""
    charset: str | None = None
    data = b""
    for index, number in enumerate(sorted(sections)):
        value, encoded = sections[number]
        if encoded and index == 0 and value.count("'") >= 2:  # noqa: PLR2004 - charset'language'value
            charset, _, value = value.split("'", 2)
        raw = value.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    text = charsets.decode(data, charset or None)[0]
    return words.one_line(words.decode_text(text))


def _repair(value: str) -> str:
    """Decode what a plain value should not hold: encoded words, RFC 2231 form, percent signs."""
    if "=?" in value:
        return words.decode_text(value)
    if "%" in value and _PERCENT.search(value):
        match = _EXTENDED.match(value)
        charset = match[1] if match else "utf-8"
        try:
            data = unquote_to_bytes(value[match.end() :] if match else value)
            if match or not data.isascii():
                text = data.decode("utf-8") if charset == "utf-8" else charsets.decode(data, charset)[0]
                return words.one_line(text)
        except UnicodeDecodeError:
            pass
    return words.one_line(value)
