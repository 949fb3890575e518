"""What does not fit together in the directory: customers, service users, objects and ticket templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backbone.addresses import normalise
from console.configuration import mail_values
from console.configuration.faults import Fault
from console.configuration.names import WORDS, Names
from console.configuration.nodes import Node
from parse.rules.resolver import normal_form

_TERMS = ("work_types", "ticket_types", "criticalities")
_OF_TEMPLATE = {
    "ticket_type": "ticket_types",
    "customer": "customers",
    "object": "objects",
    "work_type": "work_types",
    "criticality": "criticalities",
}


def faults(roots: Sequence[Node], names: Names) -> Iterator[Fault]:
    """Yield every fault of the directory."""
    yield from _customers(roots)
    yield from _service_users(roots, names)
    for section in _TERMS:
        yield from _aliases(section, list(names.of(section).values()))
    yield from _objects(roots, names)
    for root in roots:
        for node in root.nodes("templates"):
            yield from _template(node, names)


def lacking(template: Node) -> list[str]:
    """Return which of the keys without which nothing can be made of a mail or a web page the template has not."""
    return [key for key in ("object", "work_type") if template.data.get(key) is None]


def _customers(roots: Sequence[Node]) -> Iterator[Fault]:
    domains: dict[str, str] = {}
    people: dict[str, str] = {}
    for customer in (node for root in roots for node in root.nodes("customers")):
        for domain, path in customer.values("domains", mail_values.customer_domain):
            if domain in domains:
                problem = f"the domain {domain!r} stands twice, first at {domains[domain]}"
                yield customer.fault(path, problem, "keep it at one of the customers")
            domains.setdefault(domain, f"{customer.document.file}:{customer.document.line(path)}")
        for person in customer.nodes("people"):
            address = normalise(person.value("address", mail_values.address) or "")
            if address and address in people:
                problem = f"the person {address!r} stands twice, first at {people[address]}"
                yield person.fault_of("address", problem, "keep one of them")
            people.setdefault(address, person.place("address"))


def _service_users(roots: Sequence[Node], names: Names) -> Iterator[Fault]:
    places: dict[str, str] = {}
    for users in (node for root in roots if (node := root.node("service_users"))):
        for kind in ("api", "anonymous"):
            user = users.node(kind)
            if user is None:
                continue
            if kind in places:
                problem = f"the service user {kind!r} stands twice, first at {places[kind]}"
                yield user.fault(user.path, problem, "keep one of them")
            places[kind] = user.place()
            yield from names.all_known("roles", user, "roles")
            yield from names.all_known("districts", user, "districts")
            if user.data.get("roles") == [] and user.flag("enabled", default=True):
                problem = f"the service user {kind!r} has no role, and so no permission"
                yield user.fault_of("roles", problem, "name a role, or write 'enabled: false'")


def _objects(roots: Sequence[Node], names: Names) -> Iterator[Fault]:
    by_customer: dict[str | None, list[Node]] = {}
    for node in (node for root in roots for node in root.nodes("objects")):
        by_customer.setdefault(node.text("customer"), []).append(node)
        for key, section in (("customer", "customers"), ("district", "districts")):
            if name := node.text(key):
                yield from names.known(section, name, node, (*node.path, key))
        yield from names.all_known("work_types", node, "work_types")
    for nodes in by_customer.values():
        yield from _aliases("objects", nodes)


def _aliases(section: str, nodes: Sequence[Node]) -> Iterator[Fault]:
    """Yield the faults of other names by which two entries would be meant, so that a mail names neither."""
    meant = {normal_form(name): node for node in nodes if (name := node.text("name"))}
    for node in nodes:
        for alias, path in node.texts("aliases"):
            other = meant.setdefault(normal_form(alias), node)
            if other is not node:
                problem = f"the alias {alias!r} also means the {WORDS[section]} {other.text('name')!r}"
                place = other.place("name")
                yield node.fault(path, f"{problem} at {place}, so that a mail with it would name neither", _KEEP)


_KEEP = "keep it at one of them (case, ё and е, blanks and signs do not count)"


def _template(node: Node, names: Names) -> Iterator[Fault]:
    for key, section in _OF_TEMPLATE.items():
        if name := node.text(key):
            yield from names.known(section, name, node, (*node.path, key))
    missing = lacking(node)
    if missing and node.flag("web_submission", default=False):
        what = " and no ".join(missing).replace("_", " ")
        problem = f"this template has no {what}, so nobody can send a ticket by it from the web"
        yield node.fault_of("web_submission", problem, f"add {' and '.join(missing)} to it, or take this out")
    thing = names.find("objects", node.text("object"))
    if thing is not None:
        yield from _of_object(node, thing, names)


def _of_object(node: Node, thing: Node, names: Names) -> Iterator[Fault]:
    """Yield the faults of a template whose object does not go with its work type or its customer."""
    work_type, offered = node.text("work_type"), [name for name, _ in thing.texts("work_types")]
    if work_type and names.find("work_types", work_type) and work_type not in offered:
        problem = f"the object {node.text('object')!r} has no work type {work_type!r}"
        cure = f"add it there, or choose from: {', '.join(offered)}" if offered else "add it to the object"
        yield node.fault_of("work_type", problem, cure)
    customer, owner = node.text("customer"), thing.text("customer")
    if customer and owner and customer != owner and {customer, owner} <= names.of("customers").keys():
        problem = f"the object {node.text('object')!r} belongs to customer {owner!r}, not to {customer!r}"
        yield node.fault_of("object", problem, "choose an object of this customer, or one without any")
