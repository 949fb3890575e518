"""What people do to a ticket as a whole: close it, open it again, merge it into another, change its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.catalogue.model import Directory
from backbone.errors import UserError
from backbone.exchange.events import TicketClosed, TicketReopened
from backbone.ledger import events
from backbone.ledger.events import Happened
from backbone.runtime import Runtime
from tickets import participant_queries, state_queries


def close(runtime: Runtime, number: str) -> bool:
    """Close a ticket; False when it is closed already. Raises UserError when there is no such ticket."""
    with runtime.database.transaction() as connection:
        ticket = _locked(connection, [number])[number]
        if ticket.closed_at is None:
            state_queries.close(connection, ticket.id, clock.now())
            events.record(runtime, connection, [Happened(number, TicketClosed(ticket=number))])
        return ticket.closed_at is None


def reopen(runtime: Runtime, number: str) -> bool:
    """Open a closed ticket again; False when it is open. Raises UserError when there is none, or it was merged."""
    with runtime.database.transaction() as connection:
        ticket = _locked(connection, [number])[number]
        refuse_merged(connection, ticket)
        if ticket.closed_at is not None:
            state_queries.reopen(connection, [ticket.id])
            events.record(runtime, connection, [Happened(number, TicketReopened(ticket=number, by="staff"))])
        return ticket.closed_at is not None


def merge(runtime: Runtime, number: str, into: str) -> None:
    """Close a ticket for another, to which all mail that answers it goes from now on; its messages stay on it.

    Who takes part in it takes part in the other from now on; its requester only once staff confirm him.

    Raises UserError when that is not possible.
    """
    if number == into:
        raise UserError(f"The ticket {number} cannot be merged into itself; name another one.")
    with runtime.database.transaction() as connection:
        found = _locked(connection, [number, into])
        ticket, target = found[number], found[into]
        for one in (ticket, target):
            refuse_merged(connection, one)
        if target.closed_at is not None:
            raise UserError(f"The ticket {into} is closed; open it again first: postroom ticket reopen {into}")
        if None not in (ticket.customer_id, target.customer_id) and ticket.customer_id != target.customer_id:
            raise UserError(
                f"The tickets {number} and {into} are of different customers; one would read what the other wrote."
            )
        state_queries.merge(connection, ticket.id, target.id, ticket.closed_at or clock.now())
        participant_queries.carry(connection, ticket, target)
        if participant_queries.confirmed_of(connection, target.id) > participant_queries.MOST:
            most = participant_queries.MOST
            raise UserError(f"More than {most} people would take part in {into}; remove some from {number} or {into}.")
        told = TicketClosed(ticket=number, merged_into=into)
        events.record(runtime, connection, [Happened(number, told)])


def change(runtime: Runtime, number: str, values: Mapping[str, Any]) -> None:
    """Set fields of a ticket to ``values``, columns of its table; raise UserError when that is not possible.

    The work type must be one that the object offers.
    """
    with runtime.database.transaction() as connection:
        directory = runtime.catalogue.current(connection).directory
        ticket = _locked(connection, [number])[number]
        refuse_merged(connection, ticket)
        if {"object_id", "work_type_id"} & values.keys():
            wanted = dict(ticket._mapping) | dict(values)
            _check_offer(directory, wanted["object_id"], wanted["work_type_id"])
        state_queries.change(connection, ticket.id, values)


def refuse_merged(connection: Connection, ticket: Row[Any]) -> None:
    """Raise UserError when ``ticket`` was merged, naming the one that took its place."""
    if ticket.merged_into_id is not None:
        last = state_queries.standings(connection, [ticket.id])[ticket.id].number
        raise UserError(f"The ticket {ticket.number} was merged into {last}; go on there.")


def _locked(connection: Connection, numbers: Iterable[str]) -> dict[str, Row[Any]]:
    found = state_queries.lock(connection, numbers)
    for number in numbers:
        if number not in found:
            raise UserError(f"There is no ticket {number!r}; 'postroom tickets' lists the newest ones.")
    return found


def _check_offer(directory: Directory, object_id: int | None, work_type_id: int | None) -> None:
    place = directory.objects.get(object_id) if object_id is not None else None
    if place is None or work_type_id is None or work_type_id in place.work_type_ids:
        return
    kinds = directory.work_types
    offered = ", ".join(sorted(kinds[one].name for one in place.work_type_ids if one in kinds)) or "none"
    name = kinds[work_type_id].name if work_type_id in kinds else "the ticket's"
    raise UserError(
        f"The object {place.name} does not offer the work type {name}; it offers: {offered}. "
        "Set --object and --work-type together, or add it to the object in the configuration."
    )
