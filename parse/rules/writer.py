"""The tree of a pattern as source for the regex package (version 0 behaviour, no flags)."""

from __future__ import annotations

from collections.abc import Mapping

from parse.rules.sets import quote
from parse.rules.syntax import (
    AnyChar,
    Around,
    Assertion,
    BackReference,
    Char,
    CharSet,
    Choice,
    Conditional,
    Group,
    Leaf,
    Node,
    Repeat,
    Sequence,
)

_COUNTS = {(0, None): "*", (1, None): "+", (0, 1): "?"}


def write(node: Node, names: Mapping[str, str]) -> str:  # noqa: PLR0911 - one for each kind
    """Return the source of ``node``; of the groups only those in ``names`` capture, under the names given there."""
    match node:
        case Sequence():
            return _sequence(node, names)
        case Choice():
            return f"(?:{'|'.join(write(branch, names) for branch in node.branches)})"
        case Repeat():
            return _repeat(node, names)
        case Group():
            inner = write(node.inner, names)
            if node.around is not Around.CAPTURE:
                return f"({node.around}{inner})"
            return f"(?P<{names[node.key]}>{inner})" if node.key in names else f"(?:{inner})"
        case Conditional():
            yes, no = write(node.yes, names), write(node.no, names)
            test = write(node.test, names) if node.test else f"({names[node.key]})"
            return f"(?{test}{yes}|{no})"
        case _:
            leaf = _leaf(node, names)
            return f"(?i:{leaf})" if _folds(node) else leaf


def _sequence(node: Sequence, names: Mapping[str, str]) -> str:
    parts: list[str] = []
    folded: list[str] = []
    for item in (*node.items, None):
        if isinstance(item, Leaf) and _folds(item):
            folded.append(_leaf(item, names))
            continue
        if folded:
            parts.append(f"(?i:{''.join(folded)})")
            folded = []
        if item is not None:
            parts.append(write(item, names))
    return "".join(parts)


def _repeat(node: Repeat, names: Mapping[str, str]) -> str:
    inner = write(node.inner, names)
    if not isinstance(node.inner, Char | CharSet | AnyChar | Group) or _folds(node.inner):
        inner = f"(?:{inner})"
    high = "" if node.high is None else node.high
    exact = f"{{{node.low}}}" if node.low == node.high else f"{{{node.low},{high}}}"
    return f"{inner}{_COUNTS.get((node.low, node.high), exact)}{node.mode}"


def _folds(node: Node) -> bool:
    return isinstance(node, Char | CharSet | BackReference) and node.fold


def _leaf(node: Leaf, names: Mapping[str, str]) -> str:
    match node:
        case Char():
            return quote(node.text)
        case CharSet() | Assertion():
            return node.body
        case AnyChar():
            return "(?s:.)"
        case BackReference():
            return f"(?P={names[node.key]})"
