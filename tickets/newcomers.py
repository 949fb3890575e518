"""People who appear on a ticket by a mail: kept as participants who get nothing until staff confirm them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_

from backbone import clock
from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue
from backbone.contracts import Address
from backbone.database import insert_ignoring
from tickets import addressing, filling
from tickets.models import contacts, participants, tickets
from tickets.participant_queries import LONGEST_ADDRESS, LONGEST_NAME
from tickets.planning import Action, Plan

MOST_OF_A_MAIL = 20
MOST_OF_A_TICKET = 50
"""Unconfirmed people."""


def keep(connection: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> None:
    """Keep the newcomers of the mails that became messages, so many of each mail, and the newest of each ticket.

    Of too many unconfirmed ones the oldest give way: nobody can fill a ticket so that staff do not see who else writes,
    and whoever does take part appears again with his next mail. Those whom staff confirmed are not counted.
    """
    found = [(made.ticket_id, one) for made in plans if made.ticket_id for one in _newcomers(made, catalogue)]
    if not found:
        return
    known, waiting = _known(connection, {ticket_id for ticket_id, _ in found})
    new: dict[int, dict[str, Address]] = {}
    for ticket_id, person in found:
        if normalise(person.address) not in known[ticket_id]:
            new.setdefault(ticket_id, {}).setdefault(normalise(person.address), person)
    now = clock.now()
    rows: list[dict[str, Any]] = []
    gone: list[tuple[int, str]] = []
    for ticket_id, people in sorted(new.items()):
        kept = dict(list(people.items())[-MOST_OF_A_TICKET:])
        over = max(0, len(waiting[ticket_id]) + len(kept) - MOST_OF_A_TICKET)
        gone += [(ticket_id, address) for address in waiting[ticket_id][:over]]
        rows += [
            {"ticket_id": ticket_id, "address": address, "name": kept[address].name[:LONGEST_NAME]}
            for address in sorted(kept)
        ]
    if gone:
        connection.execute(
            delete(participants).where(tuple_(participants.c.ticket_id, participants.c.address).in_(gone))
        )
    if rows:
        each = {"confirmed": False, "added_at": now}
        connection.execute(insert_ignoring(connection, participants), [row | each for row in rows])


def _newcomers(made: Plan, catalogue: Catalogue) -> Iterator[Address]:
    """Yield who else a customer wrote to; a guest has only himself to bring, and a machine nobody."""
    mail = made.mail
    if mail.automation:
        return
    people = [] if made.guest else [*mail.to, *mail.cc]
    asked = [one for one in (filling.writer(mail), filling.answer_address(mail)) if one]
    if made.action is Action.OPEN:
        requesters = {normalise(one.address) for one in asked}
        people = [one for one in people if normalise(one.address) not in requesters]
    else:
        people = [*asked[:1], *people]
    usable = {normalise(one.address): one for one in reversed(people) if _may_take_part(one, catalogue)}
    yield from list(reversed(usable.values()))[:MOST_OF_A_MAIL]


def _may_take_part(person: Address, catalogue: Catalogue) -> bool:
    address = normalise(person.address)
    return (
        filling.is_whole(person)
        and len(address) <= LONGEST_ADDRESS
        and not addressing.is_ours(address, catalogue.addresses)
        and not addressing.is_machine(address)
    )


def _known(connection: Connection, ticket_ids: set[int]) -> tuple[dict[int, set[str]], dict[int, list[str]]]:
    """Return who is on these tickets already, the requesters too; and of them the unconfirmed, oldest first."""
    ids = sorted(ticket_ids)
    known: dict[int, set[str]] = {one: set() for one in ids}
    waiting: dict[int, list[str]] = {one: [] for one in ids}
    everybody = (
        select(
            *(tickets.c.id, tickets.c.reply_address, contacts.c.address.label("writer")),
            *(participants.c.address, participants.c.confirmed),
        )
        .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
        .join(participants, participants.c.ticket_id == tickets.c.id, isouter=True)
        .where(tickets.c.id.in_(ids))
        .order_by(participants.c.added_at, participants.c.address)
    )
    for row in connection.execute(everybody):
        known[row.id].update(normalise(one) for one in (row.reply_address, row.writer, row.address) if one)
        if row.confirmed is False:
            waiting[row.id].append(row.address)
    return known, waiting
