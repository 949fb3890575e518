"""What a marked value is made of, as a pattern that other values of its kind match too."""

from __future__ import annotations

import re

from parse.rules.patterns import CUSTOM
from parse.rules.units import literal

_NUMERIC = frozenset(("external_number", "deadline", "contact_phone"))
_DATE_TIME = re.compile(r"[\d.,:/\-+\sTZ]*\d(?:[./-]\d+[./-]|:)\d[\d.,:/\-+\sTZ]*")
_NUMBER = re.compile(r"[+(]?\d(?:[\s().,/-]*\d)*")
_CODE = re.compile(r"[^\W_]+(?:[-._/][^\W_]+)*")
_RUN = re.compile(r"(?P<digits>\d+)|(?P<letters>[^\W\d_]+)|(?P<blank>\s+)|(?P<other>.)")
_CLOCK = re.compile(r"\\d\+:\\d\+(?::\\d\+)?")
_MANY_RUNS = 7

NUMBER = r"[+(]?\d(?:[\s().,/-]*\d)*"
"""Digits with what stands between those of an amount or a telephone number."""


def shape(target: str, source: str) -> str:
    """Return a pattern for values like ``source``, or an empty one: it is text, of which anything may come.

    Only numbers, moments and codes have a shape; a name does not, be it of digits alone.
    """
    if target not in _NUMERIC and not target.startswith(CUSTOM):
        return ""
    if re.fullmatch(r"\d+", source):
        return r"\d+"
    if _DATE_TIME.fullmatch(source) and target != "contact_phone":
        return _CLOCK.sub(lambda _: r"\d+:\d+(?::\d+)?", _runs(source), count=1)
    if _NUMBER.fullmatch(source):
        return NUMBER
    if _CODE.fullmatch(source) and any(map(str.isdecimal, source)):
        return _code(source)
    return ""


def _code(source: str) -> str:
    runs = [run.lastgroup for run in _RUN.finditer(source)]
    if len(runs) < _MANY_RUNS and ("other" in runs or runs == ["letters", "digits"]):
        return _runs(source, letters=r"\p{L}+")
    separators = "".join(sorted({character for character in source if character in "-._/"} - {"_", "-"}))
    return rf"[\w{separators}-]*\w" if separators or "-" in source else r"\w+"


def _runs(source: str, *, letters: str = "") -> str:
    patterns = {"digits": r"\d+", "blank": r"\s+"}
    return "".join(
        patterns.get(run.lastgroup or "") or (letters if run.lastgroup == "letters" else "") or literal(run[0])
        for run in _RUN.finditer(source)
    )
