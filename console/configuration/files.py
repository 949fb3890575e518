"""Files that a configuration file names: mails and images, read when it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationInfo

from console.configuration.faults import wrong
from console.configuration.passwords import Surroundings


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file as it was when the configuration was read; ``name`` is how the configuration calls it."""

    name: str
    path: Path
    content: bytes = field(repr=False)


def read_named(name: str, info: ValidationInfo, what: str, longest: int = -1) -> NamedFile:
    """Return the file whose path, from the folder of the configuration file, is ``name``; ``what`` says what it is.

    Of one larger than ``longest`` bytes, only one byte more than that is read.
    """
    if not isinstance(info.context, Surroundings):
        raise wrong(f"the {what} {name!r} cannot be read here", "give the configuration as a file")
    path = info.context.folder / name
    try:
        with path.open("rb") as opened:
            return NamedFile(name, path, opened.read(longest + 1 if longest >= 0 else -1))
    except FileNotFoundError:
        raise wrong(f"there is no {what} {path}", "check its path, which begins at the folder of this file") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise wrong(f"the {what} {path} cannot be read ({reason})", "check its path and rights") from None
