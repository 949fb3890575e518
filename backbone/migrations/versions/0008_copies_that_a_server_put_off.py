"""Copies that a server put off are sent later, apart from the mail itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("outbound_mails", sa.Column("put_off", _JSON, nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("outbound_mails", "put_off")
