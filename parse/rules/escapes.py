r"""What a backslash means in .NET: characters, sets, places and references.

.NET: ``learn.microsoft.com/dotnet/standard/base-types/character-escapes-in-regular-expressions``. Where both packages
know a form and mean different things (``\Z``, blocks), what .NET means is written out.
"""

from __future__ import annotations

import re
from functools import lru_cache

import regex

from parse.rules.cursor import Cursor
from parse.rules.syntax import Assertion, BackReference, Char, CharSet, Leaf

_CONTROLS = {"a": "\a", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "b": "\b"}
_SETS = frozenset("dDsSwW")
_PLACES = {
    "A": Assertion(r"\A", looks_right=False),
    "b": Assertion(r"\b", looks_right=True, needs_width=True),
    "B": Assertion(r"\B", looks_right=True, needs_width=True),
    "G": Assertion(r"\G", looks_right=True),
    "Z": Assertion(r"(?=\n?\Z)", looks_right=True),
    "z": Assertion(r"\Z", looks_right=True),
}
_CATEGORIES = frozenset(
    [
        *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
        *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So"),
        *("Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn"),
    ]
)
_OCTAL = re.compile(r"[0-7]{1,3}")
_DIGITS = re.compile(r"[0-9]+")
_HIGHEST_SINGLE = 9
_FOREIGN = frozenset("gKRXNLmMhHQE")


def escape(cursor: Cursor, groups: frozenset[str], *, fold: bool) -> Leaf:
    """Read what follows a backslash outside a set; ``groups`` are the names and numbers that may be referred to."""
    start = cursor.index - 1
    character = cursor.peek()
    if character in _PLACES:
        cursor.take()
        return _PLACES[character]
    if character == "k":
        cursor.take()
        return BackReference(_reference(cursor, start), start, fold)
    if character and character in "123456789":
        digits = _DIGITS.match(cursor.source, cursor.index)
        number = int(digits[0]) if digits else 0
        if str(number) in groups:
            cursor.index += len(str(number))
            return BackReference(f"#{number}", start, fold)
        if number <= _HIGHEST_SINGLE or not _OCTAL.match(cursor.source, cursor.index):
            cursor.fail(f"\\{number} refers to a group that is not there; count the brackets before it", start)
    return escape_in_set(cursor, fold=fold, start=start)


def escape_in_set(cursor: Cursor, *, fold: bool, start: int | None = None) -> Char | CharSet:
    """Read what follows a backslash inside a set: a character, or a set of them."""
    start = cursor.index - 1 if start is None else start
    character = cursor.take()
    if character in _CONTROLS:
        return Char(_CONTROLS[character])
    if character in _SETS:
        return CharSet(f"\\{character}", frozenset((f"\\{character}",)))
    if character and character in "pP":
        return CharSet(_property(cursor, character, start), fold=fold)
    if character and character in "xuc01234567":
        return Char(_coded(cursor, character, start), fold)
    _refuse(cursor, character, start)
    return Char(character, fold)


def _refuse(cursor: Cursor, character: str, start: int) -> None:
    if not character:
        cursor.fail("the pattern ends in a backslash; write \\\\ for a backslash itself", start)
    if character in _FOREIGN:
        cursor.fail(f"\\{character} means nothing in .NET; leave it out or write \\\\{character}", start)
    if character.isalnum() or character == "_":
        cursor.fail(f"\\{character} means nothing; write {character} for the character itself", start)


def _coded(cursor: Cursor, kind: str, start: int) -> str:
    """Read a character written by its number."""
    if kind in "xu":
        return _hexadecimal(cursor, kind, start)
    if kind == "c":
        return _control(cursor, start)
    cursor.index -= 1
    octal = _OCTAL.match(cursor.source, cursor.index)
    digits = octal[0] if octal else "0"
    cursor.index += len(digits)
    return chr(int(digits, 8) & 0xFF)


def _reference(cursor: Cursor, start: int) -> str:
    for opening, closing in (("<", ">"), ("'", "'")):
        if cursor.accept(opening):
            name = cursor.until(closing, start, f"\\k{opening}")
            if not name:
                cursor.fail(f"\\k{opening}{closing} names no group; write \\k<name>", start)
            return f"#{int(name)}" if name.isdecimal() else name
    return cursor.fail("\\k has no name; write \\k<name>", start)


def _hexadecimal(cursor: Cursor, kind: str, start: int) -> str:
    width = 2 if kind == "x" else 4
    digits = cursor.source[cursor.index : cursor.index + width]
    if not re.fullmatch(f"[0-9A-Fa-f]{{{width}}}", digits):
        cursor.fail(f"\\{kind} needs {width} hexadecimal digits; write \\{kind}{'41' if width == 2 else '0041'}", start)  # noqa: PLR2004 - as above
    cursor.index += width
    return chr(int(digits, 16))


def _control(cursor: Cursor, start: int) -> str:
    letter = cursor.take()
    if not re.fullmatch(r"[A-Za-z@\[\\\]^_]", letter):
        cursor.fail("\\c needs a letter; write \\cA", start)
    return chr(ord(letter.upper()) & 0x1F)


def _property(cursor: Cursor, kind: str, start: int) -> str:
    if not cursor.accept("{"):
        cursor.fail(f"\\{kind} has no {{name}}; write \\{kind}{{L}} for letters", start)
    name = cursor.until("}", start, f"\\{kind}{{")
    if name in _CATEGORIES:
        return f"\\{kind}{{{name}}}"
    if name.startswith("Is") and _is_block(name[2:]):
        return f"\\{kind}{{In{name[2:]}}}"
    if not name.startswith("Is") and _is_block(name):
        cursor.fail(f"\\{kind}{{{name}}} is no set of .NET; write \\{kind}{{Is{name}}} for that block", start)
    return cursor.fail(
        f"\\{kind}{{{name}}} is no set that we know; write a category such as \\{kind}{{L}} "
        f"or a block such as \\{kind}{{IsCyrillic}}",
        start,
    )


@lru_cache(maxsize=256)
def _is_block(name: str) -> bool:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,60}", name):
        return False
    try:
        regex.compile(f"\\p{{In{name}}}")
    except regex.error:
        return False
    return True
