"""What is wrong with canned replies: ticket types that are nowhere, and fields that nothing fills in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.configuration import values
from console.configuration.faults import Fault
from console.configuration.names import Names
from console.configuration.nodes import Node
from tickets import canned


def faults(roots: Sequence[Node], names: Names) -> Iterator[Fault]:
    """Yield every fault of the canned replies."""
    for node in (node for root in roots for node in root.nodes("canned_replies")):
        yield from names.all_known("ticket_types", node, "ticket_types")
        block = node.document.blocks.get((*node.path, "text"))
        text = node.value("text", values.source)
        for trouble in canned.troubles(text or ""):
            line = node.line("text") if block is None else block + trouble.line - 1
            yield Fault(node.document.file, line, trouble.problem, trouble.cure)
