"""Encoded words of RFC 2047, as senders really write them.

Accepted beyond the RFC: no space around a word, words inside quoted strings, a character or a base64 group split
between two words, blanks inside a word, a missing end. Adjacent words are joined as bytes first and decoded by their
charset then. Never raises; linear in the length of the value.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from parse.mime import charsets

_START = re.compile(rb"=\?([^?\s]{1,100})\?([bBqQ])\?")
_CONTROLS = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\x85\u2028\u2029]+")
_FOLD = re.compile(rb"[\r\n]+[ \t]?")
_LINE_BREAKS = re.compile(r"[\r\n]+[ \t]*")
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,"]')
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BLANK = re.compile(rb"[ \t]")
_QUARTET = 4
_MOST_WORDS = 5_000
"""What follows so many encoded words stays as it was sent."""


@dataclass(slots=True)
class _Run:
    """Adjacent encoded words of one charset: their bytes, and base64 not yet complete."""

    charset: str
    data: bytearray
    pending: bytes = b""

    def add(self, encoding: bytes, payload: bytes) -> None:
        if encoding in b"bB":
            letters = self.pending + _NOT_BASE64.sub(b"", payload)
            whole = len(letters) - len(letters) % _QUARTET
            self.data += binascii.a2b_base64(letters[:whole])
            self.pending = letters[whole:]
            if payload.rstrip().endswith(b"="):
                self.finish()
        else:
            self.finish()
            self.data += binascii.a2b_qp(payload.replace(b"\r", b"").replace(b"\n", b""), header=True)

    def finish(self) -> None:
        """Decode what an incomplete last group holds (RFC 4648 section 4 wants padding; senders forget it)."""
        if len(self.pending) > 1:
            self.data += binascii.a2b_base64(self.pending + b"=" * (_QUARTET - len(self.pending)))
        self.pending = b""

    def text(self) -> str:
        self.finish()
        return charsets.decode(bytes(self.data), self.charset)[0]


def unfold(raw: bytes) -> bytes:
    """Undo folding (RFC 5322 section 2.2.3): a line break before white space goes, the white space stays."""
    return _FOLD.sub(b" ", raw) if b"\n" in raw or b"\r" in raw else raw


def decode_unstructured(raw: bytes, hint: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Decode an unstructured field's raw value (Subject, Comments) to one line of text, and name its defects."""
    raw = unfold(raw)
    if b"=?" not in raw and b"\x1b" not in raw and raw.isascii():
        return one_line(raw.decode("ascii")), ()
    defects: list[str] = []
    pieces = [text for text, _ in _pieces(raw, hint, defects)]
    return one_line("".join(pieces)), tuple(defects)


def decode_structured(raw: bytes, hint: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Decode a field made of addresses so that it can still be parsed: what a word held is quoted where needed.

    RFC 2047 section 5 (3) forbids specials in a phrase's words; once decoded, a comma in a display name would split
    the list, so the decoded text becomes a quoted string (RFC 5322 section 3.2.4).
    """
    raw = unfold(raw)
    if b"=?" not in raw and b"\x1b" not in raw and raw.isascii():
        return one_line(raw.decode("ascii")), ()
    defects: list[str] = []
    out: list[str] = []
    in_quotes = False
    before = ""
    for text, encoded in _pieces(raw, hint, defects):
        piece = text
        if encoded and in_quotes:
            piece = text.replace("\\", "\\\\").replace('"', '\\"')
        elif encoded and before != "<" and _SPECIALS.search(text):
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            piece = f'"{escaped}"'
        elif not encoded:
            in_quotes ^= (text.count('"') - text.count('\\"')) % 2 == 1
        out.append(piece)
        before = piece[-1:] or before
    return one_line("".join(out)), tuple(defects)


def decode_text(text: str) -> str:
    """Decode encoded words in text that is already a string, such as a file name parameter."""
    if "=?" not in text:
        return text
    return decode_unstructured(text.encode("utf-8", "surrogateescape"))[0]


def one_line(text: str) -> str:
    """Make one stored line: no line breaks, no control characters, no blanks around it."""
    text = text.strip()
    if text.isprintable():
        return text
    if "\n" in text or "\r" in text:
        text = _LINE_BREAKS.sub(" ", text)
    return charsets.clean(_CONTROLS.sub("", text)).strip()


def _pieces(raw: bytes, hint: str | None, defects: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield stretches of decoded text and whether they came out of encoded words."""
    done = 0
    run: _Run | None = None
    position = 0
    last_end = raw.rfind(b"?=")
    count = 0
    while (match := _START.search(raw, position)) is not None:
        count += 1
        if count > _MOST_WORDS:
            defects.append("encoded_words_too_many")
            break
        if match.end() <= last_end:
            end = raw.find(b"?=", match.end())
        else:
            end = _unfinished(raw, match.end())
            defects.append("encoded_word_unfinished")
        between = raw[done : match.start()]
        charset = match[1].decode("latin-1")
        if run is not None and (between.strip() or run.charset.lower() != charset.lower()):
            yield run.text(), True
            run = None
            between = between if between.strip() else b""
        elif run is not None:
            between = b""
        if between:
            yield _plain(between, hint, defects), False
        if run is None:
            run = _Run(charset, bytearray())
        run.add(match[2], raw[match.end() : end])
        position = done = min(end + 2, len(raw)) if raw.startswith(b"?=", end) else end
    if run is not None:
        yield run.text(), True
    if done < len(raw):
        yield _plain(raw[done:], hint, defects), False


def _unfinished(raw: bytes, start: int) -> int:
    """Return where a word ends that its sender cut off: at the next white space or with the value."""
    blank = _BLANK.search(raw, start)
    return blank.start() if blank else len(raw)


def _plain(raw: bytes, hint: str | None, defects: list[str]) -> str:
    text, defect = charsets.decode_header(raw, hint)
    if defect:
        defects.append(defect)
    return text
