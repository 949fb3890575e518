"""What waits for an address, the notes of a ticket and its latest mails are found however much there was before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UNSENT = sa.text("state IN ('queued', 'deferred', 'held')")
_NOTE = sa.text("author_kind = 'system'")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index("ix_inbound_mails_ticket_id_created_at", "inbound_mails", ["ticket_id", "created_at"])
    op.drop_index("ix_inbound_mails_ticket_id", table_name="inbound_mails")
    op.create_index(
        "ix_outbound_mails_unsent", "outbound_mails", ["recipient"], postgresql_where=_UNSENT, sqlite_where=_UNSENT
    )
    op.create_index(
        "ix_chat_messages_notes", "chat_messages", ["ticket_id"], postgresql_where=_NOTE, sqlite_where=_NOTE
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_chat_messages_notes", table_name="chat_messages")
    op.drop_index("ix_outbound_mails_unsent", table_name="outbound_mails")
    op.create_index("ix_inbound_mails_ticket_id", "inbound_mails", ["ticket_id"])
    op.drop_index("ix_inbound_mails_ticket_id_created_at", table_name="inbound_mails")
