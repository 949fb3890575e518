"""Trying a mailbox's SMTP server out: connect and log in, and by request send one mail that no ledger knows of."""

from __future__ import annotations

from contextlib import closing

from backbone.catalogue.model import Server
from backbone.vault import Vault
from replies.policy import Certainty
from replies.smtp import Connection, SendError
from replies.writing import Write


def probe(server: Server, vault: Vault, timeout: float) -> None:
    """Return when the server takes the login; raise SendError or UserError with a sentence of what is wrong."""
    Connection(server, lambda: vault.decrypt(server.password), timeout).close()


def send(write: Write, server: Server, vault: Vault, timeout: float) -> str:
    """Send the mail that ``write`` composes, told what the server offers; return the server's words.

    Raises SendError or UserError with a sentence of what is wrong.
    """
    with closing(Connection(server, lambda: vault.decrypt(server.password), timeout)) as connection:
        mail = write(connection.offers)
        try:
            return str(connection.send(mail.envelope_from, mail.recipients, mail.message))
        except SendError as error:
            known = error.certainty is not Certainty.UNKNOWN
            what = "did not take the mail" if known else "left before it said whether it took the mail"
            sentence = f"The SMTP server {server.host}:{server.port} {what}: {error.words}"
            raise SendError(error.certainty, error.reason, sentence, error.code) from error
