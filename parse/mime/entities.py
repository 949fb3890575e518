"""The tree of MIME entities (RFC 2045 section 2.4) as ranges of the raw bytes, cut without copying.

The design names the standard library's compat32 parser. It was tried and left: it turns the whole mail into text lines
(seven times its size in memory), recurses per level, ends the header at a junk line, and its message/rfc822 and
multipart objects must be taken apart again. Cutting ranges out of the bytes is shorter, uses no recursion, and lets a
25 MB mail cost little more than its decoded parts.

Never raises; linear in size times depth, both limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

from parse.limits import Limits
from parse.mime.headers import Section, read_section
from parse.mime.parameters import Parametered, parse_content_type
from parse.mime.words import unfold

_GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,199}?|-[^\r\n]{1,198}?)(?:--)?[ \t]*\r?\n", re.MULTILINE)
_HEADER_LIKE = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}[ \t]?:|\r?\n")
_TAIL = re.compile(rb"(--)?(?:[ \t][^\r\n]*)?(?:\r?\n|\r|\Z)")
_MAX_GUESSES = 200


@dataclass(slots=True)
class Entity:
    """A leaf: its header section, its declared type, the range of its body, and the types it lies in."""

    section: Section
    content_type: Parametered
    start: int
    end: int
    inside: tuple[str, ...] = ()
    path: tuple[int, ...] = ()
    mime: dict[str, bytes] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return a Content- field by its lower-case name, unfolded; empty when it is missing."""
        raw = self.mime.get(name)
        return as_text(unfold(raw)) if raw is not None else ""


@dataclass(slots=True)
class Tree:
    """The leaves of one message in order, and what went wrong on the way."""

    root: Entity
    leaves: list[Entity] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Range:
    start: int
    end: int
    inside: tuple[str, ...]
    default: str
    path: tuple[int, ...] = ()


def as_text(raw: bytes | None) -> str:
    """Read a raw structured value: UTF-8 (RFC 6532), else byte by byte."""
    if not raw:
        return ""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        from parse.mime.charsets import decode_header  # noqa: PLC0415 - rare

        return decode_header(raw)[0]


def read_tree(raw: bytes, limits: Limits, deadline: float) -> Tree:
    """Cut a message into its leaves."""
    start = 0
    while start < len(raw) and raw[start] in b"\r\n\t ":
        start += 1
    if raw[start : start + 3] == b"\xef\xbb\xbf":
        start += 3
    root = _entity(raw, _Range(start if raw[start : start + 1] else 0, len(raw), (), "text/plain"), limits)
    tree = Tree(root)
    tree.defects.extend(root.section.defects)
    stack = [root]
    while stack:
        entity = stack.pop()
        children = _children(raw, entity, limits, tree)
        if children is None:
            tree.leaves.append(entity)
            continue
        if monotonic() > deadline:
            _stop(tree, "too_slow")
            break
        room = limits.parts - len(tree.leaves) - len(stack)
        if len(children) > room:
            _stop(tree, "too_many_parts")
            children = children[: max(room, 0)]
        below = [_entity(raw, child, limits) for child in children]
        for child in below:
            tree.defects.extend(child.section.defects)
        stack.extend(reversed(below))
    return tree


def _stop(tree: Tree, defect: str) -> None:
    tree.complete = False
    tree.defects.append(defect)


def _entity(raw: bytes, where: _Range, limits: Limits) -> Entity:
    section = read_section(raw, where.start, where.end, limits.header_bytes)
    mime = section.mime_fields()
    declared = as_text(unfold(mime["content-type"])) if "content-type" in mime else ""
    content_type = parse_content_type(declared, where.default) if declared else Parametered(where.default)
    return Entity(section, content_type, min(section.body_start, where.end), where.end, where.inside, where.path, mime)


def _children(raw: bytes, entity: Entity, limits: Limits, tree: Tree) -> list[_Range] | None:
    """Return the ranges of a multipart's parts, or None for a leaf."""
    kind = entity.content_type.value
    if not kind.startswith("multipart/"):
        return None
    if len(entity.inside) >= limits.depth:
        _stop(tree, "too_deep")
        return None
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    boundary = entity.content_type.get("boundary")
    cuts = _cut(raw, entity, boundary.encode("utf-8", "surrogateescape"), limits) if boundary else []
    if not cuts and boundary and boundary != boundary.rstrip():
        cuts = _cut(raw, entity, boundary.rstrip().encode("utf-8", "surrogateescape"), limits)
    if not cuts:
        tree.defects.append("boundary_not_found" if boundary else "boundary_missing")
        guess = _guess_boundary(raw, entity)
        cuts = _cut(raw, entity, guess, limits) if guess else []
    if not cuts:
        entity.content_type = Parametered("text/plain", entity.content_type.params)
        return None
    inside = (*entity.inside, kind)
    return [_Range(start, end, inside, default, (*entity.path, place)) for place, (start, end) in enumerate(cuts)]


def _cut(raw: bytes, entity: Entity, boundary: bytes, limits: Limits) -> list[tuple[int, int]]:
    """Find what lies between the delimiter lines (RFC 2046 section 5.1.1)."""
    delimiter = b"--" + boundary
    parts: list[tuple[int, int]] = []
    opened: int | None = None
    position = entity.start
    while (found := raw.find(delimiter, position, entity.end)) >= 0:
        position = found + len(delimiter)
        if found > entity.start and raw[found - 1] not in b"\r\n":
            continue
        tail = _TAIL.match(raw, position, entity.end)
        if tail is None:
            continue
        if opened is not None:
            parts.append((opened, max(opened, _before_line_break(raw, found, opened))))
        opened = None if tail[1] else tail.end()
        position = max(position, tail.end())
        if len(parts) > limits.parts:
            break
    if opened is not None and opened < entity.end:
        parts.append((opened, entity.end))
    return parts


def _before_line_break(raw: bytes, position: int, least: int) -> int:
    """Return where a part ends: the line break before a delimiter belongs to the delimiter."""
    if position - 2 >= least and raw[position - 2 : position] == b"\r\n":
        return position - 2
    return position - 1 if position - 1 >= least else position


def _guess_boundary(raw: bytes, entity: Entity) -> bytes | None:
    """Find the delimiter line nobody declared: dashes, then something, then a header on the next line."""
    for count, match in enumerate(_candidates(raw, entity)):
        if _HEADER_LIKE.match(raw, match.end(), entity.end):
            return match[1].rstrip()
        if count > _MAX_GUESSES:
            break
    return None


def _candidates(raw: bytes, entity: Entity) -> Iterator[re.Match[bytes]]:
    return _GUESS.finditer(raw, entity.start, entity.end)
