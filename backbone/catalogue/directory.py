"""Reads the directory and the service users from their tables."""

from __future__ import annotations

from sqlalchemy import Connection, Table, select

from backbone.catalogue import tables
from backbone.catalogue.model import CannedReply, Directory, Entry, Object, Person, ServiceUser


def load_directory(connection: Connection) -> Directory:
    """Return the directory without what has been retired."""
    offered: dict[int, set[int]] = {}
    for link in connection.execute(select(tables.object_work_types)):
        offered.setdefault(link.object_id, set()).add(link.work_type_id)
    objects = connection.execute(select(tables.objects).where(tables.objects.c.retired.is_(False)))
    customers = connection.execute(select(tables.customers).where(tables.customers.c.retired.is_(False))).all()
    return Directory(
        customers={row.id: Entry(row.id, row.name) for row in customers},
        districts={row.id: row.name for row in connection.execute(select(tables.districts))},
        objects={
            row.id: Object(
                row.id,
                row.name,
                tuple(row.aliases),
                row.address,
                row.customer_id,
                row.district_id,
                frozenset(offered.get(row.id, ())),
            )
            for row in objects
        },
        work_types=_entries(connection, tables.work_types),
        ticket_types=_entries(connection, tables.ticket_types),
        criticalities=_entries(connection, tables.criticalities),
        people={
            row.address: Person(row.address, row.name, row.phone, row.language, row.customer_id)
            for row in connection.execute(select(tables.people))
        },
        domains={domain: row.id for row in customers for domain in row.domains},
        canned_replies=_canned_replies(connection),
        custom_fields={row.name: row.label for row in connection.execute(select(tables.custom_fields))},
    )


def load_service_user(connection: Connection, kind: str) -> ServiceUser:
    """Return the service user of this ``kind``: the api user may do everything until one is set, the other nothing."""
    users, roles = tables.service_users, tables.roles
    user = connection.execute(select(users).where(users.c.kind == kind)).first()
    if user is None:
        return ServiceUser() if kind == "api" else ServiceUser(enabled=False, permissions=frozenset())
    granted = connection.scalars(
        select(roles.c.permissions)
        .join(tables.service_user_roles, tables.service_user_roles.c.role_id == roles.c.id)
        .where(tables.service_user_roles.c.service_user_id == user.id)
    )
    links = tables.service_user_districts
    districts = connection.scalars(select(links.c.district_id).where(links.c.service_user_id == user.id))
    return ServiceUser(
        user.enabled,
        frozenset(permission for permissions in granted for permission in permissions),
        None if user.all_districts else frozenset(districts),
    )


def _canned_replies(connection: Connection) -> dict[str, CannedReply]:
    types: dict[int, set[int]] = {}
    for link in connection.execute(select(tables.canned_reply_ticket_types)):
        types.setdefault(link.canned_reply_id, set()).add(link.ticket_type_id)
    rows = connection.execute(select(tables.canned_replies))
    return {row.name: CannedReply(row.id, row.name, row.text, frozenset(types.get(row.id, ()))) for row in rows}


def _entries(connection: Connection, table: Table) -> dict[int, Entry]:
    rows = connection.execute(select(table).where(table.c.retired.is_(False)))
    return {row.id: Entry(row.id, row.name, tuple(row.aliases)) for row in rows}
