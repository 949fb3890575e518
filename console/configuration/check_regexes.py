"""What is wrong with the regular expressions of sender rules, each at its line of the file and its place in it.

A pattern that many rules share is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.configuration import values
from console.configuration.faults import Fault, nearest
from console.configuration.names import Names
from console.configuration.nodes import Node
from parse.rules.patterns import BUILT_IN, CUSTOM, TARGETS, Pattern, compile_pattern
from parse.rules.problems import PatternError

KEYS = ("subject_regex", "message_regex")

_CUT = re.compile(r"""_regex\s*:\s+[^'"|>\s].*?\s#""")
"""A pattern without quotes with a # after a blank, which YAML takes for the beginning of a comment."""

_NUMBER = "external_number"
_SHOWN = 24
"""So many characters of a pattern are shown from the place of a fault on."""


def has_regex(node: Node) -> bool:
    """Whether a sender rule has a regular expression, good or bad."""
    return any(node.data.get(key) is not None for key in KEYS)


class Regexes:
    """Compiles the patterns of all rules against the fields that the files know."""

    def __init__(self, names: Names) -> None:
        """Know the ticket's fields and the declared custom ones."""
        self.known = BUILT_IN | {CUSTOM + name for name in names.of("custom_fields")}
        self._sure = names.sure("custom_fields")
        self._found: dict[str, Pattern | PatternError] = {}

    def meant(self, field: str) -> str | None:
        """Return the known field that ``field`` was most likely meant to be."""
        if field in TARGETS:
            return TARGETS[field]
        return nearest(field, self.known)

    def faults(self, node: Node) -> Iterator[Fault]:
        """Yield what is wrong with the patterns of one sender rule."""
        good = True
        targets: set[str] = set()
        for key in KEYS:
            if node.data.get(key) is None:
                continue
            if _CUT.search(node.document.text[node.line(key) - 1]):
                problem = f"YAML takes what follows # for a comment, and for no part of {key!r}"
                yield node.fault_of(key, problem, "put single quotes around the pattern")
            source = node.value(key, values.regex)
            found = None if source is None else self._compiled(source)
            if isinstance(found, Pattern):
                targets |= set(found.targets)
            else:
                good = False
            if isinstance(found, PatternError) and (self._sure or CUSTOM not in found.source):
                yield _fault(node, key, found)
        if good and node.flag("join_same_number", default=False) and _NUMBER not in targets:
            problem = "'join_same_number' needs a regex that finds the number"
            yield node.fault_of("join_same_number", problem, "put it into a group (?<taskNumber>…), or take this out")

    def _compiled(self, source: str) -> Pattern | PatternError:
        if source not in self._found:
            try:
                self._found[source] = compile_pattern(source, self.known)
            except PatternError as error:
                self._found[source] = error
        return self._found[source]


def _fault(node: Node, key: str, error: PatternError) -> Fault:
    """Return the fault at its own line, where the pattern is written line by line, and at that of its key elsewhere."""
    block = node.document.blocks.get((*node.path, key))
    line = node.line(key) if block is None else block + error.line - 1
    inside = f"line {error.line}, " if block is None and "\n" in error.source else ""
    what, _, cure = error.sentence.rpartition("; ")
    problem = f"{key!r}, {inside}column {error.column}, {_piece(error)}: {what}"
    return Fault(node.document.file, line, problem, cure.removesuffix("."))


def _piece(error: PatternError) -> str:
    rest = error.source[error.index :].partition("\n")[0]
    if not rest:
        return "at the end"
    return f"at «{rest[:_SHOWN]}…»" if len(rest) > _SHOWN else f"at «{rest}»"
