"""The tables of the ingest stage."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, String, Table, Text

from backbone.database import Id, UtcDateTime, metadata

mailbox_states = Table(
    "mailbox_states",
    metadata,
    Column("mailbox_id", Id, ForeignKey("mailboxes.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("lease_until", UtcDateTime),
    Column("lease_token", String(32)),
    Column("last_started", UtcDateTime),
    Column("last_completed", UtcDateTime),
    Column("last_error", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
)

mailbox_errors = Table(
    "mailbox_errors",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id", ondelete="CASCADE"), nullable=False),
    Column("happened_at", UtcDateTime, nullable=False),
    Column("fault", String(20), nullable=False),
    Column("sentence", Text, nullable=False),
    Index(None, "mailbox_id", "happened_at"),
)
