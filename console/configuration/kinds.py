"""The kinds of things in a configuration, and the named form of their rows.

A row in its named form holds what its table's row holds, with two differences: where the table has the id of another
row, it has that row's key; and its secrets are in clear. So rows of a file and rows of the database can be compared,
between two databases also, where ids differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from backbone.addresses import normalise
from backbone.catalogue import tables

Key = str | tuple[str, str]
Row = dict[str, Any]

WORK_TYPES_OF_OBJECT = "work_types"
SENDERS = "senders"
NO_COLUMN = frozenset({WORK_TYPES_OF_OBJECT})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its table, its natural key, and which columns refer to which kind."""

    name: str
    table: Table
    key_columns: tuple[str, ...] = ("name",)
    references: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def key(self, row: Mapping[str, Any]) -> Key:
        """Return the natural key of a row in its named form."""
        first, *rest = (str(row[column]) for column in self.key_columns)
        if self.name == "mailboxes":
            return normalise(first)
        return (first, rest[0]) if rest else first

    def title(self, row: Mapping[str, Any]) -> str:
        """Return what to call a row before people."""
        parts = [str(row[column]) for column in self.key_columns]
        return " → ".join(parts)


KINDS: tuple[Kind, ...] = (  # each refers to those before it only
    Kind("customers", tables.customers),
    Kind("work_types", tables.work_types),
    Kind("ticket_types", tables.ticket_types),
    Kind("criticalities", tables.criticalities),
    Kind("objects", tables.objects, references={"customer_id": "customers"}),
    Kind(
        "templates",
        tables.templates,
        references={
            "ticket_type_id": "ticket_types",
            "customer_id": "customers",
            "object_id": "objects",
            "work_type_id": "work_types",
            "criticality_id": "criticalities",
        },
    ),
    Kind(
        "mailboxes", tables.mailboxes, key_columns=("address",), secrets=frozenset({"imap_password", "smtp_password"})
    ),
    Kind(
        SENDERS,
        tables.sender_rules,
        key_columns=("mailbox_id", "pattern"),
        references={"mailbox_id": "mailboxes", "template_id": "templates"},
    ),
)
