"""A mapping in a configuration file, read without trust in the types of what it holds.

What is not of the expected type is passed over here, as pydantic speaks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from console.configuration import values
from console.configuration.document import Document, Path
from console.configuration.faults import Fault


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping, or a bare name that stands for one; ``path`` leads to it."""

    document: Document
    path: Path
    data: dict[str, Any]

    def text(self, key: str) -> str | None:
        """Return the text behind ``key``, clean; None when there is none, or an empty one."""
        value = self.data.get(key)
        return values.clean(value) or None if isinstance(value, str) else None

    def value(self, key: str, accept: Callable[[str], str]) -> str | None:
        """Return the text behind ``key`` as ``accept`` returns it; None when it refuses it."""
        return _accepted(self.data.get(key), accept)

    def texts(self, key: str) -> list[tuple[str, Path]]:
        """Return the texts in the list behind ``key``, clean, each with its path."""
        return [
            (values.clean(item), (*self.path, key, at))
            for at, item in self._items(key)
            if isinstance(item, str) and item.strip()
        ]

    def values(self, key: str, accept: Callable[[str], str]) -> list[tuple[str, Path]]:
        """Return the texts in the list behind ``key`` as ``accept`` returns them, without those that it refuses."""
        return [
            (value, (*self.path, key, at))
            for at, item in self._items(key)
            if (value := _accepted(item, accept)) is not None
        ]

    def flag(self, key: str, *, default: bool) -> bool:
        """Return the yes or no behind ``key``."""
        value = self.data.get(key)
        return value if isinstance(value, bool) else default

    def node(self, key: str) -> Node | None:
        """Return the mapping behind ``key``."""
        value = self.data.get(key)
        return Node(self.document, (*self.path, key), value) if isinstance(value, dict) else None

    def nodes(self, key: str) -> Iterator[Node]:
        """Yield the mappings in the list behind ``key``; a bare name is one that holds nothing else."""
        for at, item in self._items(key):
            if isinstance(item, dict | str):
                data = item if isinstance(item, dict) else {"name": item}
                yield Node(self.document, (*self.path, key, at), data)

    def place(self, *keys: str) -> str:
        """Return where this stands, or what is behind ``keys`` in it."""
        return f"{self.document.file}:{self.line(*keys)}"

    def line(self, *keys: str) -> int:
        """Return the line of this, or of what is behind ``keys`` in it."""
        return self.document.line((*self.path, *keys))

    def fault(self, path: Path, problem: str, cure: str) -> Fault:
        """Return a fault of what stands at ``path``."""
        return Fault(self.document.file, self.document.line(path), problem, cure)

    def fault_of(self, key: str, problem: str, cure: str) -> Fault:
        """Return a fault of what stands behind ``key``."""
        return self.fault((*self.path, key), problem, cure)

    def _items(self, key: str) -> list[tuple[int, Any]]:
        found = self.data.get(key)
        return list(enumerate(found)) if isinstance(found, list) else []


def _accepted(value: object, accept: Callable[[str], str]) -> str | None:
    try:
        return accept(value) if isinstance(value, str) else None
    except PydanticCustomError:
        return None
