"""The tables of the catalogue. Names are unique without regard to the surrounding blanks, which are cut on entry.

Entries that history refers to are never deleted: they are ``retired``, which no stage and no export sees.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backbone.database import Id, Json, UtcDateTime, metadata


def _id() -> Column[int]:
    return Column("id", Id, Identity(), primary_key=True)


def _name() -> Column[str]:
    return Column("name", String(255), nullable=False, unique=True)


def _flag(name: str, *, default: bool) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def _retired() -> Column[bool]:
    return _flag("retired", default=False)


def _list(name: str) -> Column[Any]:
    return Column(name, Json, nullable=False, server_default="[]")


version = Table("catalogue_version", metadata, Column("id", Integer, primary_key=True), Column("number", Id))

customers = Table("customers", metadata, _id(), _name(), _list("domains"), _retired())

people = Table(
    "registered_people",
    metadata,
    _id(),
    Column("address", String(320), nullable=False, unique=True),
    Column("name", String(255), nullable=False, server_default=""),
    Column("phone", String(64), nullable=False, server_default=""),
    Column("language", String(2)),
    Column("customer_id", Id, ForeignKey("customers.id")),
)

districts = Table("districts", metadata, _id(), _name())
roles = Table("roles", metadata, _id(), _name(), _list("permissions"))

service_users = Table(
    "service_users",
    metadata,
    _id(),
    Column("kind", String(10), nullable=False, unique=True),
    _flag("enabled", default=True),
    _flag("all_districts", default=False),
)

service_user_roles = Table(
    "service_user_roles",
    metadata,
    Column("service_user_id", Id, ForeignKey("service_users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Id, ForeignKey("roles.id"), primary_key=True),
)

service_user_districts = Table(
    "service_user_districts",
    metadata,
    Column("service_user_id", Id, ForeignKey("service_users.id", ondelete="CASCADE"), primary_key=True),
    Column("district_id", Id, ForeignKey("districts.id"), primary_key=True),
)

service_tokens = Table(
    "service_tokens",
    metadata,
    _id(),
    Column("service_user", String(10), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("used_at", UtcDateTime),
)

work_types = Table("work_types", metadata, _id(), _name(), _list("aliases"), _retired())
ticket_types = Table("ticket_types", metadata, _id(), _name(), _list("aliases"), _retired())
criticalities = Table("criticalities", metadata, _id(), _name(), _list("aliases"), _retired())

canned_replies = Table("canned_replies", metadata, _id(), _name(), Column("text", Text, nullable=False))

canned_reply_ticket_types = Table(
    "canned_reply_ticket_types",
    metadata,
    Column("canned_reply_id", Id, ForeignKey("canned_replies.id", ondelete="CASCADE"), primary_key=True),
    Column("ticket_type_id", Id, ForeignKey("ticket_types.id"), primary_key=True),
)

custom_fields = Table(
    "custom_fields", metadata, _id(), _name(), Column("label", String(255), nullable=False, server_default="")
)

objects = Table(
    "objects",
    metadata,
    _id(),
    _name(),
    _list("aliases"),
    Column("address", Text, nullable=False, server_default=""),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("district_id", Id),  # no foreign key: SQLite adds none to a table that others refer to
    _retired(),
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
    _name(),
    _flag("published", default=True),
    _flag("web_submission", default=False),
    Column("ticket_type_id", Id, ForeignKey("ticket_types.id")),
    Column("customer_id", Id, ForeignKey("customers.id")),
    Column("object_id", Id, ForeignKey("objects.id")),
    Column("work_type_id", Id, ForeignKey("work_types.id")),
    Column("criticality_id", Id, ForeignKey("criticalities.id")),
    Column("description", Text, nullable=False, server_default=""),
    Column("assignee", String(255), nullable=False, server_default=""),
    Column("invitation", Text, nullable=False, server_default=""),
    Column("number_prefix", String(10), nullable=False, server_default=""),
    Column("reopen_days", Integer, nullable=False, server_default="14"),
    Column("code", String(32)),
    _retired(),
    Index(None, "code", unique=True),
)

blocked_senders = Table("blocked_senders", metadata, _id(), Column("pattern", String(320), nullable=False, unique=True))

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
    _list("aliases"),
    _list("blocked"),
    Column("outgoing", Json, nullable=False, server_default="{}"),
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
    _retired(),
)

sender_rules = Table(
    "sender_rules",
    metadata,
    _id(),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id", ondelete="CASCADE"), nullable=False),
    Column("pattern", String(320), nullable=False),
    Column("recipient", String(320), nullable=False, server_default=""),
    Column("name", String(255), nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("template_id", Id, ForeignKey("ticket_templates.id"), nullable=False),
    _flag("enabled", default=True),
    _flag("receive", default=True),
    _flag("reply_by_chat", default=True),
    _flag("forwarded_counts", default=False),
    Column("trust", String(10), nullable=False, server_default="any"),
    Column("subject_regex", Text, nullable=False, server_default=""),
    Column("message_regex", Text, nullable=False, server_default=""),
    Column("regex_source", String(10), nullable=False, server_default="html"),
    Column("mismatch", String(10), nullable=False, server_default="error"),
    _flag("join_same_number", default=False),
    _list("samples"),
    UniqueConstraint("mailbox_id", "pattern", "recipient", "name"),
    sqlite_autoincrement=True,  # mails name the rule that let them in, so a removed one's id is never given again
)
