"""What the database says happened: every number that the demo prints is read back from here or from a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from backbone.catalogue.tables import objects, templates
from backbone.ledger.states import INBOUND_OPEN, OUTBOUND_OPEN, Inbound, Outbound
from backbone.ledger.tables import inbound, outbound
from tickets.models import messages, tickets

DECISIONS = (Inbound.IGNORED, Inbound.DUPLICATE, Inbound.BOUNCED, Inbound.HELD, Inbound.FAILED)
"""States of mails that became neither a ticket nor a message, each with its reason on the row."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of everything there is now."""

    inbound: dict[str, int]
    outbound: dict[str, int]
    tickets: int
    answers: int
    automatic: int
    notices: int
    replies: int

    @property
    def seen(self) -> int:
        """Mails seen in the mailbox."""
        return sum(self.inbound.values())

    @property
    def decisions(self) -> int:
        """Mails that ended in a recorded decision."""
        return sum(self.inbound.get(state, 0) for state in DECISIONS)

    @property
    def under_way(self) -> int:
        """Mails, in and out, that are not at their end yet."""
        waiting = sum(self.inbound.get(state, 0) for state in INBOUND_OPEN)
        return waiting + sum(self.outbound.get(state, 0) for state in OUTBOUND_OPEN)

    @property
    def add_up(self) -> bool:
        """Whether ledger, tickets and chat tell the same story."""
        return (
            self.under_way == 0
            and self.seen == self.tickets + self.answers + self.automatic + self.decisions
            and self.tickets == self.inbound.get(Inbound.TICKET_CREATED, 0)
            and self.answers + self.automatic == self.inbound.get(Inbound.MESSAGE_ADDED, 0)
            and self.notices + self.replies == self.outbound.get(Outbound.SENT, 0)
        )

    def sentence(self) -> str:
        """Return the counts on one line."""
        return (
            f"{self.seen} mails seen = {self.tickets} tickets + {self.answers + self.automatic} messages"
            f" + {self.decisions} decisions + {sum(self.inbound.get(state, 0) for state in INBOUND_OPEN)} under way;"
            f" {self.notices} notices and {self.replies} replies sent"
        )


def count(connection: Connection) -> Counts:
    """Count everything, in one snapshot."""
    from_mail = (messages.c.inbound_id.is_not(None), messages.c.inbound_id.not_in(select(tickets.c.inbound_id)))
    automatic = connection.scalar(select(func.count()).where(*from_mail, messages.c.automatic)) or 0
    sent = {
        row.kind: int(row.number)
        for row in connection.execute(
            select(outbound.c.kind, func.count().label("number"))
            .where(outbound.c.state == Outbound.SENT)
            .group_by(outbound.c.kind)
        )
    }
    return Counts(
        inbound=_states(connection, inbound),
        outbound=_states(connection, outbound),
        tickets=connection.scalar(select(func.count()).select_from(tickets)) or 0,
        answers=(connection.scalar(select(func.count()).where(*from_mail)) or 0) - automatic,
        automatic=automatic,
        notices=sent.get("ticket_created", 0),
        replies=sent.get("chat_message", 0),
    )


def mails(connection: Connection, **wanted: Any) -> list[Row[Any]]:
    """Return the rows of inbound mail whose columns have these values, oldest first."""
    return list(connection.execute(_where(inbound, wanted)))


def sent_mails(connection: Connection, **wanted: Any) -> list[Row[Any]]:
    """Return the rows of outbound mail whose columns have these values, oldest first."""
    return list(connection.execute(_where(outbound, wanted)))


def ticket_of(connection: Connection, inbound_id: int) -> Row[Any] | None:
    """Return the ticket that a mail opened, with the names of its template and object."""
    return connection.execute(
        select(tickets, templates.c.name.label("template"), objects.c.name.label("object"))
        .join_from(tickets, templates, tickets.c.template_id == templates.c.id)
        .join(objects, tickets.c.object_id == objects.c.id, isouter=True)
        .where(tickets.c.inbound_id == inbound_id)
    ).first()


def _where(table: Table, wanted: dict[str, Any]) -> Any:
    return select(table).where(*(table.c[name] == value for name, value in wanted.items())).order_by(table.c.id)


def _states(connection: Connection, table: Table) -> dict[str, int]:
    found = connection.execute(select(table.c.state, func.count().label("number")).group_by(table.c.state))
    return {row.state: int(row.number) for row in found}
