"""The samples that sender rules are pinned to, as ``apply`` handles them: their mails are kept where mails are kept."""

from __future__ import annotations

from collections.abc import Callable

from backbone.blobs import BlobMissingError, Blobs, StoreUnavailableError
from backbone.errors import UserError
from console.configuration.model import Configuration


def keep(blobs: Blobs, configuration: Configuration) -> None:
    """Put the samples that are files into the store, and make sure that it has the others.

    Raise UserError when it has one not, or cannot be reached. What was put in stays, and does no harm.
    """
    for mailbox in configuration.mailboxes:
        for sender in mailbox.senders:
            for sample in sender.samples:
                try:
                    if sample.file:
                        blobs.put(sample.file.content, durable=True)
                    else:
                        blobs.get(sample.digest)
                except BlobMissingError:
                    raise UserError(
                        f"Nothing was applied, as the store has no mail sha256:{sample.digest}, which is a sample of "
                        f"the sender {sender.pattern} of {mailbox.address}; give the mail as a 'file', or take it out."
                    ) from None
                except StoreUnavailableError as error:
                    raise UserError(
                        f"Nothing was applied, as the samples cannot be stored ({error}); check POSTROOM_BLOB_URL."
                    ) from None


def contents(blobs: Blobs | None, configuration: Configuration) -> Callable[[str], bytes | None]:
    """Return what gives a sample's mail by its key: from the files, else from the store, else None."""
    given = {
        sample.digest: sample.file.content
        for mailbox in configuration.mailboxes
        for sender in mailbox.senders
        for sample in sender.samples
        if sample.file
    }

    def content(key: str) -> bytes | None:
        if key in given or blobs is None:
            return given.get(key)
        try:
            return blobs.get(key)
        except (BlobMissingError, StoreUnavailableError):
            return None

    return content
