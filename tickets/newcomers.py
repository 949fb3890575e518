"""People who appear on a ticket by a mail: kept as participants who get nothing until staff confirm them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from backbone import clock
from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue
from backbone.contracts import Address
from backbone.database import insert_ignoring
from tickets import addressing, filling
from tickets.models import contacts, participants, tickets
from tickets.planning import Action, Plan

MOST_OF_A_MAIL = 20
MOST_OF_A_TICKET = 50
LONGEST_ADDRESS = 320
LONGEST_NAME = 200


def keep(connection: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> None:
    """Keep the newcomers of the mails that became messages, up to so many of each mail and ticket."""
    found = [(made.ticket_id, one) for made in plans if made.ticket_id for one in _newcomers(made, catalogue)]
    if not found:
        return
    known = _known(connection, {ticket_id for ticket_id, _ in found})
    now = clock.now()
    rows: list[dict[str, Any]] = []
    for ticket_id, person in found:
        address, people = normalise(person.address), known[ticket_id]
        if address not in people and len(people) < MOST_OF_A_TICKET:
            people.add(address)
            name = person.name[:LONGEST_NAME]
            rows.append({"ticket_id": ticket_id, "address": address, "name": name, "confirmed": False, "added_at": now})
    if rows:
        # In one order for all, so that two transactions never wait for each other crosswise.
        rows.sort(key=lambda one: (one["ticket_id"], one["address"]))
        connection.execute(insert_ignoring(connection, participants), rows)


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


def _known(connection: Connection, ticket_ids: set[int]) -> dict[int, set[str]]:
    """Return who is on these tickets already, confirmed or not, the requesters too."""
    ids = sorted(ticket_ids)
    known: dict[int, set[str]] = {one: set() for one in ids}
    taking_part = select(participants.c.ticket_id, participants.c.address).where(participants.c.ticket_id.in_(ids))
    for row in connection.execute(taking_part):
        known[row.ticket_id].add(row.address)
    requesters = (
        select(tickets.c.id, tickets.c.reply_address, contacts.c.address)
        .join_from(tickets, contacts, tickets.c.contact_id == contacts.c.id, isouter=True)
        .where(tickets.c.id.in_(ids))
    )
    for ticket in connection.execute(requesters):
        known[ticket.id].update(normalise(one) for one in (ticket.reply_address, ticket.address) if one)
    return known
