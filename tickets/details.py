"""A ticket with everything that people want to know of it, for showing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from backbone.catalogue.tables import (
    criticalities,
    customers,
    mailboxes,
    objects,
    sender_rules,
    templates,
    ticket_types,
    work_types,
)
from tickets.models import contacts, tickets

_NAMED: tuple[tuple[str, Any, ColumnElement[Any]], ...] = (
    ("mailbox", mailboxes.c.address, tickets.c.mailbox_id == mailboxes.c.id),
    ("template", templates.c.name, tickets.c.template_id == templates.c.id),
    ("customer", customers.c.name, tickets.c.customer_id == customers.c.id),
    ("ticket_type", ticket_types.c.name, tickets.c.ticket_type_id == ticket_types.c.id),
    ("object", objects.c.name, tickets.c.object_id == objects.c.id),
    ("work_type", work_types.c.name, tickets.c.work_type_id == work_types.c.id),
    ("criticality", criticalities.c.name, tickets.c.criticality_id == criticalities.c.id),
    ("sender_rule", sender_rules.c.pattern, tickets.c.rule_id == sender_rules.c.id),
    ("sender", contacts.c.address, tickets.c.contact_id == contacts.c.id),
)

_PLAIN = (
    "number",
    "stage",
    "status",
    "subject",
    "description",
    "external_number",
    "deadline",
    "contact_name",
    "contact_phone",
    "address",
    "assignee",
    "custom",
    "unresolved",
    "reply_address",
    "reply_name",
    "reply_by_chat",
    "created_at",
    "updated_at",
    "closed_at",
)


def details(connection: Connection, number: str) -> dict[str, Any] | None:
    """Return the fields of a ticket with names for ids, and the numbers of the tickets it is linked with, or None."""
    row = connection.execute(_everything().where(tickets.c.number == number)).first()
    if row is None:
        return None
    shown = dict(row._mapping)
    own, linked, merged = shown.pop("id"), shown.pop("linked_ticket_id"), shown.pop("merged_into_id")
    near = connection.execute(
        select(tickets.c.id, tickets.c.number, tickets.c.linked_ticket_id, tickets.c.merged_into_id)
        .where(
            or_(
                tickets.c.id.in_([one for one in (linked, merged) if one is not None]),
                tickets.c.linked_ticket_id == own,
                tickets.c.merged_into_id == own,
            )
        )
        .order_by(tickets.c.id)
    ).all()
    numbers = {one.id: one.number for one in near}
    return shown | {
        "follows": numbers.get(linked),
        "followed_by": [one.number for one in near if one.linked_ticket_id == own],
        "merged_into": numbers.get(merged),
        "merged_from": [one.number for one in near if one.merged_into_id == own],
    }


def _everything() -> Select[Any]:
    columns = [tickets.c[name] for name in (*_PLAIN, "id", "linked_ticket_id", "merged_into_id")]
    statement = select(*columns, *(name.label(label) for label, name, _ in _NAMED)).select_from(tickets)
    for _, name, condition in _NAMED:
        statement = statement.join(name.table, condition, isouter=True)
    return statement
