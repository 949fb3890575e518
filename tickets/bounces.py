"""The way back of what we sent: reports of failed delivery, each recorded on its mail and told to the team.

A report counts only for a mail of ours that it names by its Message-ID, which nobody else can guess: so nobody can
silence an address by a forged one. What it says of a participant's copy does not undo the mail itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from backbone import clock
from backbone.addresses import normalise, readable
from backbone.contracts import Bounce
from backbone.i18n import moment, translations
from backbone.ledger import outbound, suppressions
from tickets import queries, state_queries
from tickets.planning import Plan

AUTHOR = "Postroom"


@dataclass(frozen=True, slots=True)
class _Returned:
    """A report, our mail that it is about, and who was not reached; ``whole`` if the mail itself came back."""

    made: Plan
    bounce: Bounce
    sent: Row[Any]
    address: str
    whole: bool

    @property
    def silences(self) -> bool:
        """Whether the address does not exist. One to which the mail was passed on says nothing of ours."""
        named = self.bounce.recipient is None or normalise(self.bounce.recipient) == self.address
        return named and self.bounce.status in suppressions.NO_SUCH_ADDRESS

    @property
    def words(self) -> str:
        """What the report says in short."""
        return " ".join(filter(None, [self.bounce.status, self.bounce.recipient]))


def record(connection: Connection, plans: Sequence[Plan], days: int) -> list[Row[Any]]:
    """Record what reports say, and return the mails that came back.

    An address that does not exist gets nothing automatic for so many ``days``.
    """
    named = {made.mail.bounce.original_message_id for made in plans if made.mail.bounce} - {None}
    sent = outbound.sent_as(connection, [one for one in named if one]) if named else {}
    returned: dict[tuple[int, str], _Returned] = {}
    for made in plans:
        bounce = made.mail.bounce or Bounce()
        row = sent.get(bounce.original_message_id or "")
        step: dict[str, Any] = {"step": "bounce", **bounce.model_dump(), "found": row is not None}
        made.steps.append(step)
        if row is None:
            continue
        made.ticket_id, made.chat_message_id = row.ticket_id, row.chat_message_id
        one = _returned(made, bounce, row)
        if outbound.can_bounce(row) and (row.id, one.address) not in returned:
            returned[row.id, one.address] = one
            step |= {"suppressed": one.address} if one.silences else {}
    found = list(returned.values())
    bounced = outbound.mark_bounced(connection, {one.sent.id: one.words for one in found if one.whole})
    until = clock.after(days * suppressions.DAY)
    suppressions.suppress(connection, {one.address: one.words for one in found if one.silences}, until)
    _tell_the_team(connection, [one for one in found if one.sent.ticket_id is not None], until)
    return bounced


def _returned(made: Plan, bounce: Bounce, row: Row[Any]) -> _Returned:
    named = normalise(bounce.recipient) if bounce.recipient else row.recipient
    copies = {normalise(person["address"]) for person in row.letter.get("cc", ())}
    if named != row.recipient and named in copies:
        return _Returned(made, bounce, row, named, whole=False)
    return _Returned(made, bounce, row, row.recipient, whole=True)


def _tell_the_team(connection: Connection, returned: Sequence[_Returned], until: datetime) -> None:
    """Write a note into the team's chat of each ticket; of a merged one, into that of the last."""
    if not returned:
        return
    standing = state_queries.standings(connection, {one.sent.ticket_id for one in returned})
    now = clock.now()
    rows = [
        {
            "ticket_id": standing[one.sent.ticket_id].ticket_id,
            "chat": "team",
            "author_kind": "system",
            "author": AUTHOR,
            "inbound_id": one.made.mail_id,
            "text": _note(one, until),
            "automatic": True,
            "created_at": now,
        }
        for one in returned
    ]
    queries.add_messages(connection, rows, [()] * len(rows))


def _note(one: _Returned, until: datetime) -> str:
    """Return what the dispatcher has to know, in the mailbox's language."""
    mailbox = one.made.mailbox
    gettext = translations(mailbox.language).gettext
    if not one.whole:
        said = gettext("The copy of your answer to {address} was not delivered ({words}).")
    elif one.sent.kind == "chat_message":
        said = gettext("Your answer to {address} was not delivered ({words}).")
    else:
        said = gettext("An automatic mail to {address} was not delivered ({words}).")
    lines = [said]
    if one.silences:
        lines.append(gettext("Nothing automatic is sent there until {until}, or until a mail comes from there."))
    places = {
        "address": readable(one.address),
        "words": one.words or gettext("no reason was given"),
        "until": moment(until, mailbox.time_zone),
    }
    return " ".join(lines).format(**places)
