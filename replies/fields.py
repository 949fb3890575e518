"""What a template may take fields from, and what is said when it asks for one that there is not. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateRuntimeError, UndefinedError
from jinja2.utils import missing


class Shown(dict[str, Any]):
    """A value with fields; it knows how a template calls it, under a name that the sandbox lets no template see."""

    def __init__(self, fields: Mapping[str, Any], path: str) -> None:
        """Hold ``fields``, called ``path``."""
        super().__init__(fields)
        self._path = path

    def lacks(self, name: str | None) -> str:
        """Return the sentence that there is no field of that name."""
        return f"there is no {self._path}.{name}; {instead(str(name), self, f'{self._path}.')}"


class Missing(StrictUndefined):
    """What a template asks for in vain; it says so in words that an administrator knows."""

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[TemplateRuntimeError] = UndefinedError,
    ) -> None:
        """Take what Jinja2 knows of it: its own words, if it has any, what was asked for, and of what."""
        if hint is None and isinstance(obj, Shown):
            hint = obj.lacks(name)
        elif hint is None and obj is None:
            hint = f"not every such mail has what {name!r} is taken from; ask first, as in {{% if message %}}"
        super().__init__(hint, obj, name, exc)


def shown(value: Any, path: str) -> Any:
    """Return ``value``, called ``path`` by templates, so that it and what it holds know how they are called."""
    if isinstance(value, Mapping):
        return Shown(value, path)
    if isinstance(value, list):
        return [shown(one, f"{path}[{place}]") for place, one in enumerate(value)]
    return value


def instead(name: str, names: Iterable[str], prefix: str = "") -> str:
    """Return which of ``names`` is probably meant by ``name``, or all of them; each with ``prefix``."""
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {prefix}{near[0]}?"
    return f"there are {', '.join(f'{prefix}{one}' for one in sorted(names))}"
