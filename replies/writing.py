"""From a row of the ledger to its mail: the letter, the bytes of its files, the mailbox's logo."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import tokens
from backbone.blobs import BlobMissingError, Blobs
from backbone.catalogue.model import Mailbox
from backbone.contracts import Letter
from backbone.ledger.states import OutboundReason
from backbone.runtime import Runtime
from replies.compose import Composed, Offers, compose
from replies.policy import Certainty
from replies.smtp import SendError

Write = Callable[[Offers], Composed]
"""Composes the mail for a server that offers so much."""

log = structlog.get_logger(__name__)


def writer(runtime: Runtime, row: Row[Any], mailbox: Mailbox) -> Write:
    """Return what composes the mail, the same one at every call; raise SendError when a file of it is gone.

    A mail of which copies were put off goes to those who wait for them.
    """
    letter = Letter.model_validate(row.letter)
    try:
        contents = [runtime.blobs.get(attachment.sha256) for attachment in letter.attachments]
    except BlobMissingError as error:
        raise SendError(Certainty.REFUSED, OutboundReason.BUG, f"The attachment {error} is gone.") from error
    wanted = mailbox.outgoing.logo
    logo = _logo(runtime.blobs, wanted.sha256) if wanted else None

    def write(offers: Offers) -> Composed:
        mail = compose(
            letter,
            mailbox=mailbox,
            message_id=row.message_id,
            date=row.created_at,
            loop_name=tokens.loop_names(runtime.settings.instance, runtime.vault.signing_keys)[0],
            contents=contents,
            logo=logo,
            offers=offers,
        )
        return _late(mail, row.put_off) if row.put_off else mail

    return write


def _late(mail: Composed, put_off: Collection[str]) -> Composed:
    """Return the same mail for those who wait for their copy."""
    recipients = tuple(one for one in mail.recipients if one in put_off)
    left_out = tuple(one for one in put_off if one not in recipients)
    return replace(mail, recipients=recipients, left_out=left_out, late=True)


@lru_cache(maxsize=32)
def _logo(blobs: Blobs, key: str) -> bytes | None:
    """Return the logo, or None when it is gone, without which a mail is still a mail."""
    try:
        return blobs.get(key)
    except BlobMissingError:
        log.warning("logo.missing", key=key)
        return None
