"""Access of programs: the service users' tokens, and the switch of each service user.

A token is 256 random bits behind a prefix by which scanners for leaked secrets know it. Only its SHA-256 is stored,
which is enough for something that cannot be guessed; it is shown once, when it is made.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Table, insert, or_, select, update

from backbone import clock
from backbone.catalogue import tables
from backbone.catalogue.directory import load_service_user
from backbone.catalogue.model import ServiceUser
from backbone.catalogue.tables import service_tokens, service_users, version
from backbone.database import Database

PREFIX = "prt_"
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a token is known; a row is not written for every request."""


class Kind(StrEnum):
    """The service users: programs and the pipeline act as ``api``, unregistered people as ``anonymous``."""

    API = "api"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just made; ``token`` is known to nobody else and is not kept."""

    id: int
    token: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Grants:
    """The names of the roles and districts that a service user was given."""

    roles: list[str]
    districts: list[str]


def issue(connection: Connection, kind: Kind, days: int) -> Issued:
    """Make a token that is valid for ``days`` from now, beside those there are."""
    token = PREFIX + secrets.token_hex(32)
    now = clock.now()
    until = now + timedelta(days=days)
    row = {"service_user": kind, "digest": _digest(token), "made_at": now, "valid_until": until}
    token_id = connection.execute(insert(service_tokens).values(row).returning(service_tokens.c.id)).scalar_one()
    return Issued(token_id, token, until)


def revoke(connection: Connection, token_id: int) -> bool:
    """End a token now; False when there is none of that id. One that was revoked before keeps its time."""
    columns = service_tokens.c
    connection.execute(
        update(service_tokens)
        .where(columns.id == token_id, columns.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    return connection.scalar(select(columns.id).where(columns.id == token_id)) is not None


def tokens(connection: Connection) -> list[Row[Any]]:
    """Return what may be shown of every token, in the order in which they were made."""
    columns = service_tokens.c
    shown = (columns.id, columns.service_user, columns.made_at, columns.valid_until, columns.revoked_at)
    return list(connection.execute(select(*shown, columns.used_at).order_by(columns.id)))


def verify(database: Database, token: str) -> ServiceUser | None:
    """Return on whose behalf the bearer of ``token`` acts, or None when he is not let in.

    That is so for a token that is unknown, past its time or revoked, and for one whose service user is switched off.
    Its use is noted once in ``USED_EVERY``, in a transaction of its own.
    """
    digest, now = _digest(token), clock.now()
    with database.reading() as connection:
        row = connection.execute(select(service_tokens).where(service_tokens.c.digest == digest)).first()
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        if row.revoked_at is not None or row.valid_until <= now:
            return None
        user = load_service_user(connection, row.service_user)
    if not user.enabled:
        return None
    if row.used_at is None or row.used_at <= now - USED_EVERY:
        stale = or_(service_tokens.c.used_at.is_(None), service_tokens.c.used_at <= now - USED_EVERY)
        with database.transaction() as connection:
            connection.execute(update(service_tokens).where(service_tokens.c.id == row.id, stale).values(used_at=now))
    return user


def switch(connection: Connection, kind: Kind, *, enabled: bool) -> bool:
    """Switch a service user on or off for all processes; False when none of that kind has been set."""
    known = service_users.c.kind == kind
    changed = connection.execute(
        update(service_users).where(known, service_users.c.enabled.is_not(enabled)).values(enabled=enabled)
    ).rowcount
    if changed:
        connection.execute(update(version).values(number=version.c.number + 1))
    return bool(changed) or connection.scalar(select(service_users.c.id).where(known)) is not None


def grants(connection: Connection, kind: Kind) -> Grants | None:
    """Return the names of what a service user was given, sorted, or None when none of that kind has been set."""
    users = tables.service_users.c
    user_id = connection.scalar(select(users.id).where(users.kind == kind))
    if user_id is None:
        return None
    roles, districts = tables.service_user_roles.c, tables.service_user_districts.c
    return Grants(
        _names(connection, tables.roles, roles.role_id, roles.service_user_id == user_id),
        _names(connection, tables.districts, districts.district_id, districts.service_user_id == user_id),
    )


def _names(connection: Connection, table: Table, link: Column[Any], mine: ColumnElement[bool]) -> list[str]:
    wanted = select(table.c.name).join(link.table, link == table.c.id).where(mine)
    return list(connection.scalars(wanted.order_by(table.c.name)))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
