"""The names of a directory, made ready for looking up when first asked for."""

from __future__ import annotations

from collections.abc import Mapping

from backbone.catalogue.model import Directory, Entry, Object
from parse.rules.patterns import BUILT_IN, CUSTOM
from parse.rules.resolver import Named, Resolver


class Names:
    """The resolvers of one directory, and the fields that patterns may fill."""

    def __init__(self, directory: Directory) -> None:
        """Make nothing yet."""
        self.directory = directory
        self.fields = BUILT_IN | {f"{CUSTOM}{name}" for name in directory.custom_fields}
        self._resolvers: dict[str, Resolver] = {}

    def entries(self, kind: str) -> Mapping[int, Entry | Object]:
        """Return the entries of a ``kind``: object, work_type, ticket_type or criticality."""
        kinds: dict[str, Mapping[int, Entry | Object]] = {
            "object": self.directory.objects,
            "work_type": self.directory.work_types,
            "ticket_type": self.directory.ticket_types,
            "criticality": self.directory.criticalities,
        }
        return kinds[kind]

    def resolver(self, kind: str) -> Resolver:
        """Return what looks up names of that ``kind``."""
        held = self._resolvers.get(kind)
        if held is None:
            entries = self.entries(kind).values()
            held = self._resolvers[kind] = Resolver(Named(entry.id, entry.name, entry.aliases) for entry in entries)
        return held
