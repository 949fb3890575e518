"""Names in mails to entries of the directory: exact, else by what is left of a name when its writing is not looked at.

Case, ё and е, blanks, punctuation, quotes and dashes do not count: «Бизнес-центр «Ёлка», корп. 2» is
"бизнес центр ЕЛКА корп 2".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_NAME = 500
"""Longer texts name nothing."""

_NO_WORD = re.compile(r"[\W_]+")


class Found(StrEnum):
    """What a look-up came to."""

    EXACT = "exact"
    NORMALISED = "normalised"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The entry meant; without one, ``found`` says why, and ``candidates`` which ones it could be."""

    found: Found
    id: int | None = None
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of the directory: its id, its name, and the other names declared for it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()


def normal_form(name: str) -> str:
    """Return what is compared of ``name``."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("ё", "е")
    return _NO_WORD.sub(" ", folded).strip()


class Resolver:
    """The names of one kind of entry. A look-up takes the same time whatever their number."""

    def __init__(self, entries: Iterable[Named]) -> None:
        """Index the entries; a name that two of them share leads to neither."""
        self._exact: dict[str, dict[int, None]] = {}
        self._normal: dict[str, dict[int, None]] = {}
        for entry in entries:
            for name in (entry.name, *entry.aliases):
                self._exact.setdefault(name.strip(), {})[entry.id] = None
                if normal := normal_form(name):
                    self._normal.setdefault(normal, {})[entry.id] = None

    def resolve(self, text: str) -> Resolution:
        """Return the entry that ``text`` names."""
        text = text.strip()
        if len(text) > MAX_NAME:
            return Resolution(Found.UNKNOWN)
        for found, index, name in (
            (Found.EXACT, self._exact, text),
            (Found.NORMALISED, self._normal, normal_form(text)),
        ):
            ids = tuple(index.get(name, ()))
            if len(ids) == 1:
                return Resolution(found, ids[0], ids)
            if ids:
                return Resolution(Found.AMBIGUOUS, None, ids)
        return Resolution(Found.UNKNOWN)
