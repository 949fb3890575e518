"""The sender rules whose regular expressions could not be run to their end: how often, and what was the last time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from backbone import clock
from backbone.database import upsert
from backbone.ledger.states import InboundReason
from backbone.ledger.tables import rule_troubles


@dataclass(frozen=True, slots=True)
class Trouble:
    """A rule, the mail on which it failed, and why."""

    rule_id: int
    mailbox_id: int
    mail_id: int
    reason: InboundReason


def record(connection: Connection, troubles: Iterable[Trouble]) -> None:
    """Count ``troubles`` on their rules, and keep the last of each."""
    now = clock.now()
    rows: dict[int, dict[str, Any]] = {}
    for trouble in troubles:
        before = rows[trouble.rule_id]["failures"] if trouble.rule_id in rows else 0
        rows[trouble.rule_id] = {
            "rule_id": trouble.rule_id,
            "mailbox_id": trouble.mailbox_id,
            "failures": before + 1,
            "reason": trouble.reason,
            "mail_id": trouble.mail_id,
            "failed_at": now,
        }
    if not rows:
        return
    # In one order for all, so that two transactions never wait for each other.
    statement = upsert(connection, rule_troubles).values([rows[rule_id] for rule_id in sorted(rows)])
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[rule_troubles.c.rule_id],
            set_={
                "mailbox_id": new.mailbox_id,
                "failures": rule_troubles.c.failures + new.failures,
                "reason": new.reason,
                "mail_id": new.mail_id,
                "failed_at": new.failed_at,
            },
        )
    )
