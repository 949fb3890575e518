"""What Postroom tells on ``postroom.events``: CloudEvents 1.0 in JSON, structured mode; a model of data for each type.

These models are a contract with programs that we do not know: they only grow. What stands in the team chat is told of,
and not told itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid5

from sqlalchemy import Row

from backbone.contracts import Contract

CONTENT_TYPE = "application/cloudevents+json"
LONGEST_TEXT = 10_000
"""Characters of a message that an event tells."""

Kept = Literal["too_late", "no_undo", "no_mail"]
"""Why a message could not be taken back."""

_NAMESPACE = UUID("6a1c3c0e-9b53-5d4b-8c0f-3f1f5a1f9e55")


class Data(Contract):
    """What an event tells beside its type and its ticket."""

    type: ClassVar[str]


class TicketCreated(Data):
    """A mail opened a ticket; a ``silent`` one is an old mail, taken afterwards, of which nobody is to be alarmed."""

    type: ClassVar[str] = "ticket.created"
    ticket: str
    mailbox: str
    subject: str
    mail_id: int
    silent: bool = False


class MessageAdded(Data):
    """Somebody wrote on a ticket: a customer by mail, staff, or the system.

    ``text`` is null for what was written in the team chat, and cut after 10,000 characters. A ``guest`` is somebody
    whose mail came into the conversation without proof that he belongs to it. ``twin_id`` is the same message in the
    other chat, told by an event of its own. Until ``undo_until`` the message may be taken back (``message.undone``).
    ``event_id`` is that of the ``chat.message`` that brought it: by it a chat system knows its own words again.
    """

    type: ClassVar[str] = "message.added"
    ticket: str
    message_id: int
    chat: Literal["customer", "team"]
    author_kind: Literal["customer", "staff", "system"]
    author: str
    text: str | None = None
    files: int = 0
    automatic: bool = False
    guest: bool = False
    silent: bool = False
    twin_id: int | None = None
    undo_until: datetime | None = None
    event_id: UUID | None = None


class MessageUndone(Data):
    """Staff took a message back before its mail left: whoever shows it hides it. Its twin has an event of its own.

    ``author`` and ``event_id`` are those of the ``chat.undo`` that said so, if one did.
    """

    type: ClassVar[str] = "message.undone"
    ticket: str
    message_id: int
    chat: Literal["customer", "team"]
    author: str | None = None
    event_id: UUID | None = None


class MessageKept(Data):
    """Staff wanted to take a message back, and it stays, in both chats if it stands in both.

    ``too_late``: its mail is leaving or has left. ``no_undo``: its mailbox gives no time for that. ``no_mail``: it left
    as none, as it was said to the team alone, or as the customer gets no mails. ``event_id`` is that of the
    ``chat.undo``.
    """

    type: ClassVar[str] = "message.kept"
    ticket: str
    message_id: int
    chat: Literal["customer", "team"]
    reason: Kept
    event_id: UUID


class TicketClosed(Data):
    """Somebody closed a ticket; with ``merged_into`` for that one."""

    type: ClassVar[str] = "ticket.closed"
    ticket: str
    merged_into: str | None = None


class TicketReopened(Data):
    """A closed ticket is open again: ``by`` a mail of the customer, or by staff."""

    type: ClassVar[str] = "ticket.reopened"
    ticket: str
    by: Literal["mail", "staff"]


class MailHeld(Data):
    """A mail waits for a person. Its subject in the event is the mail's id, as it has no ticket."""

    type: ClassVar[str] = "mail.held"
    mail_id: int
    mailbox: str
    reason: str


class Reply(Data):
    """What became of the mail that a chat message left as; ``answer`` has the words of the mail server, if any."""

    ticket: str
    message_id: int
    outbound_id: int
    recipient: str
    answer: str | None = None


class ReplySent(Reply):
    """The mail server took the mail for its recipient; copies that it put off go later, and are not told of."""

    type: ClassVar[str] = "reply.sent"


class ReplyBounced(Reply):
    """The mail came back."""

    type: ClassVar[str] = "reply.bounced"


class ReplyFailed(Reply):
    """The mail was given up."""

    type: ClassVar[str] = "reply.failed"
    reason: str = ""


ALL: tuple[type[Data], ...] = (
    TicketCreated,
    MessageAdded,
    MessageUndone,
    MessageKept,
    TicketClosed,
    TicketReopened,
    MailHeld,
    ReplySent,
    ReplyBounced,
    ReplyFailed,
)


class CloudEvent(Contract):
    """The envelope (CloudEvents 1.0). Who has seen an ``id`` before passes over it: an event may come twice.

    ``subject`` is the ticket's number. ``correlationid`` follows one conversation through Postroom's log.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: str | None = None
    data: Mapping[str, Any]


def envelope(row: Row[Any], instance: str) -> bytes:
    """Return the CloudEvent of a row of ``domain_events``, the same at every call.

    Its id is made of the row's and its time: a database that was restored from a backup counts its rows anew.
    """
    source = f"/postroom/{instance}"
    event = {
        "specversion": "1.0",
        "id": str(uuid5(_NAMESPACE, f"{source}/{row.id}/{row.occurred_at.isoformat()}")),
        "source": source,
        "type": row.type,
        "subject": row.subject,
        "time": row.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        **({"correlationid": row.correlation_id} if row.correlation_id else {}),
        "data": row.data,
    }
    return json.dumps(event, ensure_ascii=False).encode()
