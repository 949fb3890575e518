"""Canned replies for one ticket: which of them may be used there, and what they say there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from backbone.catalogue.model import CannedReply, Catalogue
from backbone.errors import UserError
from backbone.i18n import moment
from tickets import canned, queries


def usable(connection: Connection, catalogue: Catalogue, number: str | None = None) -> list[CannedReply]:
    """Return the canned replies by name: those for the ticket's type, or all when no ticket is named.

    Raises UserError when there is no such ticket.
    """
    replies = sorted(catalogue.directory.canned_replies.values(), key=lambda one: one.name)
    if number is None:
        return replies
    ticket = _ticket(connection, number)
    return [one for one in replies if _fits(one, ticket)]


def text(connection: Connection, catalogue: Catalogue, number: str, name: str, author: str) -> str:
    """Return what a canned reply says on a ticket when ``author`` sends it; raise UserError when it cannot."""
    ticket = _ticket(connection, number)
    reply = catalogue.directory.canned_replies.get(name)
    if reply is None or not _fits(reply, ticket):
        why = "is not for tickets of this type" if reply else "does not exist"
        raise UserError(
            f"The canned reply {name!r} {why}; 'postroom canned list --ticket {number}' lists what can be used."
        )
    try:
        return canned.fill(reply.text, _values(ticket, catalogue, author))
    except canned.FillingError as error:
        raise UserError(f"The canned reply {name!r} cannot be used on {number}: {error}") from None


def _ticket(connection: Connection, number: str) -> Row[Any]:
    found = queries.tickets_by_number(connection, number)
    if not found:
        raise UserError(f"There is no ticket {number!r}; 'postroom tickets' lists the newest ones.")
    return found[0]


def _fits(reply: CannedReply, ticket: Row[Any]) -> bool:
    return not reply.ticket_type_ids or ticket.ticket_type_id in reply.ticket_type_ids


def _values(ticket: Row[Any], catalogue: Catalogue, author: str) -> dict[str, str]:
    """Return what the fields of canned replies stand for; empty where the ticket has nothing."""
    directory = catalogue.directory
    zone = catalogue.mailboxes[ticket.mailbox_id].time_zone

    def name(entries: Any, key: int | None) -> str:
        return entries[key].name if key in entries else ""

    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "customer": name(directory.customers, ticket.customer_id),
        "contact": ticket.contact_name or ticket.reply_name or ticket.sender_name or "",
        "object": name(directory.objects, ticket.object_id),
        "work_type": name(directory.work_types, ticket.work_type_id),
        "deadline": moment(ticket.deadline, zone) if ticket.deadline else "",
        "assignee": ticket.assignee,
        "author": author,
    }
