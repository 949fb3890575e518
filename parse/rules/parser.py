"""The source of a pattern into its tree, by the grammar of .NET.

.NET: ``learn.microsoft.com/dotnet/standard/base-types/regular-expression-language-quick-reference``. It counts groups
without a name first and named ones after them; both packages' numbers disappear here, in keys.
"""

from __future__ import annotations

import re
from dataclasses import replace

from parse.rules.brackets import Kind, Options, group_names, open_bracket
from parse.rules.cursor import Cursor
from parse.rules.escapes import escape
from parse.rules.problems import PatternError
from parse.rules.sets import read_set
from parse.rules.syntax import (
    EVERYTHING_BUT_NEWLINE,
    HOLDS,
    AnyChar,
    Around,
    Assertion,
    BackReference,
    Char,
    CharSet,
    Choice,
    Conditional,
    Group,
    Mode,
    Node,
    Repeat,
    Sequence,
    walk,
)

MAX_DEPTH = 50
"""Brackets nested deeper are refused."""

MAX_COUNT = 10_000
"""The highest count in ``{…}``."""

_COUNT = re.compile(r"\{(\d{1,9})(,(\d{0,9}))?\}")
_START = Assertion("^", looks_right=False)
_LINE_START = Assertion("(?m:^)", looks_right=False)
_END = Assertion("$", looks_right=True)
_LINE_END = Assertion("(?m:$)", looks_right=True, needs_width=True)
_NO_DOT = frozenset((EVERYTHING_BUT_NEWLINE,))


Places = tuple[tuple[int, int], ...]
"""Where in the source the pieces stand that :func:`parse.rules.reach.pieces` counts."""


def parse_pattern(source: str) -> Node:
    """Return the tree of ``source``; raise PatternError for what .NET or we cannot read."""
    return parse_places(source)[0]


def parse_places(source: str) -> tuple[Node, Places]:
    """Return the tree of ``source`` with the places of its pieces; raise as :func:`parse_pattern`."""
    parser = _Parser(source)
    tree = parser.alternatives(Options(), 0)
    if parser.cursor.peek():
        parser.cursor.fail(") closes nothing; leave it out or write \\) for the character")
    return _resolved(tree, source, parser), tuple(parser.places)


class _Parser:
    def __init__(self, source: str) -> None:
        self.cursor = Cursor(source)
        self.names = group_names(source)
        self.unnamed = 0
        self.keys: list[str] = []
        self.places: list[tuple[int, int]] = []

    def alternatives(self, options: Options, depth: int) -> Node:
        """Read up to a closing bracket or the end; an option set in one branch holds in those after it."""
        branches: list[Node] = []
        known = len(self.places)
        while True:
            branch, options = self._sequence(options, depth)
            branches.append(branch)
            if not self.cursor.accept("|"):
                if len(branches) == 1:
                    return branch
                del self.places[known:]
                return Choice(tuple(branches))

    def _sequence(self, options: Options, depth: int) -> tuple[Node, Options]:
        items: list[Node] = []
        cursor = self.cursor
        while True:
            self._skip(options)
            character = cursor.peek()
            if character in {"", "|", ")"}:
                return (items[0] if len(items) == 1 else Sequence(tuple(items))), options
            start = cursor.index
            known = len(self.places)
            atom: Node
            if character == "(":
                kind = open_bracket(cursor, options, self.names)
                if kind.options is not None and not kind.scoped:
                    options = kind.options
                    continue
                atom = self._group(kind, options, depth + 1, start)
            elif character in "*+?" or _COUNT.match(cursor.source, start):
                cursor.fail(f"{character} repeats nothing; write \\{character} for the character or put one before it")
            else:
                atom = self._leaf(cursor.take(), options)
            end = cursor.index
            items.append(self._repeated(atom, options))
            alone = items[-1] is atom
            if not (alone and isinstance(atom, Group) and atom.around in HOLDS and len(self.places) > known):
                self.places[known:] = [(start, end if alone else cursor.index)]

    def _skip(self, options: Options) -> None:
        """Go past comments, and past blanks where the option x lets them be."""
        cursor = self.cursor
        while True:
            if cursor.source.startswith("(?#", cursor.index):
                start = cursor.index
                cursor.until(")", start, "(?# is a comment that")
            elif options.x and cursor.peek() == "#":
                end = cursor.source.find("\n", cursor.index)
                cursor.index = len(cursor.source) if end < 0 else end + 1
            elif options.x and cursor.peek() and cursor.peek() in " \t\n\r\f\v":
                cursor.take()
            else:
                return

    def _leaf(self, character: str, options: Options) -> Node:
        match character:
            case ".":
                return AnyChar() if options.s else CharSet("[^\\n]", _NO_DOT)
            case "^":
                return _LINE_START if options.m else _START
            case "$":
                return _LINE_END if options.m else _END
            case "[":
                return read_set(self.cursor, fold=options.i)
            case "\\":
                return escape(self.cursor, self.names, fold=options.i)
            case _:
                return Char(character, options.i)

    def _group(self, kind: Kind, options: Options, depth: int, start: int) -> Node:
        if depth > MAX_DEPTH:
            self.cursor.fail(f"brackets are nested more than {MAX_DEPTH} deep; take some of them away", start)
        key, around = kind.key, kind.around
        if around is Around.CAPTURE and not key:
            if options.n:
                around = Around.PLAIN
            else:
                self.unnamed += 1
                key = f"#{self.unnamed}"
        if key:
            self.keys.append(key)
        test: Group | None = None
        if kind.condition and not kind.condition_key:
            looked = self._group(kind.condition, options, depth + 1, start)
            test = looked if isinstance(looked, Group) else None
        inner = self.alternatives(kind.options or options, depth)
        if not self.cursor.accept(")"):
            self.cursor.fail("( is not closed; add ) or write \\( for the character", start)
        if kind.condition:
            return self._conditional(kind.condition_key, test, inner, start)
        return Group(inner, around, key, start)

    def _conditional(self, key: str, test: Group | None, inner: Node, start: int) -> Conditional:
        branches = inner.branches if isinstance(inner, Choice) else (inner, Sequence(()))
        if len(branches) > 2:  # noqa: PLR2004 - yes and no
            self.cursor.fail("a condition has more than two branches; put brackets around one", start)
        return Conditional(key, test, branches[0], branches[1], start)

    def _repeated(self, atom: Node, options: Options) -> Node:
        cursor = self.cursor
        self._skip(options)
        start = cursor.index
        low: int
        top: int | None
        if count := _COUNT.match(cursor.source, start):
            cursor.index = count.end()
            low = int(count[1])
            top = low if count[2] is None else int(count[3]) if count[3] else None
            if max(low, top or 0) > MAX_COUNT:
                cursor.fail(f"{count[0]} repeats too often; {MAX_COUNT} is the most", start)
            if top is not None and low > top:
                cursor.fail(f"{count[0]} runs backwards; swap its numbers", start)
        elif cursor.peek() and cursor.peek() in "*+?":
            low, top = {"*": (0, None), "+": (1, None), "?": (0, 1)}[cursor.take()]
        else:
            return atom
        mode = Mode.LAZY if cursor.accept("?") else Mode.POSSESSIVE if cursor.accept("+") else Mode.GREEDY
        self._skip(options)
        if cursor.peek() and (cursor.peek() in "*+?" or _COUNT.match(cursor.source, cursor.index)):
            cursor.fail(
                f"{cursor.peek()} repeats a repetition; put brackets around what it shall repeat, or leave it out"
            )
        return Repeat(atom, low, top, mode)


def _resolved(tree: Node, source: str, parser: _Parser) -> Node:
    """Return ``tree`` with every reference by number led to its key; raise for one that leads nowhere."""
    known = set(parser.keys)
    # .NET numbers named groups after the others, in the order of their first occurrence
    named = [key for key in dict.fromkeys(parser.keys) if not key.startswith("#")]
    taken = {int(key[1:]) for key in known if key.startswith("#")}
    numbers: dict[str, str] = {}
    number = 1
    for key in named:
        while number in taken:
            number += 1
        taken.add(number)
        numbers[f"#{number}"] = key
    keys = {**numbers, **{key: key for key in known}}
    for node in walk(tree):
        if isinstance(node, BackReference | Conditional) and node.key and node.key not in keys:
            name = node.key.removeprefix("#")
            raise PatternError(source, node.index, f"there is no group {name} to refer to; name one (?<{name}>…).")
    return _led(tree, keys)


def _led(node: Node, keys: dict[str, str]) -> Node:
    match node:
        case BackReference():
            return replace(node, key=keys[node.key])
        case Group() | Repeat():
            return replace(node, inner=_led(node.inner, keys))
        case Sequence():
            return Sequence(tuple(_led(item, keys) for item in node.items))
        case Choice():
            return Choice(tuple(_led(item, keys) for item in node.branches))
        case Conditional():
            test = replace(node.test, inner=_led(node.test.inner, keys)) if node.test else None
            yes, no = _led(node.yes, keys), _led(node.no, keys)
            return replace(node, key=keys.get(node.key, ""), test=test, yes=yes, no=no)
        case _:
            return node
