"""Twins of chat messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TWIN = (
    "SELECT min(other.id) FROM chat_messages AS other WHERE other.ticket_id = chat_messages.ticket_id"
    " AND other.chat <> chat_messages.chat AND other.author_kind = 'staff' AND other.author = chat_messages.author"
    " AND other.created_at = chat_messages.created_at AND other.text = chat_messages.text"
)
"""What made two messages one until now: the same words of the same person at the same microsecond."""


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column(
        "chat_messages", sa.Column("twin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
    )
    op.execute(
        f"UPDATE chat_messages SET twin_id = ({_TWIN})"  # noqa: S608 - of constants
        f" WHERE author_kind = 'staff' AND ({_TWIN}) IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("chat_messages", "twin_id")
