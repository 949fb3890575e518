r"""Ways to write "any text" that cost exponential time or memory, and what they mean.

``(.|\n)*``, ``((.|\s)*?)``, ``[\s\S]*``, ``(?:.|\r|\n)+`` and the like: one character out of branches that together
let every character through. Each branch takes exactly one character, so which one takes it changes neither what is
matched nor in which order ends are tried: the choice is :class:`AnyChar`, in linear time and constant memory.
"""

from __future__ import annotations

from dataclasses import replace

from parse.rules.syntax import (
    EVERYTHING_BUT_NEWLINE,
    AnyChar,
    Around,
    Char,
    CharSet,
    Choice,
    Conditional,
    Group,
    Mode,
    Node,
    Repeat,
    Sequence,
)

_OPPOSITES = (("\\s", "\\S"), ("\\d", "\\D"), ("\\w", "\\W"))
_WITH_NEWLINE = frozenset(("\n", "\\s", "\\W", "\\D"))


def simplify(node: Node, kept: frozenset[str]) -> Node:  # noqa: PLR0911 - one for each kind
    """Return ``node`` with the idioms replaced; groups in ``kept`` are captured, so they stay."""
    match node:
        case CharSet():
            return AnyChar() if node.items and _is_everything(node.items) else node
        case Choice():
            return _choice(tuple(simplify(branch, kept) for branch in node.branches), kept)
        case Group():
            inner = simplify(node.inner, kept)
            return inner if is_bare(node, kept) and isinstance(inner, AnyChar) else replace(node, inner=inner)
        case Repeat():
            return _repeat(replace(node, inner=simplify(node.inner, kept)), kept)
        case Sequence():
            return Sequence(tuple(simplify(item, kept) for item in node.items))
        case Conditional():
            return replace(node, yes=simplify(node.yes, kept), no=simplify(node.no, kept))
        case _:
            return node


def is_bare(group: Group, kept: frozenset[str]) -> bool:
    """Return whether ``group`` only holds its content together."""
    return group.around is Around.PLAIN or (group.around is Around.CAPTURE and group.key not in kept)


def _choice(branches: tuple[Node, ...], kept: frozenset[str]) -> Node:
    items: set[str] = set()
    for branch in branches:
        bare = branch.inner if isinstance(branch, Group) and is_bare(branch, kept) else branch
        match bare:
            case AnyChar():
                items.update(_OPPOSITES[0])
            case Char():
                items.add(bare.text)
            case CharSet() if bare.items:
                items |= bare.items
            case _:
                return Choice(branches)
    return AnyChar() if _is_everything(items) else Choice(branches)


def _repeat(node: Repeat, kept: frozenset[str]) -> Repeat:
    """Return a star of a star of any character as one."""
    inner = node.inner
    if (
        isinstance(inner, Group)
        and is_bare(inner, kept)
        and isinstance(inner.inner, Repeat)
        and isinstance(inner.inner.inner, AnyChar)
        and all((star.low, star.high, star.mode) == (0, None, Mode.GREEDY) for star in (node, inner.inner))
    ):
        return inner.inner
    return node


def _is_everything(items: set[str] | frozenset[str]) -> bool:
    return any(one in items and other in items for one, other in _OPPOSITES) or (
        EVERYTHING_BUT_NEWLINE in items and not _WITH_NEWLINE.isdisjoint(items)
    )
