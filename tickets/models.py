"""The tables of the tickets stage."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Index, Integer, String, Table, Text, text

from backbone.database import Id, Json, UtcDateTime, metadata

NOTE = text("author_kind = 'system'")
"""The condition that a message is a note of the system's, as it stands in its index."""

LONGEST_SENDER = 320
LONGEST_NUMBER = 255

counters = Table(
    "ticket_counters",
    metadata,
    Column("series", String(64), primary_key=True),
    Column("next", Id, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("address", String(1000), nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("created_at", UtcDateTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("number", String(80), nullable=False, unique=True),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id"), nullable=False),
    Column("inbound_id", Id, ForeignKey("inbound_mails.id"), nullable=False, unique=True),
    Column("rule_id", Id),
    Column("template_id", Id, ForeignKey("ticket_templates.id"), nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id")),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("ticket_type_id", Id, ForeignKey("ticket_types.id")),
    Column("object_id", Id, ForeignKey("objects.id")),
    Column("work_type_id", Id, ForeignKey("work_types.id")),
    Column("criticality_id", Id, ForeignKey("criticalities.id")),
    Column("subject", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("external_number", Text),
    Column("deadline", UtcDateTime),
    Column("contact_name", Text, nullable=False, server_default=""),
    Column("contact_phone", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("assignee", String(255), nullable=False, server_default=""),
    Column("custom", Json, nullable=False, server_default="{}"),
    Column("unresolved", Json, nullable=False, server_default="[]"),
    Column("closed_at", UtcDateTime),
    Column("linked_ticket_id", Id),  # no foreign keys: SQLite adds none to a table that others refer to
    Column("merged_into_id", Id),
    Column("stage", String(20), nullable=False, server_default="new"),
    Column("status", String(20), nullable=False, server_default="new"),
    Column("reply_address", Text),
    Column("reply_name", Text, nullable=False, server_default=""),
    Column("reply_by_chat", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
    Index(None, "rule_id", "id"),
)

external_numbers = Table(
    "external_numbers",
    metadata,
    Column("mailbox_id", Id, ForeignKey("mailboxes.id"), primary_key=True),
    Column("sender", String(LONGEST_SENDER), primary_key=True),
    Column("number", String(LONGEST_NUMBER), primary_key=True),
    Column("inbound_id", Id, ForeignKey("inbound_mails.id"), nullable=False),
    Column("ticket_id", Id, ForeignKey("tickets.id")),
)

messages = Table(
    "chat_messages",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("chat", String(10), nullable=False),
    Column("author_kind", String(10), nullable=False),
    Column("author", Text, nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id")),
    Column("inbound_id", Id, ForeignKey("inbound_mails.id"), unique=True),
    Column("text", Text, nullable=False),
    Column("automatic", Boolean, nullable=False, server_default=text("false")),
    Column("guest", Boolean, nullable=False, server_default=text("false")),
    Column("twin_id", Id),  # the same message in the other chat; no foreign key, see tickets.linked_ticket_id
    Column("undone_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "ticket_id", "id"),
    Index("ix_chat_messages_notes", "ticket_id", postgresql_where=NOTE, sqlite_where=NOTE),
)

participants = Table(
    "ticket_participants",
    metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("confirmed", Boolean, nullable=False, server_default=text("true")),
    Column("added_at", UtcDateTime, nullable=False),
)

chat_events = Table(
    "chat_events",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("chat_message_id", Id),
    Column("received_at", UtcDateTime, nullable=False),
)

attachments = Table(
    "chat_attachments",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("chat_message_id", Id, ForeignKey("chat_messages.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("filename", Text, nullable=False),
    Column("content_type", String(255), nullable=False),
    Column("size", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_id", Text),
    Column("inline", Boolean, nullable=False),
)
