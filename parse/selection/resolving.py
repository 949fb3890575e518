"""Captured names to entries of the directory, so that object, work type and customer always fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from backbone.catalogue.model import Directory, Template
from parse.rules.resolver import Found
from parse.selection.model import shown
from parse.selection.names import Names

NAMED = ("object", "work_type", "ticket_type", "criticality")
"""The fields whose texts name an entry of the directory."""

NARROWED = "narrowed"
"""How an entry was found whose name others have, too: it alone is the template's customer's."""

Why = Literal["unknown", "ambiguous", "other_customer", "not_offered"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a captured name: the ``id`` of an entry, or ``why`` there is none."""

    field: str
    text: str
    found: str
    id: int | None = None
    name: str | None = None
    why: Why | None = None

    def as_step(self) -> dict[str, Any]:
        """Return this as a decision lists it."""
        return {
            "field": self.field,
            "text": shown(self.text),
            "found": self.found,
            "id": self.id,
            "name": self.name,
            "why": self.why,
        }


def resolve(texts: Mapping[str, str], names: Names, template: Template | None) -> dict[str, Resolved]:
    """Return what each of ``texts``, by field, names."""
    found = {kind: _resolve(kind, texts[kind], names, template) for kind in NAMED if kind in texts}
    _fit(found, names.directory, template)
    return found


def _resolve(kind: str, text: str, names: Names, template: Template | None) -> Resolved:
    resolution = names.resolver(kind).resolve(text)
    candidates, found = resolution.candidates, str(resolution.found)
    if not candidates:
        return Resolved(kind, text, found, why="unknown")
    if kind == "object":
        candidates = _of_customer(candidates, names.directory, template)
        if not candidates:
            return Resolved(kind, text, found, why="other_customer")
    if len(candidates) > 1:
        return Resolved(kind, text, found, why="ambiguous")
    if resolution.found is Found.AMBIGUOUS:
        found = NARROWED
    return Resolved(kind, text, found, candidates[0], names.entries(kind)[candidates[0]].name)


def _of_customer(candidates: tuple[int, ...], directory: Directory, template: Template | None) -> tuple[int, ...]:
    """Return those of the objects that are the template's customer's; without any, those that are nobody's."""
    customer = template.customer_id if template else None
    if customer is None:
        return candidates
    owners = {one: directory.objects[one].customer_id for one in candidates}
    own = tuple(one for one, owner in owners.items() if owner == customer)
    return own or tuple(one for one, owner in owners.items() if owner is None)


def _fit(found: dict[str, Resolved], directory: Directory, template: Template | None) -> None:
    """Give up the work type that the ticket's object does not offer, then the object that does not offer it."""
    wanted_object, wanted_work = found.get("object"), found.get("work_type")
    object_id = (wanted_object and wanted_object.id) or (template.object_id if template else None)
    if wanted_work and wanted_work.id and not _offers(directory, object_id, wanted_work.id):
        wanted_work = found["work_type"] = replace(wanted_work, id=None, why="not_offered")
    work_id = (wanted_work and wanted_work.id) or (template.work_type_id if template else None)
    if wanted_object and wanted_object.id and not _offers(directory, wanted_object.id, work_id):
        found["object"] = replace(wanted_object, id=None, why="not_offered")


def _offers(directory: Directory, object_id: int | None, work_type_id: int | None) -> bool:
    """Return whether the object offers the work; a ticket that has only one of them has nothing to fit."""
    if object_id is None or work_type_id is None:
        return True
    held = directory.objects.get(object_id)
    return held is not None and work_type_id in held.work_type_ids
