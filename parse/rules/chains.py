"""A pattern ``A any B any C`` cut at its "any text" into parts that are searched for one after the other.

What may follow a part depends on where the part ends only, and an earlier end allows all that a later one does: so
each part has one latest place (``parse.rules.program``), and nothing is tried twice. It is done only where it finds
just what one search would, which tests prove by comparison; ``cut`` returns one part everywhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from parse.rules.idioms import is_bare
from parse.rules.program import Gap
from parse.rules.syntax import (
    LOOKS,
    AnyChar,
    Around,
    Assertion,
    Char,
    Choice,
    Conditional,
    Group,
    Mode,
    Node,
    Repeat,
    Sequence,
    least_width,
    references,
    walk,
)

OPENS, CLOSES = "<", ">"
"""Before a key: an empty group that marks where the group of that key opens, or closes."""

_GAPS = {Mode.GREEDY: Gap.GREEDY, Mode.LAZY: Gap.LAZY}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a chain, and the gap before it."""

    gap: Gap
    node: Sequence


def cut(tree: Node, kept: frozenset[str]) -> tuple[Part, ...]:
    """Return the parts of ``tree``; groups in ``kept`` are captured."""
    whole = (Part(Gap.NONE, Sequence((tree,))),)
    parts: list[Part] = []
    gap = Gap.NONE
    items: list[Node] = []
    for item in _flat(tree, kept):
        if isinstance(item, Gap):
            parts.append(Part(gap, Sequence(tuple(items))))
            gap, items = item, []
        else:
            items.append(item)
    if gap is Gap.NONE:
        return whole
    parts.append(Part(gap, Sequence(tuple(items))))
    return tuple(parts) if _may_be_cut(parts) else whole


def prefix(part: Part) -> str:
    """Return the text that every match of ``part`` begins with."""
    text = ""
    for item in _spread(part.node):
        if not isinstance(item, Char) or item.fold:
            break
        text += item.text
    return text


def _spread(node: Node) -> Iterator[Node]:
    match node:
        case Sequence():
            for item in node.items:
                yield from _spread(item)
        case Group(around=Around.CAPTURE | Around.PLAIN):
            yield from _spread(node.inner)
        case _:
            yield node


def _flat(node: Node, kept: frozenset[str]) -> Iterator[Node | Gap]:
    """Yield what ``node`` is made of, with its gaps on the top level."""
    if not _has_gap(node):
        yield node
        return
    match node:
        case Sequence():
            for item in node.items:
                yield from _flat(item, kept)
        case Group():
            bare = is_bare(node, kept)
            if not bare:
                yield Group(Sequence(()), Around.CAPTURE, OPENS + node.key)
            yield from _flat(node.inner, kept)
            if not bare:
                yield Group(Sequence(()), Around.CAPTURE, CLOSES + node.key)
        case Repeat():
            if node.low:
                yield replace(node, high=node.low, mode=Mode.GREEDY)
            yield _GAPS[node.mode]
        case _:
            yield node


def _has_gap(node: Node) -> bool:
    match node:
        case Repeat():
            return isinstance(node.inner, AnyChar) and node.high is None and node.mode in _GAPS
        case Sequence():
            return any(map(_has_gap, node.items))
        case Group(around=Around.CAPTURE | Around.PLAIN):
            return _has_gap(node.inner)
        case _:
            return False


def _may_be_cut(parts: list[Part]) -> bool:
    captured = Counter(item.key for part in parts for item in walk(part.node) if isinstance(item, Group) and item.key)
    for part in parts:
        inside = Counter(item.key for item in walk(part.node) if isinstance(item, Group) and item.key)
        if any(inside[key] != captured[key] or captured[OPENS + key] for key in references(part.node)):
            return False
        if any(isinstance(item, Assertion) and item.body == r"\G" for item in walk(part.node)):
            return False
    if any(key[0] == OPENS and captured[key] + captured[key[1:]] > 1 for key in captured):
        return False
    return all(_ends_alone(part.node, 0) for part in parts[:-1])


def _ends_alone(node: Node, after: int) -> bool:  # noqa: PLR0911 - one for each kind
    """Return whether text past its end changes nothing for ``node``, with ``after`` characters still to come in it."""
    match node:
        case Assertion():
            return not node.looks_right or (node.needs_width and after > 0)
        case Sequence():
            for item in reversed(node.items):
                if not _ends_alone(item, after):
                    return False
                after += least_width(item)
            return True
        case Choice():
            return all(_ends_alone(branch, after) for branch in node.branches)
        case Group():
            if node.around in LOOKS:
                return node.around in {Around.BEHIND, Around.NOT_BEHIND} and _ends_alone(node.inner, 0)
            # an atomic group or a possessive count might take less when there is less
            return node.around is not Around.ATOMIC and _ends_alone(node.inner, after)
        case Repeat():
            return node.mode is not Mode.POSSESSIVE and _ends_alone(node.inner, after)
        case Conditional():
            return node.test is None and _ends_alone(node.yes, after) and _ends_alone(node.no, after)
        case _:
            return True
