"""From what was decided on a batch of mails to the automatic mails that leave, past the guards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from backbone import clock
from backbone.addresses import domain_of, normalise
from backbone.catalogue.model import Catalogue
from backbone.ledger import suppressions
from tickets import filling, guard_queries, notices
from tickets.guards import TOLD_ONCE, Book, Limits
from tickets.planning import Notice, Plan
from tickets.settings import TicketSettings


def plan_notices(
    connection: Connection, plans: Sequence[Plan], catalogue: Catalogue, own: TicketSettings, public_url: str
) -> None:
    """Plan who is told what of these mails, and record in each decision what leaves, what does not, and why.

    A normal mail shows that its address lives, so that automatic mail may go there again.
    """
    wanted = [(made, group) for made in plans for group in notices.wanted(made, catalogue, public_url)]
    each = [(made, notice) for made, group in wanted for notice in group]
    # What is counted next may not grow meanwhile; all counts of an address are within its domain.
    guard_queries.one_at_a_time(connection, {domain_of(notice.to.address) for _, notice in each})
    alive = {address for made in plans if (address := _living(made))}
    suppressions.lift(connection, alive)
    if not wanted:
        return
    book = guard_queries.book(
        connection,
        _limits(own),
        {(made.mailbox.id, normalise(notice.to.address)) for made, notice in each},
        ticket_ids={made.joined.ticket_id for made, _ in each if made.joined},
        alive=alive,
        once=any(notice.kind in TOLD_ONCE for _, notice in each),
        now=clock.now(),
    )
    for made, group in wanted:
        _choose(made, group, book)


def _choose(made: Plan, group: Sequence[Notice], book: Book) -> None:
    """Let the first notice leave that the guards let through."""
    ticket_id = made.joined.ticket_id if made.joined else None  # a new ticket has had no mail yet
    for notice in group:
        why = book.refusal(notice, made.mailbox.id, ticket_id)
        if not why:
            book.enter(notice, made.mailbox.id, ticket_id)
            notices.accepted(made, notice)
            return
        notices.refused(made, notice.kind, why)


def _living(made: Plan) -> str:
    """Return the address of the person who wrote the mail; empty for a machine, a stranger, a forger or an old mail."""
    passed_on = made.mail.forwarded is not None and made.mail.forwarded.counts
    if not made.talks or made.mail.automation or made.guest or made.suspect or made.silent or passed_on:
        return ""
    person = filling.writer(made.mail)
    return normalise(person.address) if person else ""


def _limits(own: TicketSettings) -> Limits:
    again = timedelta(days=own.registration_again_days)
    return Limits(own.notices_per_ticket, own.notices_per_address, own.notices_per_domain, again)
