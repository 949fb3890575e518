"""Passwords of a configuration file: it names where they are, and never holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr, ValidationInfo

from console.configuration.faults import nearest, wrong

_ALIKE = 0.85
"""Names of variables begin and end alike; only a slip of the pen is worth a word."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_FILE = "file:"
LITERAL = "a password must not stand in this file"
CURE = "write '${NAME}' for an environment variable, or 'file:/path' for a file that holds it"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file's references are resolved against: the environment, and the folder the file is in.

    ``required`` are the variables that must be set; None means all of them.
    """

    environment: Mapping[str, str]
    folder: Path
    required: frozenset[str] | None = None


class UnsetPassword(SecretStr):
    """The password of a variable that is not set, and need not be where the database holds one already."""

    def __init__(self, variable: str) -> None:
        """Name the variable."""
        super().__init__("")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Kept:
    """A mailbox whose stored passwords stay as they are, because ``variable`` is not set."""

    mailbox: str
    variable: str


def resolve(value: object, info: ValidationInfo) -> SecretStr:
    """Return the password that ``value`` refers to. No sentence ever repeats what might be one."""
    around = info.context
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str) or not isinstance(around, Surroundings):
        raise wrong("the password must be a reference", CURE)
    reference = value.strip()
    if named := _VARIABLE.fullmatch(reference):
        return _from_environment(named[1], around)
    if reference.startswith(_FILE):
        return _from_file(around.folder / reference.removeprefix(_FILE).strip())
    raise wrong(LITERAL, CURE)


def _from_environment(variable: str, around: Surroundings) -> SecretStr:
    secret = around.environment.get(variable)
    if secret:
        return SecretStr(secret)
    if secret == "":
        raise wrong(f"the environment variable {variable} is empty", "put the password into it")
    if around.required is not None and variable not in around.required:
        return UnsetPassword(variable)
    near = nearest(variable, around.environment, _ALIKE)
    raise wrong(
        f"the environment variable {variable} is not set",
        f"set it to the password (there is one called {near})" if near else "set it to the password",
    )


def _from_file(path: Path) -> SecretStr:
    try:
        secret = path.read_text(encoding="utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise wrong(f"the password file {path} is not UTF-8 text", "put the bare password into it") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise wrong(f"the password file {path} cannot be read ({reason})", "check its path and rights") from None
    if not secret:
        raise wrong(f"the password file {path} is empty", "put the password into it")
    return SecretStr(secret)
