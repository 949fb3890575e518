"""Content transfer encodings undone (RFC 2045 section 6; uuencode and yEnc by their custom), whatever is broken.

Never raises. What cannot be decoded is given back as it was, with a defect, so that nothing is lost.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_WHITE = b" \t\r\n\x0b\x0c\x00"
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,500})\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^(?:`|~| )?\r?\n?end[ \t]*\r?$|^====\r?$", re.MULTILINE)
_Y_BEGIN = re.compile(rb"^=ybegin ([^\r\n]{1,1000})\r?\n", re.MULTILINE)
_Y_PART = re.compile(rb"=ypart [^\r\n]{0,1000}\r?\n")
_Y_END = re.compile(rb"^=yend([^\r\n]{0,1000})", re.MULTILINE)
_Y_PLAIN = bytes((code - 42) % 256 for code in range(256))
_JUNK_SHARE = 20
"""One alien byte in so many letters still is damaged base64; more is no base64 at all."""
_QUARTET = 4
_BLOCK = re.compile(rb"(?:[A-Za-z0-9+/]{4,1000}={0,2}[ \t]{0,9}\r?\n)+(?=\r?\n|[_-])")
_MOST_EMBEDDED = 500
_LEAST_BLOCK = 16
"""Fewer letters might be a word."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file found inside text: where its lines begin and end, its name and bytes."""

    start: int
    end: int
    filename: str
    content: bytes


def decode_transfer(raw: bytes, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """Undo the Content-Transfer-Encoding named ``encoding`` (any case); return the bytes and the defects."""
    name = encoding.partition(";")[0].partition("(")[0].strip(" \t\r\n\"'").lower()
    if name in {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits"}:
        return raw, ()
    if name in {"base64", "base-64", "b", "x-base64", "base64encoded"}:
        return decode_base64(raw)
    if name.replace("_", "-") in {"quoted-printable", "quotedprintable", "qp", "q", "quoted-printible"}:
        return decode_quoted_printable(raw)
    if name in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        found = next(iter(find_uuencoded(raw)), None)
        return (found.content, ()) if found else (raw, ("uuencode_invalid",))
    if name in {"x-yencode", "yenc", "x-yenc", "yencode"}:
        found = next(iter(find_yencoded(raw)), None)
        return (found.content, ()) if found else (raw, ("yenc_invalid",))
    return raw, ("transfer_encoding_unknown",)


def decode_base64(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Decode base64 (RFC 4648 section 4): line noise is dropped, a cut end gives what is there, blocks are joined."""
    pad = raw.find(b"=")
    if pad < 0 or not raw[pad:].strip(b"=" + _WHITE):
        try:
            data = binascii.a2b_base64(raw)
        except binascii.Error:
            pass
        else:
            if data or not raw.strip():
                return (data, ()) if _plausible(raw, len(data)) else _verify(raw)
    letters = raw.translate(None, _WHITE)
    kept = letters.translate(None, _NOT_BASE64)
    if (len(letters) - len(kept)) * _JUNK_SHARE > len(letters) or (letters and not kept.strip(b"=")):
        return _before_footer(raw) or (raw, ("base64_invalid",))
    defects = ["base64_junk"] if len(letters) != len(kept) else []
    out = bytearray()
    for block in kept.split(b"="):
        whole = len(block) - len(block) % _QUARTET
        out += binascii.a2b_base64(memoryview(block)[:whole])
        rest = block[whole:]
        if len(rest) > 1:
            out += binascii.a2b_base64(rest + b"=" * (_QUARTET - len(rest)))
    if len(kept.rstrip(b"=")) % _QUARTET == 1 or (len(kept) % _QUARTET and not kept.endswith(b"=")):
        defects.append("base64_truncated")
    elif not defects:
        defects.append("base64_padding")
    return bytes(out), tuple(defects)


def _before_footer(raw: bytes) -> tuple[bytes, tuple[str, ...]] | None:
    """Decode base64 under which a mailing list wrote its footer in plain text; the footer stays, unless in a file."""
    body = raw.lstrip()
    block = _BLOCK.match(body)
    letters = block[0].translate(None, _WHITE) if block else b""
    if block is None or len(letters) < _LEAST_BLOCK or len(letters) % _QUARTET:
        return None
    content, _ = decode_base64(letters)
    footer = body[block.end() :].lstrip(b"\r\n")
    return content if b"\0" in content else content + b"\n" + footer, ("base64_footer",)


def decode_quoted_printable(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Decode quoted-printable (RFC 2045 section 6.7); blanks at line ends were added in transport."""
    if b" \n" in raw or b" \r\n" in raw or b"\t\n" in raw or b"\t\r\n" in raw:
        raw = b"\n".join(map(_without_trailing_blanks, raw.split(b"\n")))
    return binascii.a2b_qp(raw), ()


def _without_trailing_blanks(line: bytes) -> bytes:
    return line[:-1].rstrip(b" \t") + b"\r" if line.endswith(b"\r") else line.rstrip(b" \t")


def find_uuencoded(raw: bytes) -> list[Embedded]:
    """Find every uuencoded file (POSIX uuencode, both alphabets) in text."""
    out: list[Embedded] = []
    position = 0
    while len(out) < _MOST_EMBEDDED and (begin := _UU_BEGIN.search(raw, position)) is not None:
        end = _UU_END.search(raw, begin.end())
        stop, after = (end.start(), end.end()) if end else (len(raw), len(raw))
        if begin[0].startswith(b"begin-base64"):
            content, defects = decode_base64(raw[begin.end() : stop])
            good = not defects
        else:
            content, good = _uudecode(raw[begin.end() : stop])
        position = max(begin.end(), after if good else begin.end())
        if good and content:
            out.append(Embedded(begin.start(), after, begin[1].decode("utf-8", "replace").strip(), content))
        elif end is None:
            break
    return out


def _uudecode(raw: bytes) -> tuple[bytes, bool]:
    """Decode the lines between begin and end; false when they are no such lines."""
    out = bytearray()
    good = bad = 0
    for line in raw.splitlines():
        text = line.rstrip(b"\r\n")
        if not text.strip(b"` ~"):
            continue
        size = (text[0] - 32) & 63
        wanted = 1 + (size * 8 + 5) // 6
        try:
            # Some encoders leave a checksum after the group, some lose trailing blanks in transport.
            out += binascii.a2b_uu(text[: 1 + (size + 2) // 3 * 4].ljust(wanted))
            good += 1
        except binascii.Error:
            bad += 1
            if bad > good + 3:
                return b"", False
    return bytes(out), good > bad


def find_yencoded(raw: bytes) -> list[Embedded]:
    """Find every yEnc file (yEnc draft 1.3) in text."""
    out: list[Embedded] = []
    position = 0
    while len(out) < _MOST_EMBEDDED and (begin := _Y_BEGIN.search(raw, position)) is not None:
        part = _Y_PART.match(raw, begin.end())
        start = part.end() if part else begin.end()
        end = _Y_END.search(raw, start)
        if end is None:
            break
        content = _ydecode(raw[start : end.start()])
        name = begin[1].partition(b"name=")[2].strip().strip(b'"')
        out.append(Embedded(begin.start(), end.end(), name.decode("utf-8", "replace"), content))
        position = end.end()
    return out


def _ydecode(raw: bytes) -> bytes:
    data = raw.translate(None, b"\r\n")
    head, *escaped = data.split(b"=")
    pieces = [head.translate(_Y_PLAIN)]
    for piece in escaped:
        pieces.append(bytes([(piece[0] - 64 - 42) % 256]) if piece else b"")
        pieces.append(piece[1:].translate(_Y_PLAIN))
    return b"".join(pieces)


def _plausible(raw: bytes, decoded: int) -> bool:
    """Tell cheaply that nearly all bytes were base64: what comes out is three quarters of what went in."""
    letters = len(raw) - sum(map(raw.count, (b"\n", b"\r", b"=", b" ")))
    return decoded >= letters * 3 // 4 and letters % _QUARTET != 1


def _verify(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Look closer at base64 that decoded to less than its size promised."""
    letters = raw.translate(None, _WHITE)
    kept = letters.translate(None, _NOT_BASE64)
    if (len(letters) - len(kept)) * _JUNK_SHARE > len(letters):
        return raw, ("base64_invalid",)
    return binascii.a2b_base64(raw), ("base64_junk",) if len(kept) != len(letters) else ()
