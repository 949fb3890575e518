"""The names that configuration files give to things: each stands once, and is there when something refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from console.configuration import values
from console.configuration.document import Path
from console.configuration.faults import Fault, meant, nearest
from console.configuration.nodes import Node

WORDS = {
    "customers": "customer",
    "districts": "district",
    "roles": "role",
    "work_types": "work type",
    "ticket_types": "ticket type",
    "criticalities": "criticality",
    "canned_replies": "canned reply",
    "custom_fields": "custom field",
    "objects": "object",
    "templates": "template",
}
"""The sections whose entries have names, and what to call one of them."""

_SECTIONS = (*WORDS, "service_users", "blocked", "mailboxes")


class Names:
    """The named entries of all files, by section and name."""

    def __init__(self, roots: Sequence[Node]) -> None:
        """Gather the names; ``faults`` holds those that stand twice."""
        self.faults: list[Fault] = []
        self._cures: dict[tuple[str, str], str] = {}
        self._nodes: dict[str, dict[str, Node]] = {section: {} for section in WORDS}
        self._unsure = {section for root in roots for section in WORDS if _is_ill(root.data, section)}
        for root in roots:
            for section in WORDS:
                for node in root.nodes(section):
                    self._add(section, node)

    def of(self, section: str) -> dict[str, Node]:
        """Return the entries of ``section`` by name."""
        return self._nodes[section]

    def find(self, section: str, name: str | None) -> Node | None:
        """Return the entry of that name."""
        return self._nodes[section].get(name or "")

    def sure(self, section: str) -> bool:
        """Whether what is not in ``section`` is surely missing, and not only ill written."""
        return section not in self._unsure

    def known(self, section: str, name: str, node: Node, path: Path) -> Iterator[Fault]:
        """Yield the fault that no entry is called ``name``, to which ``path`` in ``node`` refers."""
        if name not in self._nodes[section] and self.sure(section) and _is_name(name):
            if (section, name) not in self._cures:  # looking for what is near takes long, and many may refer to one
                near = meant(name, self._nodes[section])
                self._cures[section, name] = near or f"add it under '{section}'"
            yield node.fault(path, f"no {WORDS[section]} is called {name!r}", self._cures[section, name])

    def all_known(self, section: str, node: Node, key: str) -> Iterator[Fault]:
        """Yield the faults of a list of names behind ``key`` in ``node``: unknown ones, and those that stand twice."""
        seen: set[str] = set()
        for name, path in node.texts(key):
            if name in seen:
                yield node.fault(path, f"the {WORDS[section]} {name!r} stands twice in this list", "keep one of them")
            else:
                yield from self.known(section, name, node, path)
            seen.add(name)

    def _add(self, section: str, node: Node) -> None:
        name = node.text("name")
        if name is None:
            return
        before = self._nodes[section].setdefault(name, node)
        if before is not node:
            problem = f"the {WORDS[section]} {name!r} stands twice, first at {before.place('name')}"
            self.faults.append(node.fault_of("name", problem, "keep one of them, or give one another name"))


def _is_ill(data: dict[str, Any], section: str) -> bool:
    """Whether a section has faults of its own, so that a name that seems missing may only be ill written."""
    if any(key not in _SECTIONS and nearest(key, _SECTIONS) == section for key in data):
        return True
    found = data.get(section)
    items = found if isinstance(found, list) else [] if found is None else [None]
    return not all(_is_name(item.get("name") if isinstance(item, dict) else item) for item in items)


def _is_name(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(values.name(value))
    except PydanticCustomError:
        return False
