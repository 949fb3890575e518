"""Header fields as they go over the wire (RFC 5322, RFC 2047, RFC 6532). Pure.

By hand, because the standard library writes a Message-ID that is longer than a line as encoded words, which no client
finds its thread by, does the same to the domain of an address, and loses blanks of a long subject.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from unicodedata import category

from backbone.addresses import normalise_domain

LINE = 76
"""Characters of a line, as far as its words allow (RFC 2047 section 2)."""

LONGEST_TEXT = 500
LONGEST_NAME = 200
_CHUNK = 36
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_SHORT_NAME = 60
_CONTINUES, _CONTINUATION = 0xC0, 0x80
"""The bits by which UTF-8 knows the later bytes of a character."""

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_LOCAL = re.compile(r'[^\s"(),:;<>@\[\]\\]+|"(?:[^"\\]|\\.)*"')
_ID = re.compile(r"<[!-;=?-~]{1,900}>")


def text(name: str, value: str) -> str:
    """Return a field of free text, such as Subject: its words from the first that is not ASCII on are encoded."""
    words = one_line(value, LONGEST_TEXT).split(" ")
    plain = next((count for count, word in enumerate(words) if not _is_plain(word)), len(words))
    return _fill(name, [*words[:plain], *_encoded(" ".join(words[plain:]))])


def ids(name: str, found: Iterable[str]) -> str:
    """Return a field of Message-IDs, never encoded; empty when none of ``found`` may stand in a header."""
    usable = [one for one in found if _ID.fullmatch(one)]
    return _fill(name, usable) if usable else ""


def mailbox(name: str, display_name: str, address: str) -> str:
    """Return a field of one person; ``address`` is as :func:`wire_address` gives it."""
    return mailboxes(name, [(display_name, address)])


def mailboxes(name: str, people: Iterable[tuple[str, str]]) -> str:
    """Return a field of several persons, names and addresses as in :func:`mailbox`; empty when there are none."""
    words: list[str] = []
    for display_name, address in people:
        if words:
            words[-1] += ","
        phrase = _phrase(one_line(display_name, LONGEST_NAME))
        words += [*phrase, f"<{address}>"] if phrase else [address]
    return _fill(name, words) if words else ""


def wire_address(address: str) -> str:
    """Return an address as SMTP takes it: its domain in ASCII, its local part quoted where it has to be."""
    local, _, domain = one_line(address).rpartition("@")
    if not _LOCAL.fullmatch(local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}@{normalise_domain(domain)}"


def one_line(value: str, longest: int = 1_000) -> str:
    """Return ``value`` on one line, without control characters, and cut, so that no header can be smuggled in."""
    if not value.isprintable():
        value = "".join(_printable(char) for char in value)
    line = " ".join(value.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _printable(char: str) -> str:
    """Return ``char``, or a blank for what breaks lines; marks that only steer how text runs go without a trace.

    Joiners stay, by which Persian, Hindi and some pictures are written, as do letters newer than our Unicode.
    """
    if char.isprintable() or char in _JOINERS:
        return char
    kind = category(char)
    return char if kind in ("Cn", "Co") else "" if kind == "Cf" else " "


def _is_plain(word: str) -> bool:
    return word.isascii() and "=?" not in word and len(word) < LINE


def _phrase(name: str) -> list[str]:
    """Return the words of a display name: atoms, one quoted string, or encoded words."""
    if not _is_plain(name[:_SHORT_NAME]) or len(name) > _SHORT_NAME:
        return _encoded(name)
    if all(_ATOM.fullmatch(word) for word in name.split()):
        return name.split()
    return ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']


def _encoded(value: str) -> list[str]:
    """Return ``value`` as encoded words; none of them cuts a character in two."""
    raw = value.encode("utf-8", "replace")
    chunks, start = [], 0
    while start < len(raw):
        end = start + _CHUNK
        while end < len(raw) and raw[end] & _CONTINUES == _CONTINUATION:
            end -= 1
        chunks.append(raw[start:end])
        start = end
    return [f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks]


def _fill(name: str, words: Sequence[str]) -> str:
    """Return a field with a line break before each word that would make its line too long."""
    lines = [f"{name}:"]
    for count, word in enumerate(words):
        if count and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"
