"""Faults of configuration files: one sentence each, with the place and the cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from backbone.errors import UserError

WRONG = "wrong"

_LATIN_LOOKS = str.maketrans("аеорсухіАВЕКМНОРСТУХІ", "aeopcyxiABEKMHOPCTYXI")
"""Cyrillic letters that look like Latin ones."""

_LONG = re.compile(r"""(['"])([^'"]{80})[^'"]{41,}\1""")
"""Quotes around more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file, and how to mend it."""

    file: str
    line: int
    problem: str
    cure: str

    def __post_init__(self) -> None:
        """Put what is repeated of the file on one line and shorten it: it may be a whole mail in the wrong place."""
        for name in ("problem", "cure"):
            line = " ".join(getattr(self, name).splitlines())
            object.__setattr__(self, name, _LONG.sub(r"\1\2…\1", line))

    def __str__(self) -> str:
        """Return the whole sentence."""
        return f"{self.file}:{self.line}: {sentence(self.problem, self.cure)}"


class FaultyConfigurationError(UserError):
    """The files cannot be used; ``faults`` holds everything that is wrong with them, in the order of reading."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults; the text is one line for each."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def sentence(problem: str, cure: str) -> str:
    """Return problem and cure as one sentence."""
    return f"{problem}; {cure}" if cure.endswith("?") else f"{problem}; {cure}."


def wrong(problem: str, cure: str) -> PydanticCustomError:
    """Return the error by which a validator refuses a value; ``explain`` turns it into a fault."""
    return PydanticCustomError(WRONG, "{problem}; {cure}", {"problem": problem, "cure": cure})


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that ``word`` was most likely meant to be, if any is as near as the ratio ``cutoff``."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return by_folded[found[0]] if found else None


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return the cure for ``word``, which is none of ``known`` but most likely meant to be one of them."""
    near = nearest(word, known)
    if near and near.translate(_LATIN_LOOKS) == word.translate(_LATIN_LOOKS):
        return f"copy {near!r}, which looks the same but has other Latin or Cyrillic letters"
    return f"did you mean {near!r}?" if near else None
