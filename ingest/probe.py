"""Trying a mailbox out, as ``postroom mailbox test`` does: connect, log in, open the folder, count what is unread."""

from __future__ import annotations

from dataclasses import dataclass

from backbone.catalogue.model import Mailbox
from backbone.vault import Vault
from ingest.imap import Folder, opened


@dataclass(frozen=True, slots=True)
class Probe:
    """What a working mailbox answered."""

    folder: str
    unread: int
    uid_validity: int


def probe(mailbox: Mailbox, vault: Vault, timeout: float) -> Probe:
    """Return what the IMAP server says; raise ServerTroubleError or UserError with a sentence of what is wrong."""
    with opened(mailbox.imap, vault.decrypt(mailbox.imap.password), timeout) as box:
        folder = Folder(box, mailbox.folder)
        return Probe(folder.name, len(folder.unseen()), folder.uid_validity)
