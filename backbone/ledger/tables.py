"""The tables of the ledger: mails in, mails out, and what sending and the outside world have to know of them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Index, Integer, String, Table, Text, text

from backbone.database import Id, Json, UtcDateTime, metadata

STUCK = text("state IN ('held', 'failed')")
"""The condition that a mail waits for a person; without parameters, so that it is seen to be that of its index."""

UNSENT = text("state IN ('queued', 'deferred', 'held')")
"""The condition that a mail waits to be sent, or for a person to let it go; as it stands in its index."""

inbound = Table(
    "inbound_mails",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id"), nullable=False),
    Column("folder", String(255), nullable=False),
    Column("uid_validity", Id, nullable=False),
    Column("uid", Id, nullable=False),
    Column("dedup_key", String(64), nullable=False),
    Column("message_id", Text),
    Column("raw_key", String(64), nullable=False),
    Column("size", Id, nullable=False),
    Column("oversize", Boolean, nullable=False, server_default=text("false")),
    Column("silent", Boolean, nullable=False, server_default=text("false")),
    Column("state", String(20), nullable=False),
    Column("reason", String(40)),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("correlation_id", String(32), nullable=False),
    Column("parsed_key", String(64)),
    Column("rule_id", Id),
    Column("selection", Json),
    Column("decision", Json),
    Column("as_new", Json),
    Column("held_at_version", Id),
    Column("ticket_id", Id),
    Column("chat_message_id", Id),
    Column("duplicate_of", Id),
    Column("sender", Text),
    Column("subject", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_inbound_mails_seen", "mailbox_id", "folder", "uid_validity", "uid", unique=True),
    Index(
        "uq_inbound_mails_same",
        "mailbox_id",
        "dedup_key",
        unique=True,
        postgresql_where=text("state <> 'duplicate'"),
        sqlite_where=text("state <> 'duplicate'"),
    ),
    Index(
        "ix_inbound_mails_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "ix_inbound_mails_held_at_version",
        "held_at_version",
        postgresql_where=text("held_at_version IS NOT NULL"),
        sqlite_where=text("held_at_version IS NOT NULL"),
    ),
    Index(
        "ix_inbound_mails_held",
        "mailbox_id",
        "updated_at",
        postgresql_where=text("state = 'held'"),
        sqlite_where=text("state = 'held'"),
    ),
    Index("ix_inbound_mails_stuck", "state", "id", postgresql_where=STUCK, sqlite_where=STUCK),
    Index("ix_inbound_mails_rule_id_id", "rule_id", "id"),
    Index("ix_inbound_mails_message_id", "message_id", postgresql_using="hash"),
    Index("ix_inbound_mails_ticket_id_created_at", "ticket_id", "created_at"),
)

outbound = Table(
    "outbound_mails",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("mailbox_id", Id, ForeignKey("mailboxes.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("ticket_id", Id),
    Column("chat_message_id", Id),
    Column("recipient", Text, nullable=False),
    Column("domain", String(255), nullable=False, server_default=""),
    Column("message_id", Text, nullable=False),
    Column("letter", Json, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", String(40)),
    Column("answer", Text),
    Column("due_at", UtcDateTime),
    Column("not_before", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("resends", Integer, nullable=False, server_default=text("0")),
    Column("allowed", Boolean, nullable=False, server_default=text("false")),
    Column("put_off", Json),
    Column("error", Text),
    Column("correlation_id", String(32), nullable=False),
    Column("sent_at", UtcDateTime),
    Column("renewed_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("uq_outbound_mails_message_id", "message_id", unique=True),
    Index(
        "ix_outbound_mails_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_outbound_mails_stuck", "state", "id", postgresql_where=STUCK, sqlite_where=STUCK),
    Index("ix_outbound_mails_ticket_id", "ticket_id"),
    Index("ix_outbound_mails_recipient_created_at", "recipient", "created_at"),
    Index("ix_outbound_mails_unsent", "recipient", postgresql_where=UNSENT, sqlite_where=UNSENT),
    Index("ix_outbound_mails_domain", "mailbox_id", "domain", "created_at"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address", String(1000), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

send_counts = Table(
    "send_counts",
    metadata,
    Column("scope", String(320), primary_key=True),
    Column("period", Id, primary_key=True),
    Column("count", Id, nullable=False),
)

send_breakers = Table(
    "send_breakers",
    metadata,
    Column("mailbox_id", Id, primary_key=True),
    Column("domain", String(255), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("tripped_at", UtcDateTime, nullable=False),
    Column("resumed_at", UtcDateTime),
)

sent_copies = Table(
    "sent_copies",
    metadata,
    Column("outbound_id", Id, primary_key=True),
    Column("due_at", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    Column("copied_at", UtcDateTime),
    Index(
        "ix_sent_copies_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
)

domain_events = Table(
    "domain_events",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("data", Json, nullable=False),
    Column("correlation_id", String(32), nullable=False, server_default=""),
    Column("occurred_at", UtcDateTime, nullable=False),
)

rule_troubles = Table(
    "rule_troubles",
    metadata,
    Column("rule_id", Id, primary_key=True),
    Column("mailbox_id", Id, nullable=False),
    Column("failures", Id, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("mail_id", Id, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
)
