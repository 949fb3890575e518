"""How far a pattern gets in a text that it does not match, for whoever writes it; never while mails are decided.

A pattern is pieces one after the other: characters, sets, repetitions, brackets; brackets that only hold are looked
into. Where some of its first pieces match, fewer do, so that the most of them are found by halving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from parse.rules.parser import Places, parse_places
from parse.rules.patterns import compile_tree
from parse.rules.problems import PatternError
from parse.rules.runner import Runner
from parse.rules.syntax import HOLDS, Char, Choice, Group, Node, Sequence

MOST_SECONDS = 2.0
"""What all searches for one pattern may take; the one under way when they are over still has its own limit."""

SHOWN = 40
"""Characters of the text that are shown."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a pattern stops to match: at ``part`` of it, from ``line`` and ``column`` on, which count from 1.

    What stands before ``part`` matches; ``first`` when that is nothing. ``there`` is what the text has in the place of
    ``part``: what is ``near`` it when its beginning matches, else what comes behind the match. It is empty at the end
    of the text, and so after "any text" that takes as much as it can.
    """

    line: int
    column: int
    part: str
    first: bool
    there: str
    near: bool

    def __str__(self) -> str:
        """Return it as a sentence."""
        place = f"line {self.line}, column {self.column}" if self.line > 1 else f"column {self.column}"
        behind = "" if self.first else " behind what fits before it"
        there = f"; {'nearest is' if self.near else 'the mail goes on with'} {_shown(self.there)}" if self.there else ""
        return f"{place}: nothing fits {_shown(self.part)}{behind}{there}."


def reach(source: str, text: str, runner: Runner) -> Reach | None:
    """Return where the pattern ``source``, which does not match ``text``, stops to; None where nobody can tell.

    That is so for alternatives that are not in brackets, and for searches that take too long.
    """
    tree, places = parse_places(source)
    low, high, end = 0, len(places), 0
    seconds = 0.0
    while high - low > 1:
        middle = (low + high) // 2
        try:
            pattern = replace(compile_tree(_first(tree, middle), source, {}), captures=(("", 0),))
        except PatternError:  # it refers to a group behind it
            return None
        result = runner.run(pattern, text)
        seconds += result.seconds
        if result.failure or seconds > MOST_SECONDS:
            return None
        if result.matched:
            low, end = middle, result.spans[""][1]
        else:
            high = middle
    if not high:
        return None
    start, behind = _label(list(_pieces(tree)), places, low)
    index = places[start][0]
    begun = low - start
    return Reach(
        line=source.count("\n", 0, index) + 1,
        column=index - source.rfind("\n", 0, index),
        part=source[index : places[behind - 1][1]],
        first=not start,
        there=text[end - begun :][: SHOWN + 1].rstrip("\r\n") if low else "",
        near=bool(begun),
    )


def _shown(text: str) -> str:
    """Return ``text`` in quotes and not too long; what cannot be seen, such as a blank that is none, as an escape."""
    cut = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"«{''.join(one if one.isprintable() else one.encode('unicode_escape').decode() for one in cut)}»"


def _pieces(node: Node) -> Iterator[Node]:
    match node:
        case Sequence():
            for item in node.items:
                yield from _pieces(item)
        case Group(around=around) if around in HOLDS and _size(node.inner):
            yield from _pieces(node.inner)
        case Choice():
            return
        case _:
            yield node


def _size(node: Node) -> int:
    return sum(1 for _ in _pieces(node))


def _first(node: Node, count: int) -> Node:
    """Return the first ``count`` pieces of ``node``, in what holds them."""
    match node:
        case Sequence():
            kept: list[Node] = []
            for item in node.items:
                size = _size(item)
                if count > 0:
                    kept.append(item if size <= count else _first(item, count))
                count -= size
            return Sequence(tuple(kept))
        case Group():
            return replace(node, inner=_first(node.inner, count))
        case _:
            return node


def _label(pieces: list[Node], places: Places, missed: int) -> tuple[int, int]:
    """Return from where to where the piece that is ``missed`` is one text with its neighbours."""
    start, end = missed, missed + 1
    if isinstance(pieces[missed], Char):
        while start and isinstance(pieces[start - 1], Char) and places[start - 1][1] == places[start][0]:
            start -= 1
        while end < len(pieces) and isinstance(pieces[end], Char) and places[end - 1][1] == places[end][0]:
            end += 1
    return start, end
