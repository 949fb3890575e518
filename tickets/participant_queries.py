"""The SQL of who takes part in a ticket beside its requester and its assignee."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, literal, or_, select, update

from backbone import clock
from backbone.addresses import normalise
from backbone.database import insert_ignoring, upsert
from tickets.models import contacts, participants

MOST = 50
"""Participants whom one mail is sent to; more of them are a mailing list, which is no ticket's business."""

LONGEST_ADDRESS = 320
LONGEST_NAME = 200


def of_ticket(connection: Connection, ticket_id: int) -> list[Row[Any]]:
    """Return the participants of a ticket, in the order in which they came."""
    return list(
        connection.execute(
            select(participants)
            .where(participants.c.ticket_id == ticket_id)
            .order_by(participants.c.added_at, participants.c.address)
        )
    )


def confirmed_of(connection: Connection, ticket_id: int) -> int:
    """Return how many of them get mail."""
    counted = select(func.count()).where(participants.c.ticket_id == ticket_id, participants.c.confirmed)
    return connection.scalar(counted) or 0


def change(connection: Connection, ticket_id: int, address: str, **values: Any) -> None:
    """Change columns of a participant, given with the normalised address."""
    connection.execute(
        update(participants)
        .where(participants.c.ticket_id == ticket_id, participants.c.address == address)
        .values(**values)
    )


def carry(connection: Connection, ticket: Row[Any], target: Row[Any]) -> None:
    """Let everybody who takes part in ``ticket`` take part in ``target``; both are locked.

    Whoever is confirmed on one of them stays so. Who asked for ``ticket`` gets no answers as its requester any more: he
    is kept unconfirmed, as staff decide whether he may read what ``target`` is about.
    """
    columns = ("ticket_id", "address", "name", "confirmed", "added_at")
    names = (participants.c[name] for name in columns[1:])
    those = select(literal(target.id), *names).where(participants.c.ticket_id == ticket.id)
    carried = upsert(connection, participants).from_select(columns, those)
    both = or_(participants.c.confirmed, carried.excluded.confirmed)
    connection.execute(
        carried.on_conflict_do_update(index_elements=participants.primary_key.columns, set_={"confirmed": both})
    )
    stay = _requesters(connection, target)
    rows = [
        {"ticket_id": target.id, "address": address, "name": name[:LONGEST_NAME], "confirmed": False}
        for address, name in _requesters(connection, ticket).items()
        if address not in stay and len(address) <= LONGEST_ADDRESS
    ]
    if rows:
        now = clock.now()
        connection.execute(insert_ignoring(connection, participants), [row | {"added_at": now} for row in rows])


def _requesters(connection: Connection, ticket: Row[Any]) -> dict[str, str]:
    """Return who wrote the first mail of ``ticket`` and whom its answers go to: names by normalised address."""
    writer = select(contacts.c.address, contacts.c.name).where(contacts.c.id == ticket.contact_id)
    found = {row.address: row.name for row in connection.execute(writer)}
    return found | ({normalise(ticket.reply_address): ticket.reply_name} if ticket.reply_address else {})
