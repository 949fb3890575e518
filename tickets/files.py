"""Files that staff send: into the mail as far as it may grow, beyond that as signed links that expire.

A link names an attachment of a chat message. It opens nothing after its day, nor when the message was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from backbone import links
from backbone.catalogue.model import Mailbox
from backbone.contracts import Attachment, FileLink
from backbone.errors import UserError
from backbone.i18n import MEGABYTE
from backbone.settings import Settings
from tickets.models import attachments, messages

PURPOSE = "file"
PATH = "/f/"
"""Where the console serves them, below POSTROOM_PUBLIC_URL."""

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expired:
    """What a link leads to after its day."""


def attached(files: Sequence[Attachment], mailbox: Mailbox) -> list[bool]:
    """Return for each file whether it goes into the mail: in their order, as long as all of them stay below the limit.

    It is the mail's size that servers refuse, so the files count together.
    """
    room = mailbox.outgoing.attachments_mb * MEGABYTE
    chosen = []
    for file in files:
        chosen.append(file.size <= room)
        room -= file.size if file.size <= room else 0
    return chosen


def check_links(files: Sequence[Attachment], mailbox: Mailbox, settings: Settings) -> None:
    """Raise UserError when a file needs a link and nobody said where the links lead."""
    if settings.public_url:
        return
    for file, fits in zip(files, attached(files, mailbox), strict=True):
        if not fits:
            raise UserError(
                f"The file {file.filename} ({file.size / MEGABYTE:.1f} MB) does not fit into a mail of "
                f"{mailbox.address}, which takes files of {mailbox.outgoing.attachments_mb} MB together, and no link "
                "can be made: set POSTROOM_PUBLIC_URL to the address of 'postroom console', or send a smaller file."
            )


def link(row: Row[Any], keys: tuple[bytes, ...], settings: Settings, until: datetime) -> FileLink:
    """Return the link to a stored attachment, good until then."""
    token = links.make(keys, PURPOSE, {"attachment": row.id}, until)
    return FileLink(filename=row.filename, size=row.size, url=f"{settings.public_url}{PATH}{token}", until=until)


def linked(connection: Connection, keys: tuple[bytes, ...], token: str, now: datetime) -> Row[Any] | Expired | None:
    """Return the attachment that a link leads to; or that it is too late; or None when the link is not ours."""
    said = links.read(keys, PURPOSE, token, now)
    if said is None:
        return Expired() if links.read(keys, PURPOSE, token, _EVER) is not None else None
    return connection.execute(
        select(attachments)
        .join_from(attachments, messages, attachments.c.chat_message_id == messages.c.id)
        .where(attachments.c.id == said["attachment"], messages.c.undone_at.is_(None))
    ).first()
