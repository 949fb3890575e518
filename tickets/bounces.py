"""The way back of what we sent: reports of failed delivery, each recorded on its mail and told to the team.

A report that came to the signed address that our mail was sent from (:mod:`tickets.proofs`) counts for that mail. A
mail that left without such an address, as its mailbox used none then, is found by its Message-ID; its report counts
only if it was sent as mail servers send theirs and no server that we believe calls its author forged. The Message-ID
alone proves little: whoever got the mail, a copy or a forward of it has seen it, and may run a mail server of his own.
A report in doubt changes nothing and is told to the team as such. What a report says of a participant's copy does not
undo the mail itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.addresses import normalise, readable
from backbone.contracts import Bounce
from backbone.i18n import moment, translations
from backbone.ledger import outbound, suppressions
from tickets import queries, state_queries
from tickets.planning import Plan

AUTHOR = "Postroom"

Doubt = Literal["bad_token", "suspect", "not_by_server", "no_token"]


@dataclass(frozen=True, slots=True)
class _Returned:
    """A report, our mail that it is about, and who was not reached; ``whole`` if the mail itself came back."""

    made: Plan
    bounce: Bounce
    sent: Row[Any]
    address: str
    whole: bool
    doubt: Doubt | None

    @property
    def silences(self) -> bool:
        """Whether the address does not exist. One to which the mail was passed on says nothing of ours."""
        named = self.bounce.recipient is None or normalise(self.bounce.recipient) == self.address
        return self.doubt is None and named and self.bounce.status in suppressions.NO_SUCH_ADDRESS

    @property
    def words(self) -> str:
        """What the report says in short."""
        return " ".join(filter(None, [self.bounce.status, self.bounce.recipient]))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The mails of ours that came back, and the ids of the notes that the teams got."""

    bounced: Sequence[Row[Any]] = ()
    notes: Sequence[int] = ()


def record(connection: Connection, plans: Sequence[Plan], days: int) -> Recorded:
    """Record what reports say.

    An address that does not exist gets nothing automatic for so many ``days``.
    """
    named = {made.mail.bounce.original_message_id for made in plans if made.mail.bounce} - {None}
    sent = outbound.sent_as(connection, [one for one in named if one]) if named else {}
    returned: dict[tuple[int, str, Doubt | None], _Returned] = {}
    for made in plans:
        bounce = made.mail.bounce or Bounce()
        row = sent.get(bounce.original_message_id or "")
        step: dict[str, Any] = {"step": "bounce", **bounce.model_dump(exclude={"by_server"}), "found": row is not None}
        step |= {"token": "right" if made.proven else "wrong"} if made.proof else {}
        made.steps.append(step)
        if row is None:
            continue
        made.ticket_id, made.chat_message_id = row.ticket_id, row.chat_message_id
        one = _returned(made, bounce, row)
        step |= {"doubt": one.doubt} if one.doubt else {}
        if outbound.can_bounce(row) and (row.id, one.address, one.doubt) not in returned:
            returned[row.id, one.address, one.doubt] = one
            step |= {"suppressed": one.address} if one.silences else {}
    found = list(returned.values())
    bounced = outbound.mark_bounced(
        connection, {one.sent.id: one.words for one in found if one.whole and not one.doubt}
    )
    until = clock.after(days * suppressions.DAY)
    suppressions.suppress(connection, {one.address: one.words for one in found if one.silences}, until)
    return Recorded(
        bounced, _tell_the_team(connection, [one for one in found if one.sent.ticket_id is not None], until)
    )


def _returned(made: Plan, bounce: Bounce, row: Row[Any]) -> _Returned:
    named = normalise(bounce.recipient) if bounce.recipient else row.recipient
    copies = {normalise(person["address"]) for person in row.letter.get("cc", ())}
    whole = named == row.recipient or named not in copies
    return _Returned(made, bounce, row, row.recipient if whole else named, whole, _doubt(made, bounce, row))


def _doubt(made: Plan, bounce: Bounce, row: Row[Any]) -> Doubt | None:
    """Return why a report is not believed, or None. What it may lack depends on how its mail was sent, not on today."""
    if made.proven:
        return None
    if made.proof:
        return "bad_token"
    if made.suspect:
        return "suspect"
    if not bounce.by_server:
        return "not_by_server"
    return "no_token" if row.letter.get("returns_to") else None


def _tell_the_team(connection: Connection, returned: Sequence[_Returned], until: datetime) -> Sequence[int]:
    """Write a note into the team's chat of each ticket, of a merged one into that of the last; return their ids.

    What is in doubt is said once of each mail and address: nobody fills a chat with forged reports.
    """
    if not returned:
        return ()
    standing = state_queries.standings(connection, {one.sent.ticket_id for one in returned})
    notes = [(standing[one.sent.ticket_id].ticket_id, _note(one, until), one) for one in returned]
    said = queries.notes_of(connection, {ticket_id for ticket_id, _, one in notes if one.doubt})
    now = clock.now()
    rows = [
        {
            "ticket_id": ticket_id,
            "chat": "team",
            "author_kind": "system",
            "author": AUTHOR,
            "inbound_id": one.made.mail_id,
            "text": text,
            "automatic": True,
            "created_at": now,
        }
        for ticket_id, text, one in notes
        if not one.doubt or (ticket_id, text) not in said
    ]
    return queries.add_messages(connection, rows, [()] * len(rows)) if rows else ()


def _disbelief(doubt: Doubt, gettext: Callable[[str], str]) -> str:
    match doubt:
        case "bad_token":
            return gettext("It is not believed, as the address that it came to was altered.")
        case "suspect":
            return gettext("It is not believed, as its sender is forged.")
        case "not_by_server":
            return gettext("It is not believed, as no mail server has written it.")
        case "no_token":
            return gettext("It is not believed, as it did not come to the address that this was sent from.")


def _note(one: _Returned, until: datetime) -> str:
    """Return what the dispatcher has to know, in the mailbox's language."""
    mailbox = one.made.mailbox
    gettext = translations(mailbox.language).gettext
    if one.doubt:
        lines = [gettext("A mail says that what was sent to {address} on {sent} was not delivered.")]
        lines.append(_disbelief(one.doubt, gettext))
    elif not one.whole:
        lines = [gettext("The copy of your answer to {address} was not delivered ({words}).")]
    elif one.sent.kind == "chat_message":
        lines = [gettext("Your answer to {address} was not delivered ({words}).")]
    else:
        lines = [gettext("An automatic mail to {address} was not delivered ({words}).")]
    if one.silences:
        lines.append(gettext("Nothing automatic is sent there until {until}, or until a mail comes from there."))
    places = {
        "address": readable(one.address),
        "words": one.words or gettext("no reason was given"),
        "sent": moment(one.sent.created_at, mailbox.time_zone),
        "until": moment(until, mailbox.time_zone),
    }
    return " ".join(lines).format(**places)
