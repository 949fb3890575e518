"""The SQL about how tickets stand, open, closed or merged, and about the external numbers that lead to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from backbone import clock
from backbone.database import upsert
from tickets.models import external_numbers, tickets
from tickets.standing import Standing

Claim = tuple[int, str, str]
"""A mailbox's id, the normalised address of a sender, and the number that he gave."""


def standings(connection: Connection, ticket_ids: Collection[int]) -> dict[int, Standing]:
    """Return how these tickets stand, by the id asked for; of a merged one, the last that it leads to."""
    if not ticket_ids:
        return {}
    first = select(tickets.c.id.label("asked"), tickets.c.id.label("at")).where(tickets.c.id.in_(sorted(ticket_ids)))
    chain = first.cte("chain", recursive=True)
    step = select(chain.c.asked, tickets.c.merged_into_id).join_from(chain, tickets, tickets.c.id == chain.c.at)
    chain = chain.union(step.where(tickets.c.merged_into_id.is_not(None)))
    asked = tickets.alias("asked")
    rows = connection.execute(
        select(tickets, asked.c.id.label("asked_id"), asked.c.number.label("asked_number"))
        .join_from(chain, tickets, tickets.c.id == chain.c.at)
        .join(asked, asked.c.id == chain.c.asked)
        .where(tickets.c.merged_into_id.is_(None))
    )
    return {row.asked_id: _standing(row) for row in rows}


def locked_standings(connection: Connection, ticket_ids: Collection[int]) -> dict[int, Standing]:
    """Return how these tickets stand, as :func:`standings`, and let nobody change that until the transaction ends.

    Without this, two answers at once would both open a ticket again, and one could join a ticket while it is merged.
    """
    found = standings(connection, ticket_ids)
    while found:
        last = sorted({one.ticket_id for one in found.values()})
        these = select(tickets.c.id).where(tickets.c.id.in_(last)).order_by(tickets.c.id)
        connection.execute(these.with_for_update(key_share=True))  # others may still refer to them
        before, found = found, standings(connection, ticket_ids)  # a new statement sees what was waited for
        if found == before:
            break
    return found


def numbered(connection: Connection, claims: Collection[Claim]) -> set[int]:
    """Return the tickets that these external numbers have led to so far."""
    if not claims:
        return set()
    table = external_numbers.c
    known = tuple_(table.mailbox_id, table.sender, table.number).in_(sorted(claims)), table.ticket_id.is_not(None)
    return set(connection.scalars(select(table.ticket_id).where(*known)))


def claim_numbers(connection: Connection, claims: Mapping[Claim, int]) -> dict[Claim, int | None]:
    """Claim external numbers for mails, and return the ticket that each has led to so far, if any.

    Others who want one of them wait until this transaction ends. The rows are written in order, so that two workers
    never wait for each other crosswise.
    """
    if not claims:
        return {}
    rows = [
        {"mailbox_id": claim[0], "sender": claim[1], "number": claim[2], "inbound_id": claims[claim]}
        for claim in sorted(claims)
    ]
    statement = upsert(connection, external_numbers).values(rows)
    # Not DO NOTHING: an update locks the row that is there, and returns it.
    same = {"inbound_id": external_numbers.c.inbound_id}
    wanted = statement.on_conflict_do_update(index_elements=external_numbers.primary_key.columns, set_=same)
    found = connection.execute(wanted.returning(external_numbers))
    return {(row.mailbox_id, row.sender, row.number): row.ticket_id for row in found}


def keep_numbers(connection: Connection, made: Mapping[Claim, tuple[int, int]]) -> None:
    """Let claimed numbers lead to the tickets that were made: each a mail's id and a ticket's."""
    if not made:
        return
    table = external_numbers.c
    statement = (
        update(external_numbers)
        .where(
            table.mailbox_id == bindparam("of_mailbox"),
            table.sender == bindparam("of_sender"),
            table.number == bindparam("of_number"),
        )
        .values(inbound_id=bindparam("by_mail"), ticket_id=bindparam("to_ticket"))
    )
    rows = [
        {"of_mailbox": claim[0], "of_sender": claim[1], "of_number": claim[2], "by_mail": mail, "to_ticket": ticket}
        for claim, (mail, ticket) in made.items()
    ]
    connection.execute(statement, rows)


def lock(connection: Connection, numbers: Iterable[str]) -> dict[str, Row[Any]]:
    """Return the tickets of these numbers, locked for a change."""
    rows = connection.execute(
        select(tickets).where(tickets.c.number.in_(set(numbers))).order_by(tickets.c.id).with_for_update(key_share=True)
    )
    return {row.number: row for row in rows}


def reopen(connection: Connection, ticket_ids: Sequence[int]) -> None:
    """Open closed tickets again; one that has been merged meanwhile stays as it is."""
    if ticket_ids:
        connection.execute(
            update(tickets)
            .where(tickets.c.id.in_(ticket_ids), tickets.c.merged_into_id.is_(None))
            .values(stage="open", status="reopened", closed_at=None, updated_at=clock.now())
        )


def close(connection: Connection, ticket_id: int, at: datetime) -> None:
    """Close a ticket."""
    change(connection, ticket_id, {"stage": "closed", "status": "closed", "closed_at": at})


def merge(connection: Connection, ticket_id: int, into_id: int, at: datetime) -> None:
    """Close a ticket for another that takes its mail from now on."""
    change(connection, ticket_id, {"stage": "closed", "status": "merged", "closed_at": at, "merged_into_id": into_id})


def change(connection: Connection, ticket_id: int, values: Mapping[str, Any]) -> None:
    """Change columns of a ticket."""
    connection.execute(update(tickets).where(tickets.c.id == ticket_id).values({**values, "updated_at": clock.now()}))


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        ticket_id=row.id,
        number=row.number,
        asked=row.asked_number,
        template_id=row.template_id,
        rule_id=row.rule_id,
        object_id=row.object_id,
        reply_by_chat=row.reply_by_chat,
        closed_at=row.closed_at,
    )
