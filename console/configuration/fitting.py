"""Whether what the files say fits together with what is stored and the files do not name, which stays beside it.

``references.check`` finds what does not fit within the files; with ``--prune`` nothing else is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backbone.addresses import normalise
from backbone.errors import UserError
from console.configuration import mail_values
from console.configuration.document import Document
from console.configuration.faults import Fault, sentence
from console.configuration.kinds import KINDS, RETIRED, Key, Row
from console.configuration.names import WORDS
from console.configuration.nodes import Node
from console.configuration.stored import Stored
from console.configuration.wanted import Wanted
from parse.rules.resolver import normal_form

_OTHER_NAMES = ("work_types", "ticket_types", "criticalities", "objects")
_TITLES = {kind.name: kind.title for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a row of the files has behind ``column``, and cannot have beside what is stored."""

    kind: str
    key: Key
    column: str
    problem: str
    cure: str


class MisfitsError(UserError):
    """What the files say does not fit together with what is stored beside it."""

    def __init__(self, misfits: tuple[Misfit, ...]) -> None:
        """Keep them; the text is one line for each."""
        self.misfits = misfits
        super().__init__("\n".join(sentence(one.problem, one.cure) for one in misfits))


def beside(asked: Wanted, held: Stored) -> Wanted:
    """Return the rows that are held and not asked for; retired ones are in nobody's way."""
    return {
        kind.name: {
            key: row
            for key, row in held.rows[kind.name].items()
            if key not in asked[kind.name] and not row.get(RETIRED)
        }
        for kind in KINDS
    }


def check(asked: Wanted, rest: Wanted) -> None:
    """Raise MisfitsError when rows that are asked for do not fit the ``rest``, which stays beside them."""
    checks = (_templates_of_senders, _objects_of_templates, _domains, _addresses, _other_names)
    if misfits := tuple(misfit for check in checks for misfit in check(asked, rest)):
        raise MisfitsError(misfits)


def faults(documents: Sequence[Document], misfits: Sequence[Misfit]) -> list[Fault]:
    """Return the misfits as faults of the files."""
    found = []
    for one in misfits:
        nodes = (node for document in documents for node in _nodes(document, one.kind, one.key))
        node = next(nodes, None)
        fault = node.fault_of(one.column, one.problem, one.cure) if node else None
        found.append(fault or Fault(documents[0].file, 1, one.problem, one.cure))
    return found


def _nodes(document: Document, section: str, key: Key) -> Iterator[Node]:
    if not isinstance(document.data, dict):
        return
    for node in Node(document, (), document.data).nodes(section):
        if section == "mailboxes":
            name: str | None = normalise(node.value("address", mail_values.address) or "")
        else:
            name = node.text("name")
        if name == key:
            yield node


def _templates_of_senders(asked: Wanted, rest: Wanted) -> Iterator[Misfit]:
    for row in rest["senders"].values():
        template = asked["templates"].get(row["template_id"])
        missing = [key for key in ("object", "work_type") if template and template[f"{key}_id"] is None]
        if missing:
            what = " and no ".join(missing).replace("_", " ")
            sender = _TITLES["senders"](row)
            problem = f"the template {row['template_id']!r} has no {what}, but the stored sender {sender} uses it"
            cure = f"add {' and '.join(missing)} to it, or name that sender with another template"
            yield Misfit("templates", row["template_id"], "name", problem, cure)


def _objects_of_templates(asked: Wanted, rest: Wanted) -> Iterator[Misfit]:
    for row in rest["templates"].values():
        thing = asked["objects"].get(row["object_id"])
        if thing is None:
            continue
        template = f"the stored template {row['name']!r}"
        work_type = row["work_type_id"]
        if work_type is not None and work_type not in thing["work_types"]:
            problem = f"{template} has the work type {work_type!r} on the object {thing['name']!r}, which lacks it here"
            yield Misfit("objects", thing["name"], "work_types", problem, "add it, or name that template without it")
        if row["customer_id"] and thing["customer_id"] not in (None, row["customer_id"]):
            problem = f"{template} of the customer {row['customer_id']!r} has the object {thing['name']!r}"
            cure = "leave the object with that customer, or name the template with another object"
            yield Misfit("objects", thing["name"], "customer", problem, cure)


def _domains(asked: Wanted, rest: Wanted) -> Iterator[Misfit]:
    owners = {domain: row["name"] for row in rest["customers"].values() for domain in row["domains"]}
    for key, row in asked["customers"].items():
        for domain in row["domains"]:
            if owner := owners.get(domain):
                problem = f"the domain {domain!r} is one of the stored customer {owner!r}"
                yield Misfit("customers", key, "domains", problem, "take it out here, or name that customer without it")


def _addresses(asked: Wanted, rest: Wanted) -> Iterator[Misfit]:
    owners = {
        address: str(row["address"])
        for row in rest["mailboxes"].values()
        for address in (normalise(row["address"]), *row["aliases"])
    }
    for key, row in asked["mailboxes"].items():
        for column, addresses in (("address", [normalise(row["address"])]), ("aliases", row["aliases"])):
            for address in addresses:
                if owner := owners.get(address):
                    problem = f"the address {address!r} is one of the stored mailbox {owner!r}"
                    cure = "take it out here, or name that mailbox without it"
                    yield Misfit("mailboxes", key, column, problem, cure)


def _other_names(asked: Wanted, rest: Wanted) -> Iterator[Misfit]:
    """Yield the other names by which an entry of the files and a stored one would both be meant, so that none is."""
    for kind in _OTHER_NAMES:
        stored: dict[tuple[object, str], tuple[str, bool]] = {}
        for row in rest[kind].values():
            for form, is_alias in _forms(row).items():
                stored.setdefault((row.get("customer_id"), form), (row["name"], is_alias))
        for key, row in asked[kind].items():
            for form, is_alias in _forms(row).items():
                other, its_alias = stored.get((row.get("customer_id"), form), ("", False))
                if other and (is_alias or its_alias):
                    word = WORDS[kind]
                    problem = f"the {word} {row['name']!r} and the stored {word} {other!r} are both meant by {form!r}"
                    cure = "keep it at one of them (case, ё and е, blanks and signs do not count)"
                    yield Misfit(kind, key, "aliases", problem, cure)


def _forms(row: Row) -> dict[str, bool]:
    """Return what a mail may call an entry, and whether that is an alias."""
    aliases = row["aliases"] if isinstance(row["aliases"], list) else []
    return {normal_form(alias): True for alias in aliases} | {normal_form(str(row["name"])): False}
