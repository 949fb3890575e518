"""Ticket templates as people meet them outside of mail: in lists, and by the code in the link of their QR code."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, Row, select, update

from backbone.catalogue import tables
from backbone.catalogue.tables import templates

CODE_BYTES = 16
"""A code cannot be guessed: whoever has it stands before the thing that the QR code is fixed to."""


def listed(connection: Connection) -> list[Row[Any]]:
    """Return every template in use with the names it refers to, by name."""
    columns = templates.c
    named = {
        "ticket_type": (tables.ticket_types, columns.ticket_type_id),
        "customer": (tables.customers, columns.customer_id),
        "object": (tables.objects, columns.object_id),
        "work_type": (tables.work_types, columns.work_type_id),
        "criticality": (tables.criticalities, columns.criticality_id),
    }
    shown = (columns.id, columns.name, columns.published, columns.web_submission, columns.number_prefix)
    wanted = select(
        *shown,
        columns.assignee,
        columns.reopen_days,
        *(table.c.name.label(label) for label, (table, _) in named.items()),
    ).select_from(templates)
    for table, reference in named.values():
        wanted = wanted.outerjoin(table, table.c.id == reference)
    return list(connection.execute(wanted.where(columns.retired.is_(False)).order_by(columns.name)))


def with_code(connection: Connection, name: str) -> Row[Any, Any, Any] | None:
    """Return the template of that name, given a code if it had none: its name, code and published; None without one."""
    columns = templates.c
    mine = (columns.name == name, columns.retired.is_(False))
    new = secrets.token_urlsafe(CODE_BYTES)
    connection.execute(update(templates).where(*mine, columns.code.is_(None)).values(code=new))
    return connection.execute(select(columns.name, columns.code, columns.published).where(*mine)).one_or_none()
