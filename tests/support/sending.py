"""Mails that a house owes, written straight into the ledger, and mailboxes that send them in their own way."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from backbone import clock
from backbone.catalogue.tables import mailboxes, version
from backbone.contracts import Address
from backbone.ledger import outbound
from backbone.ledger.tables import outbound as outbound_mails
from tests.support.house import HELP, House
from tests.support.smtp import SmtpServer
from tests.support.things import letter


def add_mailbox(office: House, smtp: SmtpServer, address: str = HELP, **outgoing: Any) -> int:
    """Add a mailbox that sends without encryption; ``outgoing`` is how it writes."""
    made = office.add_mailbox(address, senders=(), host=smtp.host, port=smtp.plain_port)
    set_outgoing(office, made, **outgoing)
    return made


def set_outgoing(office: House, mailbox_id: int, **outgoing: Any) -> None:
    """Set how a mailbox writes, as ``postroom apply`` does."""
    office.change(mailboxes, mailboxes.c.id == mailbox_id, outgoing=outgoing)
    office.change(version, number=version.c.number + 1)


def owe(
    office: House,
    mailbox_id: int,
    *to: str,
    ticket_id: int | None = 1,
    cc: tuple[str, ...] = (),
    not_before: datetime | None = None,
) -> list[int]:
    """Queue a mail to each address; return the ids."""
    copies = tuple(Address(address=address) for address in cc)
    rows = [
        {
            "mailbox_id": mailbox_id,
            "kind": "chat_message",
            "ticket_id": ticket_id,
            "recipient": address.lower(),
            "message_id": f"<{uuid4().hex}@postroom.test>",
            "letter": letter(to=Address(address=address), cc=copies).model_dump(mode="json"),
            "correlation_id": uuid4().hex,
            "not_before": not_before,
        }
        for address in to
    ]
    with office.runtime.database.transaction() as connection:
        return outbound.queue(connection, rows, office.runtime.due())


def let_time_pass(office: House, *ids: int) -> None:
    """Let the pauses of deferred mails be over."""
    past = clock.after(-1)
    office.change(outbound_mails, outbound_mails.c.id.in_(ids), not_before=past, due_at=past)


def owed(office: House, mail_id: int) -> Row[Any]:
    """Return one outbound row."""
    return office.rows(outbound_mails, outbound_mails.c.id == mail_id)[0]


def states(office: House) -> dict[int, str]:
    """Return the state of every outbound mail."""
    return {row.id: row.state for row in office.owed()}
