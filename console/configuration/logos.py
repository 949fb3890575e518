"""Logos of mailboxes in the store: ``apply`` puts those in that are files, and sees to it that the others are there."""

from __future__ import annotations

from collections.abc import Callable

from backbone.blobs import BlobMissingError, Blobs, StoreUnavailableError
from backbone.errors import UserError
from console.configuration.model import Configuration
from console.configuration.outgoing import Logo
from replies.pictures import picture

LogoWriter = Callable[[str, str], str]
"""Takes a mailbox's address and the key of its logo, and returns what the file says of the logo."""


def stored_logo(_address: str, key: str) -> str:
    """Return what the file says of a logo that stays in the store."""
    return f"sha256:{key}"


def keep(blobs: Blobs, configuration: Configuration) -> None:
    """Put the logos into the store. Raise UserError when one is not to be had, or is no image."""
    for mailbox in configuration.mailboxes:
        logo = mailbox.outgoing.logo if mailbox.outgoing else None
        if logo:
            _keep(blobs, mailbox.address, logo)


def _keep(blobs: Blobs, address: str, logo: Logo) -> None:
    try:
        if logo.file:
            blobs.put(logo.file.content, durable=True)
        elif picture(blobs.get(logo.sha256)) is None:
            raise UserError(
                f"Nothing was applied, as sha256:{logo.sha256}, the logo of {address}, is no image that every mail "
                "program shows; give a PNG, JPEG or GIF as a file, or take it out."
            )
    except BlobMissingError:
        raise UserError(
            f"Nothing was applied, as the store has no sha256:{logo.sha256}, which is the logo of {address}; "
            "give the logo as a file, or take it out."
        ) from None
    except StoreUnavailableError as error:
        raise UserError(
            f"Nothing was applied, as the logos cannot be stored ({error}); check POSTROOM_BLOB_URL."
        ) from None
