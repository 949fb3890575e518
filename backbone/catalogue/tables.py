"""The tables of the catalogue. Names are unique without regard to the surrounding blanks, which are cut on entry."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Integer, String, Table, Text, UniqueConstraint, text

from backbone.database import Id, metadata


def _id() -> Column[int]:
    return Column("id", Id, Identity(), primary_key=True)


def _flag(name: str, *, default: bool) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


version = Table("catalogue_version", metadata, Column("id", Integer, primary_key=True), Column("number", Id))

customers = Table("customers", metadata, _id(), Column("name", String(255), nullable=False, unique=True))
work_types = Table("work_types", metadata, _id(), Column("name", String(255), nullable=False, unique=True))
ticket_types = Table("ticket_types", metadata, _id(), Column("name", String(255), nullable=False, unique=True))
criticalities = Table("criticalities", metadata, _id(), Column("name", String(255), nullable=False, unique=True))

objects = Table(
    "objects",
    metadata,
    _id(),
    Column("name", String(255), nullable=False, unique=True),
    Column("address", Text, nullable=False, server_default=""),
    Column("customer_id", Id, ForeignKey("customers.id")),
)

object_work_types = Table(
    "object_work_types",
    metadata,
    Column("object_id", Id, ForeignKey("objects.id", ondelete="CASCADE"), primary_key=True),
    Column("work_type_id", Id, ForeignKey("work_types.id"), primary_key=True),
)

templates = Table(
    "ticket_templates",
    metadata,
    _id(),
    Column("name", String(255), nullable=False, unique=True),
    _flag("published", default=True),
    Column("ticket_type_id", Id, ForeignKey("ticket_types.id")),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("object_id", Id, ForeignKey("objects.id")),
    Column("work_type_id", Id, ForeignKey("work_types.id")),
    Column("criticality_id", Id, ForeignKey("criticalities.id")),
    Column("description", Text, nullable=False, server_default=""),
    Column("number_prefix", String(10), nullable=False, server_default=""),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    _id(),
    Column("address", String(320), nullable=False, unique=True),
    _flag("enabled", default=True),
    Column("name", String(255), nullable=False, server_default=""),
    Column("language", String(2), nullable=False, server_default="ru"),
    Column("time_zone", String(64), nullable=False, server_default="UTC"),
    Column("poll_seconds", Integer, nullable=False, server_default="60"),
    Column("authserv_ids", Text, nullable=False, server_default=""),
    _flag("arc", default=False),
    Column("imap_host", String(255), nullable=False),
    Column("imap_port", Integer, nullable=False),
    Column("imap_security", String(10), nullable=False),
    Column("imap_verify", Boolean, nullable=False, server_default=text("true")),
    Column("imap_ca_file", Text, nullable=False, server_default=""),
    Column("imap_login", String(320), nullable=False),
    Column("imap_password", Text, nullable=False),
    Column("imap_folder", String(255), nullable=False, server_default="INBOX"),
    Column("smtp_host", String(255)),
    Column("smtp_port", Integer),
    Column("smtp_security", String(10)),
    Column("smtp_verify", Boolean, nullable=False, server_default=text("true")),
    Column("smtp_ca_file", Text, nullable=False, server_default=""),
    Column("smtp_login", String(320), nullable=False, server_default=""),
    Column("smtp_password", Text, nullable=False, server_default=""),
)

sender_rules = Table(
    "sender_rules",
    metadata,
    _id(),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id", ondelete="CASCADE"), nullable=False),
    Column("pattern", String(320), nullable=False),
    Column("template_id", Id, ForeignKey("ticket_templates.id"), nullable=False),
    _flag("enabled", default=True),
    _flag("receive", default=True),
    _flag("reply_by_chat", default=True),
    _flag("forwarded_counts", default=False),
    UniqueConstraint("mailbox_id", "pattern"),
)
