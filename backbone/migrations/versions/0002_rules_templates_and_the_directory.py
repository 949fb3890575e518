"""Rules, templates and the directory."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "blocked_senders",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("pattern", sa.String(length=320), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocked_senders")),
        sa.UniqueConstraint("pattern", name=op.f("uq_blocked_senders_pattern")),
    )
    op.create_table(
        "custom_fields",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("name", name=op.f("uq_custom_fields_name")),
    )
    op.create_table(
        "districts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("name", name=op.f("uq_districts_name")),
    )
    op.create_table(
        "roles",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column(
            "permissions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "rule_troubles",
        sa.Column("rule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("failures", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("mail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_rule_troubles")),
    )
    op.create_table(
        "service_tokens",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("service_user", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_service_tokens_digest")),
    )
    op.create_table(
        "service_users",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("all_districts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_users")),
        sa.UniqueConstraint("kind", name=op.f("uq_service_users_kind")),
    )
    op.create_table(
        "registered_people",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_registered_people_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered_people")),
        sa.UniqueConstraint("address", name=op.f("uq_registered_people_address")),
    )
    op.create_table(
        "service_user_districts",
        sa.Column("service_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_service_user_districts_district_id")),
        sa.ForeignKeyConstraint(
            ["service_user_id"],
            ["service_users.id"],
            name=op.f("fk_service_user_districts_service_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_user_id", "district_id", name=op.f("pk_service_user_districts")),
    )
    op.create_table(
        "service_user_roles",
        sa.Column("service_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_service_user_roles_role_id")),
        sa.ForeignKeyConstraint(
            ["service_user_id"],
            ["service_users.id"],
            name=op.f("fk_service_user_roles_service_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("service_user_id", "role_id", name=op.f("pk_service_user_roles")),
    )
    op.create_table(
        "external_numbers",
        sa.Column("mailbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("number", sa.String(length=255), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound_mails.id"], name=op.f("fk_external_numbers_inbound_id")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("fk_external_numbers_mailbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_external_numbers_ticket_id")),
        sa.PrimaryKeyConstraint("mailbox_id", "sender", "number", name=op.f("pk_external_numbers")),
    )
    op.add_column("contacts", sa.Column("phone", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "criticalities",
        sa.Column(
            "aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("criticalities", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "customers",
        sa.Column(
            "domains", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("customers", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "inbound_mails", sa.Column("selection", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
    )
    op.add_column(
        "inbound_mails",
        sa.Column("held_at_version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.create_index(
        "ix_inbound_mails_held_at_version",
        "inbound_mails",
        ["held_at_version"],
        unique=False,
        postgresql_where=sa.text("held_at_version IS NOT NULL"),
        sqlite_where=sa.text("held_at_version IS NOT NULL"),
    )
    op.add_column("inbound_mails", sa.Column("silent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "ix_inbound_mails_held",
        "inbound_mails",
        ["mailbox_id", "updated_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
        sqlite_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_inbound_mails_rule_id_id", "inbound_mails", ["rule_id", "id"], unique=False)
    op.add_column(
        "mailboxes",
        sa.Column(
            "aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column(
        "mailboxes",
        sa.Column(
            "blocked", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("mailboxes", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "objects",
        sa.Column(
            "aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column(
        "objects", sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.add_column("objects", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    with op.batch_alter_table("sender_rules", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(batch.f("uq_sender_rules_mailbox_id_pattern"), type_="unique")
        batch.add_column(sa.Column("recipient", sa.String(length=320), server_default="", nullable=False))
        batch.add_column(sa.Column("name", sa.String(length=255), server_default="", nullable=False))
        batch.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("trust", sa.String(length=10), server_default="any", nullable=False))
        batch.add_column(sa.Column("subject_regex", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("message_regex", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("regex_source", sa.String(length=10), server_default="html", nullable=False))
        batch.add_column(sa.Column("mismatch", sa.String(length=10), server_default="error", nullable=False))
        batch.add_column(sa.Column("join_same_number", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch.add_column(
            sa.Column(
                "samples", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
            )
        )
        batch.create_unique_constraint(
            batch.f("uq_sender_rules_mailbox_id_pattern_recipient_name"), ["mailbox_id", "pattern", "recipient", "name"]
        )
    op.add_column(
        "ticket_templates", sa.Column("web_submission", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("ticket_templates", sa.Column("assignee", sa.String(length=255), server_default="", nullable=False))
    op.add_column("ticket_templates", sa.Column("invitation", sa.Text(), server_default="", nullable=False))
    op.add_column("ticket_templates", sa.Column("reopen_days", sa.Integer(), server_default="14", nullable=False))
    op.add_column("ticket_templates", sa.Column("code", sa.String(length=32), nullable=True))
    op.add_column(
        "ticket_templates", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_index(op.f("ix_ticket_templates_code"), "ticket_templates", ["code"], unique=True)
    op.add_column(
        "ticket_types",
        sa.Column(
            "aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("ticket_types", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("tickets", sa.Column("external_number", sa.Text(), nullable=True))
    op.add_column("tickets", sa.Column("deadline", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("contact_name", sa.Text(), server_default="", nullable=False))
    op.add_column("tickets", sa.Column("contact_phone", sa.Text(), server_default="", nullable=False))
    op.add_column("tickets", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("tickets", sa.Column("assignee", sa.String(length=255), server_default="", nullable=False))
    op.add_column(
        "tickets",
        sa.Column(
            "custom", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="{}", nullable=False
        ),
    )
    op.add_column(
        "tickets",
        sa.Column(
            "unresolved", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("tickets", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "tickets", sa.Column("linked_ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.add_column(
        "tickets", sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.create_index(op.f("ix_tickets_rule_id_id"), "tickets", ["rule_id", "id"], unique=False)
    op.add_column(
        "work_types",
        sa.Column(
            "aliases", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default="[]", nullable=False
        ),
    )
    op.add_column("work_types", sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("work_types", "retired")
    op.drop_column("work_types", "aliases")
    op.drop_index(op.f("ix_tickets_rule_id_id"), table_name="tickets")
    op.drop_column("tickets", "merged_into_id")
    op.drop_column("tickets", "linked_ticket_id")
    op.drop_column("tickets", "closed_at")
    op.drop_column("tickets", "unresolved")
    op.drop_column("tickets", "custom")
    op.drop_column("tickets", "assignee")
    op.drop_column("tickets", "address")
    op.drop_column("tickets", "contact_phone")
    op.drop_column("tickets", "contact_name")
    op.drop_column("tickets", "deadline")
    op.drop_column("tickets", "external_number")
    op.drop_column("ticket_types", "retired")
    op.drop_column("ticket_types", "aliases")
    op.drop_index(op.f("ix_ticket_templates_code"), table_name="ticket_templates")
    op.drop_column("ticket_templates", "retired")
    op.drop_column("ticket_templates", "code")
    op.drop_column("ticket_templates", "reopen_days")
    op.drop_column("ticket_templates", "invitation")
    op.drop_column("ticket_templates", "assignee")
    op.drop_column("ticket_templates", "web_submission")
    with op.batch_alter_table("sender_rules") as batch:
        batch.drop_constraint(batch.f("uq_sender_rules_mailbox_id_pattern_recipient_name"), type_="unique")
        batch.create_unique_constraint(batch.f("uq_sender_rules_mailbox_id_pattern"), ["mailbox_id", "pattern"])
        batch.drop_column("samples")
        batch.drop_column("join_same_number")
        batch.drop_column("mismatch")
        batch.drop_column("regex_source")
        batch.drop_column("message_regex")
        batch.drop_column("subject_regex")
        batch.drop_column("trust")
        batch.drop_column("position")
        batch.drop_column("name")
        batch.drop_column("recipient")
    op.drop_column("objects", "retired")
    op.drop_column("objects", "district_id")
    op.drop_column("objects", "aliases")
    op.drop_column("mailboxes", "retired")
    op.drop_column("mailboxes", "blocked")
    op.drop_column("mailboxes", "aliases")
    op.drop_index("ix_inbound_mails_rule_id_id", table_name="inbound_mails")
    op.drop_index(
        "ix_inbound_mails_held",
        table_name="inbound_mails",
        postgresql_where=sa.text("state = 'held'"),
        sqlite_where=sa.text("state = 'held'"),
    )
    op.drop_column("inbound_mails", "silent")
    op.drop_index(
        "ix_inbound_mails_held_at_version",
        table_name="inbound_mails",
        postgresql_where=sa.text("held_at_version IS NOT NULL"),
        sqlite_where=sa.text("held_at_version IS NOT NULL"),
    )
    op.drop_column("inbound_mails", "held_at_version")
    op.drop_column("inbound_mails", "selection")
    op.drop_column("customers", "retired")
    op.drop_column("customers", "domains")
    op.drop_column("criticalities", "retired")
    op.drop_column("criticalities", "aliases")
    op.drop_column("contacts", "phone")
    op.drop_table("external_numbers")
    op.drop_table("service_user_roles")
    op.drop_table("service_user_districts")
    op.drop_table("registered_people")
    op.drop_table("service_users")
    op.drop_table("service_tokens")
    op.drop_table("rule_troubles")
    op.drop_table("roles")
    op.drop_table("districts")
    op.drop_table("custom_fields")
    op.drop_table("blocked_senders")
