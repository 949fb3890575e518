"""The tree of a pattern: what the parser makes, the idioms rewrite and the writer writes.

Inline options are resolved on the way in: ``s``, ``m``, ``x`` and ``n`` leave no trace, ``i`` is ``fold`` of a leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

EVERYTHING_BUT_NEWLINE = "dot"
"""The item of a :class:`CharSet` that stands for a dot."""


class Around(StrEnum):
    """What a group does besides grouping: what stands after its bracket."""

    PLAIN = "?:"
    CAPTURE = ""
    ATOMIC = "?>"
    AHEAD = "?="
    NOT_AHEAD = "?!"
    BEHIND = "?<="
    NOT_BEHIND = "?<!"


HOLDS = frozenset((Around.PLAIN, Around.CAPTURE))
"""The groups that match what they hold and look at nothing else."""

LOOKS = frozenset((Around.AHEAD, Around.NOT_AHEAD, Around.BEHIND, Around.NOT_BEHIND))


class Mode(StrEnum):
    """How a repetition gives back: what stands after its count."""

    GREEDY = ""
    LAZY = "?"
    POSSESSIVE = "+"


@dataclass(frozen=True, slots=True)
class Char:
    """One literal character."""

    text: str
    fold: bool = False


@dataclass(frozen=True, slots=True)
class CharSet:
    """One character out of a set: ``body`` as the regex package writes it, ``items`` when the set is their union."""

    body: str
    items: frozenset[str] | None = None
    fold: bool = False


@dataclass(frozen=True, slots=True)
class AnyChar:
    """One character, whichever."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A place: ``body`` as the regex package writes it."""

    body: str
    looks_right: bool
    needs_width: bool = False
    """It looks at most one character to the right."""


@dataclass(frozen=True, slots=True)
class BackReference:
    """What the group ``key`` captured, again."""

    key: str
    index: int
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A bracket; ``key`` is the name of what it captures, ``#1`` for the first without a name."""

    inner: Node
    around: Around
    key: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """``inner`` from ``low`` to ``high`` times."""

    inner: Node
    low: int
    high: int | None
    mode: Mode


@dataclass(frozen=True, slots=True)
class Conditional:
    """``yes`` when the group ``key`` has captured, or the look-around ``test`` holds; else ``no``."""

    key: str
    test: Group | None
    yes: Node
    no: Node
    index: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first that leads to a match."""

    branches: tuple[Node, ...]


Leaf = Char | CharSet | AnyChar | Assertion | BackReference
Node = Leaf | Group | Repeat | Conditional | Sequence | Choice


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below ``node``."""
    match node:
        case Group() | Repeat():
            return (node.inner,)
        case Sequence():
            return node.items
        case Choice():
            return node.branches
        case Conditional():
            return (*((node.test,) if node.test else ()), node.yes, node.no)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and all below it, in the order of the pattern."""
    yield node
    for child in children(node):
        yield from walk(child)


def least_width(node: Node) -> int:  # noqa: PLR0911 - one for each kind
    """Return a number of characters that ``node`` takes at least."""
    match node:
        case Char() | CharSet() | AnyChar():
            return 1
        case Group():
            return 0 if node.around in LOOKS else least_width(node.inner)
        case Repeat():
            return node.low * least_width(node.inner)
        case Sequence():
            return sum(map(least_width, node.items))
        case Choice():
            return min(map(least_width, node.branches))
        case Conditional():
            return min(least_width(node.yes), least_width(node.no))
        case _:
            return 0


def unrolled(node: Node) -> int:
    """Return how many leaves ``node`` has with its counts written out, as compilers may."""
    match node:
        case Repeat():
            return unrolled(node.inner) * max(node.low, node.high or 1)
        case _:
            return max(1, sum(map(unrolled, children(node))))


def references(node: Node) -> frozenset[str]:
    """Return the keys of the groups that something in ``node`` refers to."""
    found = {item.key for item in walk(node) if isinstance(item, BackReference | Conditional)}
    return frozenset(found - {""})
