"""External numbers: a mail with a number that its sender gave before belongs to the ticket which that opened.

Two mails with one new number open one ticket, in one batch or in two workers at once: whoever claims a number first
opens it, and who claims it too waits until that is done. A sender who is suspect neither joins by a number nor claims
one, lest what the true one writes later goes to a forger's ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue
from backbone.contracts import ParsedMail, Selection
from tickets import filling, planning, state_queries
from tickets.models import LONGEST_NUMBER, LONGEST_SENDER
from tickets.planning import Action, Plan
from tickets.state_queries import Claim


def leading(connection: Connection, mails: Iterable[tuple[int, ParsedMail, Selection]]) -> set[int]:
    """Return the tickets that the external numbers of mails lead to so far; each mail with its mailbox's id."""
    named = (
        _named(mailbox_id, filling.first_of_conversation(mail), selection.fields.external_number)
        for mailbox_id, mail, selection in mails
    )
    return state_queries.numbered(connection, {claim for claim in named if claim})


def join_known(connection: Connection, plans: Sequence[Plan], catalogue: Catalogue) -> None:
    """Turn plans to open a ticket into plans to join the one that their external number leads to."""
    wanted: list[tuple[Plan, Claim]] = []
    for made in plans:
        claim = _claim(made)
        if claim and made.suspect:
            made.steps.append({"step": "external_number", "number": claim[2], "found": None, "suspect": True})
        elif claim:
            wanted.append((made, claim))
    claims: dict[Claim, int] = {}
    for made, claim in wanted:
        claims.setdefault(claim, made.mail_id)
    found = state_queries.claim_numbers(connection, claims)
    # Nearly always locked already, among all others of the batch: a ticket is new here that was opened meanwhile.
    standing = state_queries.locked_standings(connection, {one for one in found.values() if one is not None})
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
    made = {
        claim: (one.mail_id, one.ticket_id)
        for one in opened
        if one.ticket_id and not one.suspect and (claim := _claim(one))
    }
    state_queries.keep_numbers(connection, made)


def _claim(made: Plan) -> Claim | None:
    """Return the number that a mail gives which opens a ticket."""
    if made.action is not Action.OPEN:
        return None
    return _named(made.mailbox.id, made.mail, made.fields.external_number)


def _named(mailbox_id: int, mail: ParsedMail, number: str | None) -> Claim | None:
    """Return what can be claimed; a text beyond the table's width is no number or address."""
    writer = filling.writer(mail)
    sender = normalise(writer.address) if writer else ""
    if not number or not sender or len(number) > LONGEST_NUMBER or len(sender) > LONGEST_SENDER:
        return None
    return mailbox_id, sender, number
