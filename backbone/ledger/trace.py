"""The story of a mail, for people: found by any id they may have at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from backbone.catalogue.tables import mailboxes
from backbone.ledger import copies
from backbone.ledger.tables import STUCK, inbound, outbound

MOST = 500
NO_COPY = "no_copy"
"""The reason under which a copy is shown that never came to its Sent folder."""
SENT_COPY = "sent_copy"

_LEDGERS = (("inbound", inbound, inbound.c.decision), ("outbound", outbound, outbound.c.answer))
"""Their names for people, and where each tells why a mail is stuck."""


def find(connection: Connection, wanted: str, ticket_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return the inbound mails that ``wanted`` means, and those of ``ticket_ids``, with their outbound mails.

    ``wanted`` is a ledger id, a Message-ID (with or without angle brackets; of a mail received or sent) or a
    correlation id.
    """
    wanted = wanted.strip()
    message_id = f"<{wanted.strip('<>')}>"
    conditions = [inbound.c.message_id == message_id, inbound.c.correlation_id == wanted]
    if wanted.isdecimal() and len(wanted) < 19:  # noqa: PLR2004 - more digits are no id of 64 bits
        conditions.append(inbound.c.id == int(wanted))
    tickets = [
        *ticket_ids,
        *connection.scalars(select(outbound.c.ticket_id).where(outbound.c.message_id == message_id)),
    ]
    if tickets:
        conditions.append(inbound.c.ticket_id.in_(tickets))
    rows = connection.execute(
        select(inbound, mailboxes.c.address.label("mailbox"))
        .join_from(inbound, mailboxes)
        .where(or_(*conditions))
        .order_by(inbound.c.id)
        .limit(MOST)
    ).all()
    return _with_outbound(connection, rows)


def stuck(connection: Connection, most: int) -> list[dict[str, Any]]:
    """Return up to ``most`` failed and held mails of both ledgers and copies given up, newest first.

    ``what`` says what a person has to know: the fault, the server's words, or the link to confirm a forwarding.
    """
    found = []
    for name, table, detail in _LEDGERS:
        columns = (table.c.id, table.c.state, table.c.reason, table.c.error, table.c.updated_at)
        wanted = select(*columns, detail.label("detail")).where(STUCK).order_by(table.c.updated_at.desc()).limit(most)
        for row in connection.execute(wanted):
            facts = dict(row._mapping)
            what = _what(facts.pop("detail"), row.error)
            found.append({"ledger": name, **facts, "what": what})
    given_up = copies.given_up(connection)
    found += [{"ledger": SENT_COPY, "state": "failed", "reason": NO_COPY, **one} for one in given_up]
    return sorted(found, key=lambda one: one["updated_at"], reverse=True)[:most]


def stuck_ids(connection: Connection, reason: str | None = None) -> dict[str, list[int]]:
    """Return the ids of all failed and held mails and copies given up, by ledger; with ``reason``, those alone."""
    found = {}
    for name, table, _ in _LEDGERS:
        wanted = select(table.c.id).where(STUCK).order_by(table.c.id)
        found[name] = list(connection.scalars(wanted.where(table.c.reason == reason) if reason else wanted))
    wants_copies = reason in (None, NO_COPY)
    return found | {SENT_COPY: [one["id"] for one in copies.given_up(connection)] if wants_copies else []}


def _what(detail: str | list[dict[str, Any]] | None, error: str | None) -> str:
    if error:
        return error.strip().rpartition("\n")[2]
    if isinstance(detail, list):
        last = detail[-1] if detail else {}
        return str(last.get("link") or last.get("code") or last.get("why") or "")
    return detail or ""


def _with_outbound(connection: Connection, rows: Any) -> list[dict[str, Any]]:
    tickets = sorted({row.ticket_id for row in rows if row.ticket_id})
    sent = connection.execute(select(outbound).where(outbound.c.ticket_id.in_(tickets)).order_by(outbound.c.id)).all()
    return [
        dict(row._mapping)
        | {
            "outbound": [
                {name: value for name, value in one._mapping.items() if name != "letter"}
                for one in sent
                if one.correlation_id == row.correlation_id
            ],
        }
        for row in rows
    ]
