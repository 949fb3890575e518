"""Mails that wait for a person are found however many have been done with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STUCK = sa.text("state IN ('held', 'failed')")


def upgrade() -> None:
    """Bring the schema forward."""
    for table in ("inbound_mails", "outbound_mails"):
        op.create_index(f"ix_{table}_stuck", table, ["state", "id"], postgresql_where=_STUCK, sqlite_where=_STUCK)


def downgrade() -> None:
    """Take it back."""
    for table in ("inbound_mails", "outbound_mails"):
        op.drop_index(f"ix_{table}_stuck", table_name=table)
