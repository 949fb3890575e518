"""Sets of characters in square brackets, as .NET reads them: an inner ``[`` is a character, ``-[…]`` takes away."""

from __future__ import annotations

from parse.rules.cursor import Cursor
from parse.rules.escapes import escape_in_set
from parse.rules.syntax import Char, CharSet

MAX_DEPTH = 10


def read_set(cursor: Cursor, *, fold: bool, depth: int = 0) -> CharSet:
    """Read a set after its opening bracket."""
    start = cursor.index - 1
    if depth > MAX_DEPTH:
        cursor.fail(f"sets are taken away from each other more than {MAX_DEPTH} deep; write the characters out")
    negated = cursor.accept("^")
    parts: list[str] = []
    items: set[str] = set()
    plain = not negated
    while not (cursor.peek() == "]" and parts):
        if not cursor.peek():
            cursor.fail("[ is not closed; add ] or write \\[ for the character", start)
        if parts and cursor.peek() == "-" and cursor.peek(1) == "[":
            return _less(cursor, start, _body(parts, negated=negated), fold=fold, depth=depth)
        here = cursor.index
        first = _member(cursor, fold=fold)
        if cursor.peek() == "-" and cursor.peek(1) not in {"]", "", "["}:
            plain = False
            cursor.take()
            parts.append(_range(cursor, first, _member(cursor, fold=fold), here))
            continue
        if isinstance(first, Char):
            items.add(first.text)
            parts.append(quote(first.text))
        else:
            plain = plain and first.items is not None
            items |= first.items or frozenset()
            parts.append(first.body)
    cursor.take()
    return CharSet(_body(parts, negated=negated), frozenset(items) if plain else None, fold)


def quote(character: str) -> str:
    """Return ``character`` as the regex package reads it anywhere, in a set or out of it."""
    if character.isalnum() or character in "_ <>\"'/":
        return character
    if not character.isascii():
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{ord(character):02x}"


def _body(parts: list[str], *, negated: bool) -> str:
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _member(cursor: Cursor, *, fold: bool) -> Char | CharSet:
    if cursor.peek() == "[" and cursor.peek(1) == ":":
        end = cursor.source.find(":]", cursor.index)
        if end > 0 and cursor.source[cursor.index + 2 : end].isalpha():
            cursor.fail("[:name:] is no set of .NET; write \\p{L} for letters or \\d for digits")
    if cursor.accept("\\"):
        return escape_in_set(cursor, fold=fold)
    return Char(cursor.take(), fold)


def _range(cursor: Cursor, first: Char | CharSet, last: Char | CharSet, here: int) -> str:
    text = cursor.source[here : cursor.index]
    if isinstance(first, CharSet) or isinstance(last, CharSet):
        cursor.fail(f"the range {text} has a set at one end; write \\- for the character -", here)
    if first.text > last.text:
        cursor.fail(f"the range {text} runs backwards; swap its ends", here)
    return f"{quote(first.text)}-{quote(last.text)}"


def _less(cursor: Cursor, start: int, body: str, *, fold: bool, depth: int) -> CharSet:
    cursor.index += 2
    taken = read_set(cursor, fold=fold, depth=depth + 1)
    if not cursor.accept("]"):
        cursor.fail("what is taken away must stand last in a set; move -[…] to its end", start)
    return CharSet(f"(?:(?!{taken.body}){body})", None, fold)
