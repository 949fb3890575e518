"""The kinds of things in a configuration, and the named form of their rows.

A row in its named form holds what its table's row holds, with three differences: where the table has the id of another
row, it has that row's key; what a link table says of the row stands in it as a frozenset of keys; and its secrets are
in clear. So rows of a file and rows of the database can be compared, between two databases also, where ids differ.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from backbone.addresses import normalise
from backbone.catalogue import tables

Key = str | tuple[str, ...]
Row = dict[str, Any]

RETIRED = "retired"
_CODE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of another kind that belong to a row: ``column`` of its named form, kept in ``table``.

    ``owner_id`` is the table's column with the row's id, ``other_id`` the one with the id of a row of ``kind``.
    """

    column: str
    kind: str
    table: Table
    owner_id: str
    other_id: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its table, its natural key, and which columns refer to which kind.

    ``made`` are the columns that creating a row fills by itself; no file speaks of them.
    """

    name: str
    table: Table
    key_columns: tuple[str, ...] = ("name",)
    references: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    secrets: frozenset[str] = frozenset()
    made: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    @property
    def link_columns(self) -> frozenset[str]:
        """Return the columns of the named form that are link tables."""
        return frozenset(link.column for link in self.links)

    @property
    def retirable(self) -> bool:
        """Whether history refers to these rows, so that they are retired instead of deleted."""
        return RETIRED in self.table.c

    def key(self, row: Mapping[str, Any]) -> Key:
        """Return the natural key of a row in its named form."""
        parts = tuple(str(row[column]) for column in self.key_columns)
        if self.key_columns == ("address",):
            return normalise(parts[0])
        return parts if len(parts) > 1 else parts[0]

    def title(self, row: Mapping[str, Any]) -> str:
        """Return what to call a row before people."""
        return " → ".join(str(row[column]) for column in self.key_columns if row[column])


KINDS: tuple[Kind, ...] = (  # each refers to those before it only
    Kind("customers", tables.customers),
    Kind("people", tables.people, key_columns=("address",), references={"customer_id": "customers"}),
    Kind("districts", tables.districts),
    Kind("roles", tables.roles),
    Kind(
        "service_users",
        tables.service_users,
        key_columns=("kind",),
        links=(
            Link("roles", "roles", tables.service_user_roles, "service_user_id", "role_id"),
            Link("districts", "districts", tables.service_user_districts, "service_user_id", "district_id"),
        ),
    ),
    Kind("work_types", tables.work_types),
    Kind("ticket_types", tables.ticket_types),
    Kind("criticalities", tables.criticalities),
    Kind(
        "canned_replies",
        tables.canned_replies,
        links=(
            Link("ticket_types", "ticket_types", tables.canned_reply_ticket_types, "canned_reply_id", "ticket_type_id"),
        ),
    ),
    Kind("custom_fields", tables.custom_fields),
    Kind(
        "objects",
        tables.objects,
        references={"customer_id": "customers", "district_id": "districts"},
        links=(Link("work_types", "work_types", tables.object_work_types, "object_id", "work_type_id"),),
    ),
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
        made={"code": lambda: secrets.token_urlsafe(_CODE_BYTES)},
    ),
    Kind("blocked", tables.blocked_senders, key_columns=("pattern",)),
    Kind(
        "mailboxes", tables.mailboxes, key_columns=("address",), secrets=frozenset({"imap_password", "smtp_password"})
    ),
    Kind(
        "senders",
        tables.sender_rules,
        key_columns=("mailbox_id", "pattern", "recipient", "name"),
        references={"mailbox_id": "mailboxes", "template_id": "templates"},
    ),
)

REFERRED = frozenset(other for kind in KINDS for other in kind.references.values()) | frozenset(
    name for kind in KINDS if kind.links for name in (kind.name, *(link.kind for link in kind.links))
)
"""The kinds whose rows' ids other tables hold."""
