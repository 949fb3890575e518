"""Header fields as the classifiers want them: indexed once, addresses cut out, evidence shortened.

Everything here takes time linear in its input, and nothing raises: the input is whatever came over the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import idna

from parse.model import Headers, Mail, Part

Index = dict[str, list[str]]
"""Lower-case field name to its values, topmost first."""

MAX_EVIDENCE = 120
MAX_LIST = 20_000
"""How much of an address list is read."""
MAX_DOMAIN = 253
"""RFC 1035 section 3.1: 255 octets on the wire."""

_QUOTING = re.compile(r'\\.|["()]', re.DOTALL)
_ANGLED = re.compile(r"<([^<>]*)>")
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")
_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)


def index(headers: Headers) -> Index:
    """Return the fields by lower-case name, so that a table of rules asks each once (RFC 5322 section 1.2.2)."""
    return headers.by_name


def first(fields: Index, name: str) -> str:
    """Return the topmost value of ``name`` (lower case), stripped; empty if there is none."""
    values = fields.get(name)
    return values[0].strip() if values else ""


def shown(name: str, value: str) -> str:
    """Return ``Name: value`` as a line of evidence that a person can read."""
    line = f"{name}: {' '.join(value[: MAX_EVIDENCE * 4].split())}"
    return line if len(line) <= MAX_EVIDENCE else line[: MAX_EVIDENCE - 1] + "…"


def mailboxes(value: str) -> list[str]:
    """Return every address in an address list (RFC 5322 section 3.4), lower case; ``<>`` gives an empty string.

    What stands in quotes or comments is no address. A piece with several angle brackets gives all of them: whoever
    decides about trust must not be steered by which one a lenient reader would pick.
    """
    found: list[str] = []
    for piece in without_comments(value[:MAX_LIST]).split(","):
        angled = _ANGLED.findall(piece)
        if angled:
            found += [address.strip().lower() for address in angled]
        else:
            found += [word.strip(";:").lower() for word in piece.split() if "@" in word]
    return found


def without_comments(value: str) -> str:
    """Return ``value`` without its quoted strings and (nested) comments (RFC 5322 sections 3.2.2 and 3.2.4)."""
    if '"' not in value and "(" not in value:
        return value
    kept: list[str] = []
    depth = start = 0
    quoted = False
    for mark in _QUOTING.finditer(value):
        sign = mark[0]
        if not quoted and depth == 0 and sign in {'"', "("}:
            kept.append(value[start : mark.start()])
        if sign == '"' and depth == 0:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and not quoted and depth:
            depth -= 1
        else:
            continue
        if not quoted and depth == 0:
            start = mark.end()
    if not quoted and depth == 0:
        kept.append(value[start:])
    return " ".join(kept)


def domain_of(address: str) -> str:
    """Return the domain of an address in its ASCII form (RFC 5891), lower case; empty if there is none."""
    return ascii_domain(address.rpartition("@")[2]) if "@" in address else ""


def ascii_domain(domain: str) -> str:
    """Return a domain in lower case and A-labels, so that both forms of an IDN compare equal (RFC 5891)."""
    domain = domain.strip().strip(".").lower()
    if domain.isascii() or len(domain) > MAX_DOMAIN:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain


def part_text(part: Part, limit: int) -> str:
    """Return the beginning of a part as text, whatever its type says; HTML without its tags."""
    text = part.text[:limit] if part.text is not None else part.content[:limit].decode("utf-8", "replace")
    if part.content_type == "text/html":
        text = _TAGS.sub(" ", _BREAKS.sub("\n", text)).replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def body_text(mail: Mail, limit: int) -> str:
    """Return the beginning of what a reader sees first: the first plain part, or else the first HTML part."""
    readable = [part for part in mail.parts if part.content_type in {"text/plain", "text/html"}]
    plain = [part for part in readable if part.content_type == "text/plain" and part.disposition != "attachment"]
    for part in plain or readable:
        text = part_text(part, limit)
        if text.strip():
            return text
    return ""


def block(text: str, max_lines: int = 500) -> Index:
    """Return the header fields at the beginning of ``text``, up to the first empty line (RFC 5322 section 2.1)."""
    found: Index = {}
    for name, value in field_lines(text.lstrip("\n").split("\n\n", 1)[0].split("\n")[:max_lines]):
        found.setdefault(name, []).append(value)
    return found


def field_lines(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield unfolded ``(lower-case name, value)`` of header-like lines (RFC 5322 section 2.2.3).

    Empty lines are yielded as ``("", "")``; lines that are no fields are passed over.
    """
    name, values = "", [""]
    for line in lines:
        if line[:1] in {" ", "\t"} and name and line.strip():
            values.append(line.strip())
            continue
        if name:
            yield name, " ".join(values).strip()
            name = ""
        if not line.strip():
            yield "", ""
            continue
        match = _FIELD.match(line)
        if match:
            name, values = match[1].lower(), [match[2].strip()]
    if name:
        yield name, " ".join(values).strip()
