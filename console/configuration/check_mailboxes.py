"""What does not fit together in the mailboxes: addresses that two of them would have, and their sender rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backbone.addresses import normalise
from console.configuration import check_outgoing, mail_values
from console.configuration.check_regexes import Regexes
from console.configuration.check_senders import Senders
from console.configuration.faults import Fault
from console.configuration.names import Names
from console.configuration.nodes import Node


def faults(roots: Sequence[Node], names: Names) -> Iterator[Fault]:
    """Yield every fault of the mailboxes."""
    mailboxes = [node for root in roots for node in root.nodes("mailboxes")]
    places: dict[str, str] = {}
    for node in mailboxes:
        yield from _address(node, places)
    regexes = Regexes(names)
    aliases: dict[str, str] = {}
    for node in mailboxes:
        yield from _aliases(node, places, aliases)
        yield from check_outgoing.faults(node)
        yield from Senders(node, names, regexes).faults()


def _address(node: Node, places: dict[str, str]) -> Iterator[Fault]:
    address = node.text("address")
    if address and normalise(address) in places:
        problem = f"the mailbox {address!r} stands twice, first at {places[normalise(address)]}"
        yield node.fault_of("address", problem, "put its senders into one mailbox")
    elif address:
        places[normalise(address)] = node.place("address")


def _aliases(node: Node, places: dict[str, str], aliases: dict[str, str]) -> Iterator[Fault]:
    own = normalise(node.text("address") or "")
    for written, path in node.values("aliases", mail_values.address):
        alias = normalise(written)
        if alias == own:
            yield node.fault(path, f"the alias {written!r} is the mailbox's own address", "take it out")
        elif alias in places:
            problem = f"the alias {written!r} is the address of the mailbox at {places[alias]}"
            yield node.fault(path, problem, "take it out here, or take out that mailbox")
        elif alias in aliases:
            problem = f"the alias {written!r} stands twice, first at {aliases[alias]}"
            yield node.fault(path, problem, "keep it in the mailbox to which its mail comes")
        else:
            aliases[alias] = f"{node.document.file}:{node.document.line(path)}"
