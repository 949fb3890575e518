"""Two-way mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "canned_replies",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint("name", name=op.f("uq_canned_replies_name")),
    )
    op.create_table(
        "chat_events",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("chat_message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_chat_events")),
    )
    op.create_table(
        "domain_events",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("correlation_id", sa.String(length=32), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_events")),
    )
    op.create_table(
        "send_breakers",
        sa.Column("mailbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column(
            "allowance", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column("tripped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("mailbox_id", "domain", name=op.f("pk_send_breakers")),
    )
    op.create_table(
        "send_counts",
        sa.Column("scope", sa.String(length=320), nullable=False),
        sa.Column("period", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("scope", "period", name=op.f("pk_send_counts")),
    )
    op.create_table(
        "sent_copies",
        sa.Column("outbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("copied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("outbound_id", name=op.f("pk_sent_copies")),
    )
    op.create_index(
        "ix_sent_copies_due",
        "sent_copies",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "suppressions",
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppressions")),
    )
    op.create_table(
        "canned_reply_ticket_types",
        sa.Column("canned_reply_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["canned_reply_id"],
            ["canned_replies.id"],
            name=op.f("fk_canned_reply_ticket_types_canned_reply_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_type_id"], ["ticket_types.id"], name=op.f("fk_canned_reply_ticket_types_ticket_type_id")
        ),
        sa.PrimaryKeyConstraint("canned_reply_id", "ticket_type_id", name=op.f("pk_canned_reply_ticket_types")),
    )
    op.create_table(
        "ticket_participants",
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_participants_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "address", name=op.f("pk_ticket_participants")),
    )
    op.add_column("chat_messages", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "mailboxes",
        sa.Column(
            "outgoing", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="{}", nullable=False
        ),
    )
    op.add_column("outbound_mails", sa.Column("domain", sa.String(length=255), server_default="", nullable=False))
    op.add_column("outbound_mails", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbound_mails", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("outbound_mails", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("outbound_mails") as batch:
        batch.alter_column("ticket_id", existing_type=_ID, nullable=True)
    op.create_index("ix_outbound_mails_domain", "outbound_mails", ["mailbox_id", "domain", "created_at"], unique=False)
    op.create_index(
        "ix_outbound_mails_recipient_created_at", "outbound_mails", ["recipient", "created_at"], unique=False
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_outbound_mails_recipient_created_at", table_name="outbound_mails")
    op.drop_index("ix_outbound_mails_domain", table_name="outbound_mails")
    # Before this change there were no mails without a ticket.
    op.execute("DELETE FROM outbound_mails WHERE ticket_id IS NULL")
    with op.batch_alter_table("outbound_mails") as batch:
        batch.alter_column("ticket_id", existing_type=_ID, nullable=False)
    op.drop_column("outbound_mails", "renewed_at")
    op.drop_column("outbound_mails", "tries")
    op.drop_column("outbound_mails", "not_before")
    op.drop_column("outbound_mails", "domain")
    op.drop_column("mailboxes", "outgoing")
    op.drop_column("chat_messages", "undone_at")
    op.drop_table("ticket_participants")
    op.drop_table("canned_reply_ticket_types")
    op.drop_table("suppressions")
    op.drop_index(
        "ix_sent_copies_due",
        table_name="sent_copies",
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("sent_copies")
    op.drop_table("send_counts")
    op.drop_table("send_breakers")
    op.drop_table("domain_events")
    op.drop_table("chat_events")
    op.drop_table("canned_replies")
