"""The SQL of tickets, their contacts and their chat messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, literal, select, union_all, update

from backbone import clock
from backbone.catalogue.tables import sender_rules
from backbone.contracts import Attachment
from backbone.database import insert_ignoring
from backbone.ledger.states import Outbound
from backbone.ledger.tables import inbound, outbound
from tickets.models import NOTE, attachments, contacts, messages, tickets

_SENDER = (contacts.c.address.label("sender_address"), contacts.c.name.label("sender_name"))
"""Who wrote the first mail; a ticket's own address is that of the place it is about."""


def taken_numbers(connection: Connection, numbers: Sequence[str]) -> set[str]:
    """Return those of these numbers that a ticket has."""
    return set(connection.scalars(select(tickets.c.number).where(tickets.c.number.in_(numbers))))


def ensure_contacts(connection: Connection, people: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Make a contact of every normalised address that has none, with these columns, and return the ids of all."""
    if not people:
        return {}
    found = _contact_ids(connection, people)
    new = sorted(address for address in people if address not in found)
    if new:
        now = clock.now()
        rows = [{**people[address], "address": address, "created_at": now} for address in new]
        # Sorted, so that two workers who meet the same new people never wait for each other crosswise.
        made = insert_ignoring(connection, contacts).returning(contacts.c.address, contacts.c.id)
        found |= {row.address: row.id for row in connection.execute(made, rows)}
        if len(found) < len(people):
            found |= _contact_ids(connection, new)
    return found


def add_tickets(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Write tickets and return their ids, in order."""
    statement = insert(tickets).returning(tickets.c.id, sort_by_parameter_order=True)
    return list(connection.scalars(statement, rows))


def add_messages(
    connection: Connection,
    rows: Sequence[dict[str, Any]],
    files: Sequence[Sequence[Attachment]],
    opened: Collection[int] = (),
) -> list[int]:
    """Write chat messages with their attachments and return their ids, in order.

    Their tickets have changed by that, but for those that this transaction has ``opened``.
    """
    statement = insert(messages).returning(messages.c.id, sort_by_parameter_order=True)
    ids = list(connection.scalars(statement, rows))
    held = [
        {"chat_message_id": message_id, "position": position, **file.model_dump()}
        for message_id, group in zip(ids, files, strict=True)
        for position, file in enumerate(group)
    ]
    if held:
        connection.execute(insert(attachments), held)
    changed = {row["ticket_id"] for row in rows}.difference(opened)
    if changed:
        connection.execute(update(tickets).where(tickets.c.id.in_(sorted(changed))).values(updated_at=clock.now()))
    return ids


def join_twins(connection: Connection, one: int, other: int) -> None:
    """Record that two messages are the same one in both chats."""
    statement = update(messages).where(messages.c.id == bindparam("whose")).values(twin_id=bindparam("twin"))
    connection.execute(statement, [{"whose": one, "twin": other}, {"whose": other, "twin": one}])


def notes_of(connection: Connection, ticket_ids: Collection[int]) -> set[tuple[int, str]]:
    """Return the notes of the system's in the teams' chats of tickets: each the ticket's id and the text."""
    if not ticket_ids:
        return set()
    notes = messages.c.ticket_id.in_(sorted(ticket_ids)), messages.c.chat == "team", NOTE
    return {
        (row.ticket_id, row.text)
        for row in connection.execute(select(messages.c.ticket_id, messages.c.text).where(*notes))
    }


def thread_ids(connection: Connection, ticket_id: int) -> list[Row[Any]]:
    """Return the Message-IDs of a ticket's mails in the order they were written: id, and whether it was received.

    Guests' mails, bounces and automatic answers are left out, and what was taken back: the customer never saw them, or
    never wrote them.
    """
    received = (
        select(inbound.c.message_id, inbound.c.created_at, literal(True).label("received"), inbound.c.id)
        .join_from(messages, inbound, messages.c.inbound_id == inbound.c.id)
        .where(
            messages.c.ticket_id == ticket_id,
            messages.c.guest.is_(False),
            messages.c.automatic.is_(False),
            inbound.c.message_id.is_not(None),
        )
    )
    sent = select(outbound.c.message_id, outbound.c.created_at, literal(False).label("received"), outbound.c.id).where(
        outbound.c.ticket_id == ticket_id, outbound.c.state != Outbound.CANCELLED
    )
    both = union_all(received, sent).subquery()
    # Mails that were taken together have the same time.
    return list(connection.execute(select(both).order_by(both.c.created_at, both.c.id)))


def ticket_by_number(connection: Connection, number: str) -> Row[Any] | None:
    """Return a ticket with its contact, locked for a change, or None."""
    return connection.execute(
        select(tickets, *_SENDER)
        .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
        .where(tickets.c.number == number)
        .with_for_update(of=tickets, key_share=True)
    ).first()


def correlation_of(connection: Connection, inbound_id: int) -> str | None:
    """Return the correlation id of the mail that opened a ticket."""
    return connection.scalar(select(inbound.c.correlation_id).where(inbound.c.id == inbound_id))


def numbers_of(connection: Connection, ticket_ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of tickets."""
    rows = connection.execute(select(tickets.c.id, tickets.c.number).where(tickets.c.id.in_(list(ticket_ids))))
    return {row.id: row.number for row in rows}


def newest_tickets(connection: Connection, limit: int) -> list[Row[Any]]:
    """Return the newest tickets with their contacts, newest first."""
    return list(
        connection.execute(
            select(tickets, *_SENDER)
            .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
            .order_by(tickets.c.id.desc())
            .limit(limit)
        )
    )


def tickets_by_number(connection: Connection, number: str) -> list[Row[Any]]:
    """Return the ticket of that number with its contact, in a list of one or none."""
    return list(
        connection.execute(
            select(tickets, *_SENDER)
            .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
            .where(tickets.c.number == number)
        )
    )


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


def _contact_ids(connection: Connection, addresses: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(select(contacts.c.address, contacts.c.id).where(contacts.c.address.in_(list(addresses))))
    return {row.address: row.id for row in rows}
