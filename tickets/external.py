"""External numbers: a mail with a number that its sender gave before belongs to the ticket which that opened.

Two mails with one new number open one ticket, in one batch or in two workers at once: whoever claims a number first
opens it, and who claims it too waits until that is done.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue
from tickets import filling, planning, state_queries
from tickets.models import LONGEST_NUMBER, LONGEST_SENDER
from tickets.planning import Action, Plan
from tickets.state_queries import Claim


def join_known(connection: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> None:
    """Turn plans to open a ticket into plans to join the one that their external number leads to."""
    wanted = [(made, claim) for made in plans if (claim := _claim(made))]
    claims: dict[Claim, int] = {}
    for made, claim in wanted:
        claims.setdefault(claim, made.mail_id)
    found = state_queries.claim_numbers(connection, claims)
    standing = state_queries.standings(connection, {one for one in found.values() if one is not None})
    openers: dict[Claim, Plan] = {}
    for made, claim in wanted:
        step = {"step": "external_number", "number": claim[2], "joins": made.join_same_number}
        known, opener = found[claim], openers.get(claim)
        if made.join_same_number and opener:
            made.steps.append(step | {"found": f"mail {opener.mail_id}"})
            made.action, made.opener = Action.ADD, opener
        elif made.join_same_number and known is not None:
            made.steps.append(step | {"found": standing[known].asked})
            planning.join(made, standing[known], catalogue)
        else:
            seen = f"mail {opener.mail_id}" if opener else standing[known].asked if known is not None else None
            made.steps.append(step | {"found": seen})
        if made.action is Action.OPEN:
            openers[claim] = made


def keep(connection: Connection, opened: Sequence[Plan]) -> None:
    """Record which tickets the external numbers of these mails opened."""
    made = {claim: (one.mail_id, one.ticket_id) for one in opened if one.ticket_id and (claim := _claim(one))}
    state_queries.keep_numbers(connection, made)


def _claim(made: Plan) -> Claim | None:
    """Return what a mail that opens a ticket claims; a text beyond the table's width is no number or address."""
    writer = filling.writer(made.mail)
    number, sender = made.fields.external_number, normalise(writer.address) if writer else ""
    if made.action is not Action.OPEN or not number or not sender:
        return None
    if len(number) > LONGEST_NUMBER or len(sender) > LONGEST_SENDER:
        return None
    return made.mailbox.id, sender, number
