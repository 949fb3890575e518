"""What tickets tell of the sender rules that opened them, for people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select

from backbone.catalogue.tables import sender_rules
from tickets.models import tickets


def last_tickets(connection: Connection, mailbox_id: int) -> dict[int, Row[Any]]:
    """Return, by rule of a mailbox, the newest ticket that it opened; rules that opened none are left out."""
    shown: tuple[Any, ...] = (sender_rules.c.id.label("rule_id"), tickets.c.number, tickets.c.created_at)
    newest = select(func.max(tickets.c.id)).where(tickets.c.rule_id == sender_rules.c.id).correlate(sender_rules)
    wanted = (
        select(*shown)
        .join_from(sender_rules, tickets, tickets.c.id == newest.scalar_subquery())
        .where(sender_rules.c.mailbox_id == mailbox_id)
    )
    return {row.rule_id: row for row in connection.execute(wanted)}
