"""What a test's post does with the mails that a house owes: bring them, lose their headers, send them back."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from replies.compose import Offers
from replies.writing import writer
from tests.support.house import House

MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Postroom-Loop")
"""What says of our mail that no person wrote it."""

THREADING = ("In-Reply-To", "References")


def collect(office: House) -> list[tuple[Row[Any], bytes]]:
    """Take the mails that are queued, as the stage that sends them would, and return each with its bytes."""
    with office.runtime.database.reading() as connection:
        boxes = office.runtime.catalogue.current(connection).mailboxes
    waiting = [row for row in office.owed() if row.state == Outbound.QUEUED]
    taken = [(row, writer(office.runtime, row, boxes[row.mailbox_id])(Offers()).message) for row in waiting]
    for row in waiting:
        office.change(outbound, outbound.c.id == row.id, state=Outbound.SENT, due_at=None)
    return taken


def without(raw: bytes, names: Sequence[str]) -> bytes:
    """Return a mail without these header fields, as a bad gateway would pass it on."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    kept = [one for one in fields if one.split(b":", 1)[0].decode().lower() not in {name.lower() for name in names}]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def returned(
    sent: Row[Any],
    to: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    whom: str = "",
    sender: str = "MAILER-DAEMON@mx.example",
    head: str = "Return-Path: <>",
) -> bytes:
    """Return the report of a server that a mail of ours could not be delivered (RFC 3464)."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nMessage-ID: <report.{sent.id}.{status}.{whom}@mx.example>\r\n"
        f"{head}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {whom or sent.recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {sent.message_id}\r\n\r\n--b--\r\n"
    ).encode()
