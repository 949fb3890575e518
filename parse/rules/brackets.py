"""What stands after an opening bracket: groups, names, options, conditions; and what there only looks like .NET."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from parse.rules.cursor import Cursor
from parse.rules.syntax import Around


@dataclass(frozen=True, slots=True)
class Options:
    """The inline options in force."""

    i: bool = False
    m: bool = False
    n: bool = False
    s: bool = False
    x: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What a bracket opens; ``options`` when it sets some: for itself (``scoped``), or for what follows it."""

    around: Around
    key: str = ""
    options: Options | None = None
    scoped: bool = False
    condition: Kind | None = None
    condition_key: str = ""


_SCAN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?#[^)]*\)|(?P<plain>\((?!\?))|\(\?P?(?:<(?![=!])|')(?P<name>[^>'()]*)",
    re.DOTALL,
)
_OPTIONS = re.compile(r"\?(?P<on>[A-Za-z]*)(?:-(?P<off>[A-Za-z]*))?(?P<end>[:)])")
_KNOWN_OPTIONS = frozenset("imnsx")
_NAMED = re.compile(r"\?P?(?:<(?P<angle>[^>]*)>|'(?P<quoted>[^']*)')")
_CONDITION_KEY = re.compile(r"\?\((\w+)\)")
_RECURSION = re.compile(r"\?(?:R|[+-]?\d|&|P>)")
_PLAIN = (
    ("?:", Around.PLAIN),
    ("?>", Around.ATOMIC),
    ("?=", Around.AHEAD),
    ("?!", Around.NOT_AHEAD),
    ("?<=", Around.BEHIND),
    ("?<!", Around.NOT_BEHIND),
)


def group_names(source: str) -> frozenset[str]:
    """Return the names of the groups in ``source``, and the numbers that they may have, without reading it closely."""
    found = list(_SCAN.finditer(source))
    names = {match["name"] for match in found if match["name"]}
    count = len(names) + sum(1 for match in found if match["plain"])
    return frozenset(names | {str(number) for number in range(1, count + 1)})


def open_bracket(cursor: Cursor, options: Options, names: frozenset[str]) -> Kind:
    """Go past the opening of a bracket and return its kind."""
    start = cursor.index
    cursor.take()
    if cursor.peek() == "*":
        cursor.fail("(* is no group of .NET; write \\(* or put something before the *", start)
    if cursor.peek() != "?":
        return Kind(Around.CAPTURE)
    for opening, around in _PLAIN:
        if cursor.accept(opening):
            return Kind(around)
    if _RECURSION.match(cursor.source, cursor.index):
        cursor.fail("recursion is not supported; write the pattern out as deep as it is needed", start)
    if cursor.peek(1) == "(":
        return _condition(cursor, options, names)
    if re.match(r"\?P?(?:<[^>]*|'[^']*)\Z", cursor.source[cursor.index :]):
        cursor.fail("the name of the group is not closed; write (?<name>…)", start)
    if named := _NAMED.match(cursor.source, cursor.index):
        cursor.index = named.end()
        return Kind(Around.CAPTURE, _key(cursor, named["angle"] or named["quoted"] or "", start))
    if cursor.accept("?P=") or cursor.accept("?|"):
        cursor.fail(f"{cursor.source[start : cursor.index]} is not known to .NET; write \\k<name> or (?:…)", start)
    return _options(cursor, options, start)


def _key(cursor: Cursor, name: str, start: int) -> str:
    if "-" in name:
        cursor.fail(f"(?<{name}>…) is a balancing group, which is not supported; write the nesting out", start)
    if not name:
        cursor.fail("the group has no name; write (?<name>…), or (…) for a group without one", start)
    if name.isdecimal():
        if int(name) == 0:
            cursor.fail("a group cannot be number 0; number it from 1, or give it a name", start)
        return f"#{int(name)}"
    if not re.fullmatch(r"[^\W\d]\w*", name):
        cursor.fail(f"{name} is no name for a group; use letters, digits and _ only", start)
    return name


def _condition(cursor: Cursor, options: Options, names: frozenset[str]) -> Kind:
    found = _CONDITION_KEY.match(cursor.source, cursor.index)
    if found and found[1] in names:
        cursor.index = found.end()
        key = f"#{int(found[1])}" if found[1].isdecimal() else found[1]
        return Kind(Around.PLAIN, condition=Kind(Around.PLAIN), condition_key=key)
    start = cursor.index
    cursor.index += 1
    looked = open_bracket(cursor, options, names)
    if looked.around is Around.CAPTURE and not looked.key:
        looked = replace(looked, around=Around.AHEAD)
    if looked.around not in {Around.AHEAD, Around.NOT_AHEAD, Around.BEHIND, Around.NOT_BEHIND}:
        cursor.fail("a condition must be a group's name or a look-around; write (?(?=…)yes|no)", start)
    return Kind(Around.PLAIN, condition=looked)


def _options(cursor: Cursor, options: Options, start: int) -> Kind:
    found = _OPTIONS.match(cursor.source, cursor.index)
    if not found:
        text = cursor.source[start : start + 3]
        cursor.fail(f"{text} opens no group that we know; write (?:…) or (?<name>…)", start)
    on, off = found["on"], found["off"] or ""
    for letter in on + off:
        if letter not in _KNOWN_OPTIONS:
            cursor.fail(f"{letter} is no option; i, m, n, s and x are", start)
    changes = dict.fromkeys(on, True) | dict.fromkeys(off, False)
    cursor.index = found.end()
    return Kind(Around.PLAIN, options=replace(options, **changes), scoped=found["end"] == ":")
