"""Mails that a person lets through an open breaker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("outbound_mails", sa.Column("allowed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_column("send_breakers", "allowance")


def downgrade() -> None:
    """Take it back."""
    op.add_column(
        "send_breakers",
        sa.Column(
            "allowance", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
    )
    op.drop_column("outbound_mails", "allowed")
