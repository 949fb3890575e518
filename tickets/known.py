"""The SQL that tells what the ledger knows of the candidates in a batch of mails."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from backbone import tokens
from backbone.addresses import normalise
from backbone.catalogue.model import Mailbox
from backbone.contracts import ParsedMail
from backbone.ledger.states import INBOUND_OPEN
from backbone.ledger.tables import inbound, outbound
from tickets.candidates import all_tokens, referenced, tagged
from tickets.models import contacts, participants, tickets
from tickets.threading import Conversation, Facts, Stored


def facts(connection: Connection, mails: Iterable[tuple[ParsedMail, Mailbox]]) -> Facts:
    """Return what the ledger knows of everything in ``mails`` that may lead to a ticket."""
    message_ids: set[str] = set()
    numbers: set[str] = set()
    by_token: set[int] = set()
    for mail, mailbox in mails:
        message_ids.update(referenced(mail))
        numbers.update(tagged(mail))
        by_token.update(token.ticket_id for token in all_tokens(mail, mailbox))
    stored = _stored(connection, message_ids)
    ticket_ids = by_token | {one.ticket_id for hits in stored.values() for one in hits if one.ticket_id is not None}
    rows = _tickets(connection, ticket_ids, numbers)
    return Facts(stored, _conversations(connection, rows, by_token), {row.number: row.id for row in rows})


def sent_on(connection: Connection, ticket_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    """Return the Message-IDs of our mails on these tickets, by ticket and mailbox."""
    found: dict[tuple[int, int], list[str]] = {}
    if ticket_ids:
        columns = (outbound.c.ticket_id, outbound.c.mailbox_id, outbound.c.message_id)
        for row in connection.execute(select(*columns).where(outbound.c.ticket_id.in_(sorted(ticket_ids)))):
            found.setdefault((row.ticket_id, row.mailbox_id), []).append(row.message_id)
    return found


def _stored(connection: Connection, message_ids: Collection[str]) -> dict[str, list[Stored]]:
    """Return the mails with these Message-IDs; what we sent ourselves comes before what we received."""
    found: dict[str, list[Stored]] = {}
    ours = sorted(one for one in message_ids if tokens.find(one))
    if ours:
        columns = (outbound.c.message_id, outbound.c.mailbox_id, outbound.c.ticket_id, outbound.c.recipient)
        for sent in connection.execute(select(*columns).where(outbound.c.message_id.in_(ours))):
            found[sent.message_id] = [Stored(sent.mailbox_id, sent.ticket_id, sent.recipient)]
    if message_ids:
        for row in _received(connection, message_ids):
            held = row.reason if row.held_at_version is not None else None
            pending = row.id if row.ticket_id is None and (held or row.state in INBOUND_OPEN) else None
            if row.ticket_id is not None or pending is not None:
                one = Stored(row.mailbox_id, row.ticket_id, None, pending, held)
                found.setdefault(row.message_id, []).append(one)
    return found


def _received(connection: Connection, message_ids: Collection[str]) -> Iterable[Row[Any]]:
    wanted = ("id", "message_id", "mailbox_id", "ticket_id", "state", "reason", "held_at_version")
    return connection.execute(
        select(*(inbound.c[name] for name in wanted))
        .where(inbound.c.message_id.in_(sorted(message_ids)))
        .order_by(inbound.c.id)
    )


def _tickets(connection: Connection, ticket_ids: Collection[int], numbers: Collection[str]) -> list[Row[Any]]:
    if not ticket_ids and not numbers:
        return []
    columns = (tickets.c.id, tickets.c.number, tickets.c.mailbox_id, tickets.c.reply_address, contacts.c.address)
    return list(
        connection.execute(
            select(*columns)
            .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
            .where(or_(tickets.c.id.in_(sorted(ticket_ids)), tickets.c.number.in_(sorted(numbers))))
        )
    )


def _conversations(
    connection: Connection, rows: Collection[Row[Any]], by_token: Collection[int]
) -> dict[int, Conversation]:
    if not rows:
        return {}
    ids = sorted(row.id for row in rows)
    confirmed: dict[int, set[str]] = {}
    of_ticket = select(participants.c.ticket_id, participants.c.address).where(participants.c.ticket_id.in_(ids))
    for one in connection.execute(of_ticket.where(participants.c.confirmed)):
        confirmed.setdefault(one.ticket_id, set()).add(one.address)
    written: dict[int, set[str]] = {}
    signed = [one for one in ids if one in by_token]
    if signed:
        sent = select(outbound.c.ticket_id, outbound.c.recipient).where(outbound.c.ticket_id.in_(signed)).distinct()
        for mail in connection.execute(sent):
            written.setdefault(mail.ticket_id, set()).add(mail.recipient)
    made = {}
    for row in rows:
        requesters = frozenset(normalise(one) for one in (row.address, row.reply_address) if one)
        people = requesters | confirmed.get(row.id, set())
        recipients = frozenset(written.get(row.id, ()))
        made[row.id] = Conversation(row.id, row.mailbox_id, requesters, people, recipients)
    return made
