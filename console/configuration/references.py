"""Whether the parts of a configuration fit together: names that exist, stand once, and belong to one another.

Works on the plain data of the files and trusts no type in it, so that it finds its faults even where a key is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticCustomError

from backbone.addresses import normalise
from console.configuration import values
from console.configuration.document import Document, Path
from console.configuration.faults import Fault, nearest

_WORDS = {
    "customers": "customer",
    "work_types": "work type",
    "ticket_types": "ticket type",
    "criticalities": "criticality",
    "objects": "object",
    "templates": "template",
}
_SECTIONS = (*_WORDS, "mailboxes")
_OF_TEMPLATE = {
    "ticket_type": "ticket_types",
    "customer": "customers",
    "object": "objects",
    "work_type": "work_types",
    "criticality": "criticalities",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A mapping in a file; what is not of the expected type is passed over, as pydantic speaks of it."""

    document: Document
    path: Path
    data: dict[str, Any]

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        return values.clean(value) or None if isinstance(value, str) else None

    def texts(self, key: str) -> list[tuple[str, Path]]:
        found = self.data.get(key)
        items = found if isinstance(found, list) else []
        return [
            (values.clean(item), (*self.path, key, at))
            for at, item in enumerate(items)
            if isinstance(item, str) and item.strip()
        ]

    def entries(self, key: str) -> list[_Entry]:
        found = self.data.get(key)
        items = found if isinstance(found, list) else []
        return [
            _Entry(self.document, (*self.path, key, at), item)
            for at, item in enumerate(items)
            if isinstance(item, dict)
        ]

    def fault(self, path: Path, problem: str, cure: str) -> Fault:
        return Fault(self.document.file, self.document.line(path), problem, cure)


@dataclass(slots=True)
class _Named:
    """Something with a name, and where it stands."""

    place: str
    entry: _Entry | None = None


def check(documents: Sequence[Document]) -> list[Fault]:
    """Return what does not fit together in these files."""
    roots = [_Entry(document, (), document.data) for document in documents if isinstance(document.data, dict)]
    return list(_Checker(roots).faults())


class _Checker:
    def __init__(self, roots: list[_Entry]) -> None:
        self.roots = roots
        self.names: dict[str, dict[str, _Named]] = {kind: {} for kind in _WORDS}
        self.unsure = {kind for root in roots for kind in _WORDS if _is_ill(root.data, kind)}

    def faults(self) -> Iterator[Fault]:
        for root in self.roots:
            yield from self._collect(root)
        addresses: dict[str, str] = {}
        for root in self.roots:
            for item in root.entries("objects"):
                yield from self._object(item)
            for item in root.entries("templates"):
                yield from self._template(item)
            for item in root.entries("mailboxes"):
                yield from self._mailbox(item, addresses)

    def _collect(self, root: _Entry) -> Iterator[Fault]:
        for kind in ("customers", "work_types", "ticket_types", "criticalities"):
            for text, path in root.texts(kind):
                yield from self._add(kind, text, root, path)
        for kind in ("objects", "templates"):
            for item in root.entries(kind):
                if name := item.text("name"):
                    yield from self._add(kind, name, item, (*item.path, "name"))

    def _add(self, kind: str, name: str, item: _Entry, path: Path) -> Iterator[Fault]:
        before = self.names[kind].get(name)
        if before:
            problem = f"the {_WORDS[kind]} {name!r} stands twice, first at {before.place}"
            yield item.fault(path, problem, "keep one of them, or give one another name")
        else:
            place = f"{item.document.file}:{item.document.line(path)}"
            self.names[kind][name] = _Named(place, item if kind in {"objects", "templates"} else None)

    def _known(self, kind: str, name: str, item: _Entry, path: Path) -> Iterator[Fault]:
        if name not in self.names[kind] and kind not in self.unsure:
            near = nearest(name, self.names[kind])
            cure = f"did you mean {near!r}?" if near else f"add it under '{kind}'"
            yield item.fault(path, f"no {_WORDS[kind]} is called {name!r}", cure)

    def _object(self, item: _Entry) -> Iterator[Fault]:
        if customer := item.text("customer"):
            yield from self._known("customers", customer, item, (*item.path, "customer"))
        seen: set[str] = set()
        for name, path in item.texts("work_types"):
            if name in seen:
                yield item.fault(path, f"the work type {name!r} stands twice in this list", "keep one of them")
            else:
                yield from self._known("work_types", name, item, path)
            seen.add(name)

    def _template(self, item: _Entry) -> Iterator[Fault]:
        for key, kind in _OF_TEMPLATE.items():
            if name := item.text(key):
                yield from self._known(kind, name, item, (*item.path, key))
        thing = self.names["objects"].get(item.text("object") or "")
        if thing is None or thing.entry is None:
            return
        work_type, offered = item.text("work_type"), [name for name, _ in thing.entry.texts("work_types")]
        if work_type and work_type in self.names["work_types"] and work_type not in offered:
            problem = f"the object {item.text('object')!r} has no work type {work_type!r}"
            cure = f"add it there, or choose from: {', '.join(offered)}" if offered else "add it to the object"
            yield item.fault((*item.path, "work_type"), problem, cure)
        customer, owner = item.text("customer"), thing.entry.text("customer")
        if customer and owner and customer != owner and {customer, owner} <= self.names["customers"].keys():
            problem = f"the object {item.text('object')!r} belongs to customer {owner!r}, not to {customer!r}"
            yield item.fault((*item.path, "object"), problem, "choose an object of this customer, or one without any")

    def _mailbox(self, item: _Entry, addresses: dict[str, str]) -> Iterator[Fault]:
        if address := item.text("address"):
            path = (*item.path, "address")
            place = f"{item.document.file}:{item.document.line(path)}"
            if before := addresses.get(normalise(address)):
                problem = f"the mailbox {address!r} stands twice, first at {before}"
                yield item.fault(path, problem, "put its senders into one mailbox")
            addresses.setdefault(normalise(address), place)
        lines: dict[str, int] = {}
        for sender in item.entries("senders"):
            yield from self._sender(sender, lines)

    def _sender(self, item: _Entry, lines: dict[str, int]) -> Iterator[Fault]:
        if template := item.text("template"):
            yield from self._known("templates", template, item, (*item.path, "template"))
            yield from self._usable(template, item)
        pattern = _pattern(item.text("pattern"))
        if pattern is None:
            return
        path = (*item.path, "pattern")
        if pattern in lines:
            problem = f"the sender {pattern!r} stands twice in this mailbox, first on line {lines[pattern]}"
            yield item.fault(path, problem, "keep one of them")
        else:
            lines[pattern] = item.document.line(path)

    def _usable(self, name: str, item: _Entry) -> Iterator[Fault]:
        template = self.names["templates"].get(name)
        if template is None or template.entry is None:
            return
        lacking = [word for word in ("object", "work_type") if template.entry.data.get(word) is None]
        if lacking:
            what = " and no ".join(lacking).replace("_", " ")
            problem = f"the template {name!r} has no {what}, so mail cannot use it"
            cure = f"add {' and '.join(lacking)} to the template at {template.place}"
            yield item.fault((*item.path, "template"), problem, cure)


def _is_ill(data: dict[str, Any], kind: str) -> bool:
    """Whether a section has faults of its own, so that a name that seems missing may only be ill written."""
    if any(key not in _SECTIONS and nearest(key, _SECTIONS) == kind for key in data):
        return True
    section = data.get(kind)
    items = section if isinstance(section, list) else [] if section is None else [None]
    return not all(_is_name(item.get("name") if isinstance(item, dict) else item) for item in items)


def _is_name(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(values.name(value))
    except PydanticCustomError:
        return False


def _pattern(text: str | None) -> str | None:
    try:
        return values.pattern(text) if text else None
    except PydanticCustomError:
        return None
