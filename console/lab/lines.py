"""Where in the files the samples stand that failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backbone.addresses import normalise
from console.configuration import mail_values
from console.configuration.document import Document
from console.configuration.faults import Fault
from console.configuration.kinds import Key
from console.configuration.nodes import Node
from console.lab.gate import Failed


def faults(documents: Sequence[Document], failed: Sequence[Failed]) -> list[Fault]:
    """Return the failures as faults of the files; of a rule that only the database holds, of the first file."""
    places = {
        (key, sample): node
        for document in documents
        if isinstance(document.data, dict)
        for key, sample, node in _samples(Node(document, (), document.data))
    }
    found = []
    for one in failed:
        node = places.get((one.rule, one.sample))
        fault = node.fault_of("expect", one.problem, one.cure) if node else None
        found.append(fault or Fault(documents[0].file, 1, one.problem, one.cure))
    return found


def _samples(root: Node) -> Iterator[tuple[Key, str, Node]]:
    for mailbox in root.nodes("mailboxes"):
        address = mailbox.value("address", mail_values.address) or ""
        for sender in mailbox.nodes("senders"):
            pattern = sender.value("pattern", mail_values.pattern) or ""
            recipient = sender.value("to", mail_values.address) or ""
            key = (normalise(address), pattern, normalise(recipient), sender.text("name") or "")
            for sample in sender.nodes("samples"):
                yield key, _title(sample.data), sample


def _title(data: dict[str, Any]) -> str:
    """Return the sample's name as ``samples.Sample.title`` gives it."""
    return str(data.get("name") or data.get("file") or str(data.get("mail", "")).removeprefix("sha256:")[:12])
