"""The newest catalogue, loaded once and kept until an administrator changes something.

Looking whether that happened costs one small query per batch of mails.
"""

from __future__ import annotations

import threading

from sqlalchemy import Connection, select

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Mailbox, Rule, Server, Template
from backbone.catalogue.tables import mailboxes, sender_rules, templates, version


class CatalogueCache:
    """Keeps the newest catalogue; shared by the threads of a process."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._held: Catalogue | None = None

    def current(self, connection: Connection) -> Catalogue:
        """Return the catalogue as of now, from memory when its version has not moved."""
        newest = _version(connection)
        with self._lock:
            while self._held is None or self._held.version != newest:
                loaded = load(connection, newest)
                # Somebody may have applied changes between the queries, of which we then have a part.
                newest = _version(connection)
                if loaded.version == newest:
                    self._held = loaded
            return self._held


def _version(connection: Connection) -> int:
    return connection.scalar(select(version.c.number)) or 0


def load(connection: Connection, number: int) -> Catalogue:
    """Read the whole catalogue in three queries."""
    rules: dict[int, list[Rule]] = {}
    for row in connection.execute(select(sender_rules).order_by(sender_rules.c.id)):
        rules.setdefault(row.mailbox_id, []).append(
            Rule(
                row.id,
                row.pattern,
                row.template_id,
                row.enabled,
                row.receive,
                row.reply_by_chat,
                row.forwarded_counts,
            )
        )
    boxes = {
        row.id: Mailbox(
            id=row.id,
            address=row.address,
            enabled=row.enabled,
            name=row.name,
            language=row.language,
            time_zone=row.time_zone,
            poll_seconds=row.poll_seconds,
            folder=row.imap_folder,
            imap=Server(
                row.imap_host,
                row.imap_port,
                row.imap_security,
                row.imap_verify,
                row.imap_ca_file,
                row.imap_login,
                row.imap_password,
            ),
            smtp=Server(
                row.smtp_host,
                row.smtp_port,
                row.smtp_security,
                row.smtp_verify,
                row.smtp_ca_file,
                row.smtp_login,
                row.smtp_password,
            )
            if row.smtp_host
            else None,
            rules=tuple(rules.get(row.id, ())),
            authserv_ids=frozenset(row.authserv_ids.split()),
            arc=row.arc,
        )
        for row in connection.execute(select(mailboxes))
    }
    forms = {
        row.id: Template(
            row.id,
            row.name,
            row.ticket_type_id,
            row.customer_id,
            row.object_id,
            row.work_type_id,
            row.criticality_id,
            row.description,
            row.number_prefix,
        )
        for row in connection.execute(select(templates))
    }
    own = frozenset(normalise(box.address) for box in boxes.values())
    return Catalogue(number, boxes, forms, own)
