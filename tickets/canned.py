"""Canned replies: texts kept ready, with fields in braces that are filled in from the ticket. Pure.

``{number}`` stands for a value, ``{{`` and ``}}`` for a brace, as in Python's ``str.format``; there is nothing else.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

FIELDS = ("number", "subject", "customer", "contact", "object", "work_type", "deadline", "assignee", "author")
"""What may stand in braces."""

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|(?P<stray>[{}])")


class FillingError(ValueError):
    """A canned reply cannot be filled in: what is wrong, how to mend it, and the line of its text, from 1."""

    def __init__(self, problem: str, cure: str, line: int) -> None:
        """Keep them; the text is the whole sentence."""
        self.problem, self.cure, self.line = problem, cure, line
        super().__init__(f"line {line}: {problem}; {cure}{'' if cure.endswith('?') else '.'}")


def troubles(text: str) -> Iterator[FillingError]:
    """Yield what is wrong with a canned reply whatever the ticket is, in the order of its text."""
    for piece in _PIECE.finditer(text):
        name, line = piece["name"], text.count("\n", 0, piece.start()) + 1
        if piece["stray"]:
            problem = f"a {piece['stray']} stands alone"
            yield FillingError(problem, f"write {2 * piece['stray']} for a brace, or a field such as {{number}}", line)
        elif name is not None and name.strip() not in FIELDS:
            yield FillingError(f"{{{name}}} is no field of a ticket", _cure(name.strip()), line)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with each field replaced by its value.

    Raise FillingError at the first one that is unknown, or that this ticket has no value for: a letter with a hole in
    it is worse than none.
    """
    if trouble := next(troubles(text), None):
        raise trouble

    def value(piece: re.Match[str]) -> str:
        if piece["name"] is None:
            return piece[0][0]
        name = piece["name"].strip()
        if found := values.get(name):
            return found
        line = text.count("\n", 0, piece.start()) + 1
        problem = f"this ticket has nothing to put in for {{{name}}}"
        raise FillingError(problem, "fill that in first, or write the message yourself", line)

    return _PIECE.sub(value, text)


def _cure(name: str) -> str:
    near = difflib.get_close_matches(name.casefold(), FIELDS, n=1)
    if near:
        return f"did you mean {{{near[0]}}}?"
    return f"choose from {', '.join(f'{{{field}}}' for field in FIELDS)}, or write {{{{ for a brace"
