"""Who takes part in a ticket beside staff: the requester, who stays, and those who get a copy of what he is told.

An address that only appeared in a customer's mail is not confirmed, and gets nothing until staff confirm it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert

from backbone import clock
from backbone.addresses import normalise, readable
from backbone.catalogue.model import Catalogue
from backbone.contracts import Address
from backbone.errors import UserError
from backbone.runtime import Runtime
from tickets import lifecycle, participant_queries, queries
from tickets.addressing import is_ours
from tickets.models import participants
from tickets.participant_queries import LONGEST_ADDRESS, LONGEST_NAME, MOST

Role = Literal["requester", "assignee", "participant"]

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\]+")
_STAYS = {"requester": "asked for it", "assignee": "works on it"}


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody on a ticket. ``address`` is empty for an assignee of whom only the name is known."""

    address: str
    name: str
    role: Role
    confirmed: bool = True


def listed(connection: Connection, ticket: Row[Any]) -> list[Participant]:
    """Return who takes part in a ticket, as :func:`queries.ticket_by_number` gives it: who stays, then the others."""
    staying = _staying(ticket)
    known = {normalise(one.address) for one in staying}
    return staying + [
        Participant(row.address, row.name, "participant", row.confirmed)
        for row in participant_queries.of_ticket(connection, ticket.id)
        if row.address not in known
    ]


def copies(connection: Connection, catalogue: Catalogue, ticket: Row[Any]) -> tuple[Address, ...]:
    """Return who gets a copy of a mail to the ticket's requester: the confirmed, and never a mailbox of ours."""
    to = normalise(ticket.reply_address or "")
    return tuple(
        Address(name=row.name, address=row.address)
        for row in participant_queries.of_ticket(connection, ticket.id)
        if row.confirmed and row.address != to and not is_ours(row.address, catalogue.addresses)
    )


def add(runtime: Runtime, number: str, address: str, name: str = "") -> bool:
    """Let somebody take part, confirmed; False when he did already. Raises UserError when that is not possible."""
    wanted = _checked(address, name)
    with runtime.database.transaction() as connection:
        catalogue = runtime.catalogue.current(connection)
        ticket = _ticket(connection, number)
        if is_ours(wanted, catalogue.addresses):
            raise UserError(f"{address} is a mailbox of ours; what it would be sent comes back as a mail.")
        if wanted in {normalise(one.address) for one in _staying(ticket)}:
            return False
        rows = {row.address: row for row in participant_queries.of_ticket(connection, ticket.id)}
        found = rows.get(wanted)
        if found is None or not found.confirmed:
            _check_room(connection, ticket)
        if found is not None:
            participant_queries.change(connection, ticket.id, wanted, confirmed=True, name=name.strip() or found.name)
            return not found.confirmed
        row = {"ticket_id": ticket.id, "address": wanted, "name": name.strip(), "added_at": clock.now()}
        connection.execute(insert(participants).values(row))
        return True


def confirm(runtime: Runtime, number: str, address: str) -> bool:
    """Let somebody who appeared in a customer's mail get copies from now on; False when he does already."""
    wanted = normalise(address)
    with runtime.database.transaction() as connection:
        catalogue = runtime.catalogue.current(connection)
        ticket = _ticket(connection, number)
        found = _found(connection, ticket, address)
        if is_ours(wanted, catalogue.addresses):
            raise UserError(f"{address} is a mailbox of ours; what it would be sent comes back as a mail.")
        if found.role != "participant" or found.confirmed:
            return False
        _check_room(connection, ticket)
        participant_queries.change(connection, ticket.id, wanted, confirmed=True)
        return True


def remove(runtime: Runtime, number: str, address: str) -> None:
    """Let somebody take part no more. Raises UserError for one who stays, or who does not take part."""
    with runtime.database.transaction() as connection:
        ticket = _ticket(connection, number)
        found = _found(connection, ticket, address)
        if found.role != "participant":
            raise UserError(f"{address} is the {found.role} of {number} and stays: he {_STAYS[found.role]}.")
        own = (participants.c.ticket_id == ticket.id, participants.c.address == normalise(address))
        connection.execute(delete(participants).where(*own))


def _checked(address: str, name: str) -> str:
    """Return the normalised address of somebody new; raise UserError when mail could not reach it."""
    wanted = normalise(address)
    if not _ADDRESS.fullmatch(wanted) or not wanted.isprintable() or len(wanted) > LONGEST_ADDRESS:
        raise UserError(f"{address!r} is no address; write it as name@example.com.")
    if name and (not name.isprintable() or len(name) > LONGEST_NAME):
        raise UserError(f"The name has to stand on one line, of at most {LONGEST_NAME} characters.")
    return wanted


def _check_room(connection: Connection, ticket: Row[Any]) -> None:
    if participant_queries.confirmed_of(connection, ticket.id) >= MOST:
        raise UserError(f"{MOST} people take part in {ticket.number} already; remove one before you add another.")


def _ticket(connection: Connection, number: str) -> Row[Any]:
    ticket = queries.ticket_by_number(connection, number)
    if ticket is None:
        raise UserError(f"There is no ticket {number!r}; 'postroom tickets' lists the newest ones.")
    lifecycle.refuse_merged(connection, ticket)
    return ticket


def _staying(ticket: Row[Any]) -> list[Participant]:
    """Return the requester, by the address that wrote and the one he wants answers at, and the assignee."""
    people: dict[str, Participant] = {}
    for address, name in ((ticket.reply_address, ticket.reply_name), (ticket.sender_address, ticket.sender_name)):
        if address:
            people.setdefault(normalise(address), Participant(address, name or "", "requester"))
    assignee = ticket.assignee.strip()
    if assignee and normalise(assignee) not in people:
        reachable = bool(_ADDRESS.fullmatch(assignee))
        people[normalise(assignee)] = Participant(
            assignee if reachable else "", "" if reachable else assignee, "assignee"
        )
    return list(people.values())


def _found(connection: Connection, ticket: Row[Any], address: str) -> Participant:
    wanted = normalise(address)
    for one in listed(connection, ticket):
        if wanted in (normalise(one.address), normalise(one.name) if one.role == "assignee" else None):
            return one
    raise UserError(
        f"{readable(wanted)} does not take part in {ticket.number}; "
        f"'postroom ticket participants {ticket.number}' lists who does."
    )
