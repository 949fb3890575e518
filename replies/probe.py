"""Trying a mailbox's SMTP server out, as ``postroom mailbox test`` does: connect and log in, send nothing."""

from __future__ import annotations

from backbone.catalogue.model import Server
from backbone.vault import Vault
from replies.smtp import Connection


def probe(server: Server, vault: Vault, timeout: float) -> None:
    """Return when the server takes the login; raise SendError or UserError with a sentence of what is wrong."""
    Connection(server, lambda: vault.decrypt(server.password), timeout).close()
