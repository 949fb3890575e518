"""The newest catalogue, loaded once and kept until an administrator changes something.

Looking whether that happened costs one small query per batch of mails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from backbone.addresses import normalise
from backbone.catalogue import tables
from backbone.catalogue.directory import load_directory, load_service_user
from backbone.catalogue.model import Catalogue, Mailbox, Mismatch, Rule, Server, Template
from backbone.catalogue.outgoing import Outgoing


class CatalogueCache:
    """Keeps the newest catalogue; shared by the threads of a process."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._held: Catalogue | None = None

    def current(self, connection: Connection) -> Catalogue:
        """Return the catalogue as of now, from memory when its version has not moved."""
        newest = newest_version(connection)
        with self._lock:
            while self._held is None or self._held.version != newest:
                loaded = load(connection, newest)
                # Somebody may have applied changes between the queries, of which we then have a part.
                newest = newest_version(connection)
                if loaded.version == newest:
                    self._held = loaded
            return self._held


def newest_version(connection: Connection) -> int:
    """Return the number that every change of the catalogue raises."""
    return connection.scalar(select(tables.version.c.number)) or 0


def load(connection: Connection, number: int) -> Catalogue:
    """Read the whole catalogue, a query for each of its tables. Retired entries stay outside, but for their names."""
    rules: dict[int, list[Rule]] = {}
    for row in connection.execute(select(tables.sender_rules).order_by(tables.sender_rules.c.id)):
        rules.setdefault(row.mailbox_id, []).append(_rule(row))
    boxes = {row.id: _mailbox(row, rules.get(row.id, ())) for row in connection.execute(select(tables.mailboxes))}
    forms = {row.id: _template(row) for row in connection.execute(select(tables.templates))}
    own = (address for box in boxes.values() for address in (normalise(box.address), *box.aliases))
    return Catalogue(
        number,
        boxes,
        forms,
        frozenset(own),
        load_directory(connection),
        frozenset(connection.scalars(select(tables.blocked_senders.c.pattern))),
        load_service_user(connection, "api"),
    )


def _rule(row: Row[Any]) -> Rule:
    return Rule(
        id=row.id,
        pattern=row.pattern,
        template_id=row.template_id,
        enabled=row.enabled,
        receive=row.receive,
        reply_by_chat=row.reply_by_chat,
        forwarded_counts=row.forwarded_counts,
        recipient=row.recipient,
        name=row.name,
        position=row.position,
        trust=row.trust,
        subject_regex=row.subject_regex,
        message_regex=row.message_regex,
        regex_source=row.regex_source,
        mismatch=Mismatch(row.mismatch),
        join_same_number=row.join_same_number,
    )


def _template(row: Row[Any]) -> Template:
    return Template(
        id=row.id,
        name=row.name,
        ticket_type_id=row.ticket_type_id,
        customer_id=row.customer_id,
        object_id=row.object_id,
        work_type_id=row.work_type_id,
        criticality_id=row.criticality_id,
        description=row.description,
        assignee=row.assignee,
        number_prefix=row.number_prefix,
        reopen_days=row.reopen_days,
    )


def _mailbox(row: Row[Any], rules: Iterable[Rule]) -> Mailbox:
    return Mailbox(
        id=row.id,
        address=row.address,
        enabled=row.enabled and not row.retired,
        name=row.name,
        language=row.language,
        time_zone=row.time_zone,
        poll_seconds=row.poll_seconds,
        folder=row.imap_folder,
        imap=_server(row, "imap"),
        smtp=_server(row, "smtp") if row.smtp_host else None,
        rules=tuple(rules),
        authserv_ids=frozenset(row.authserv_ids.split()),
        arc=row.arc,
        aliases=frozenset(row.aliases),
        blocked=frozenset(row.blocked),
        outgoing=Outgoing.model_validate(row.outgoing),
    )


def _server(row: Row[Any], side: str) -> Server:
    names = ("host", "port", "security", "verify", "ca_file", "login", "password")
    return Server(*(getattr(row, f"{side}_{name}") for name in names))
