"""Passwords whose variables are not set: the stored one stays where it is surely the one that is meant.

It is where the mailbox's server and login are the stored ones. A stored password never goes to another server because
of a variable that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import SecretStr

from backbone.addresses import normalise
from backbone.errors import UserError
from console.configuration.kinds import Row
from console.configuration.model import Configuration, Imap, Mailbox, Smtp
from console.configuration.passwords import Kept, UnsetPassword
from console.configuration.stored import Stored


class LackingPasswordsError(UserError):
    """Variables are not set for which no stored password can stand in."""

    def __init__(self, variables: Iterable[str]) -> None:
        """Name the variables."""
        self.variables = frozenset(variables)
        super().__init__(f"These environment variables are not set: {', '.join(sorted(self.variables))}; set them.")


def keep(configuration: Configuration, held: Stored) -> tuple[Configuration, tuple[Kept, ...]]:
    """Return the configuration with stored passwords in the place of unset ones, and which these are.

    Raise LackingPasswordsError when there is none to put in.
    """
    kept: list[Kept] = []
    lacking: set[str] = set()
    mailboxes = []
    for mailbox in configuration.mailboxes:
        row = held.rows["mailboxes"].get(normalise(mailbox.address))
        filled = _filled(mailbox, row or {}, lacking)
        mailboxes.append(filled)
        kept += (Kept(mailbox.address, variable) for variable in _unset(mailbox))
    if lacking:
        raise LackingPasswordsError(lacking)
    return (configuration.model_copy(update={"mailboxes": mailboxes}), tuple(kept)) if kept else (configuration, ())


def _unset(mailbox: Mailbox) -> list[str]:
    passwords = (server.password for server in (mailbox.imap, mailbox.smtp) if server)
    return sorted({password.variable for password in passwords if isinstance(password, UnsetPassword)})


def _filled(mailbox: Mailbox, row: Row, lacking: set[str]) -> Mailbox:
    imap, smtp = mailbox.imap, mailbox.smtp
    changed: dict[str, Imap | Smtp] = {}
    known: dict[str, SecretStr] = {}  # a variable that stands for both sides means one password
    for side, server in (("imap", imap), ("smtp", smtp)):
        if server is None or not isinstance(server.password, UnsetPassword):
            continue
        variable = server.password.variable
        secret = known.get(variable) or _stored(side, server, row)
        if secret is None:
            lacking.add(variable)
            continue
        known[variable] = secret
        changed[side] = server.model_copy(update={"password": secret})
    return mailbox.model_copy(update=changed) if changed else mailbox


def _stored(side: str, server: Imap | Smtp, row: Row) -> SecretStr | None:
    if (row.get(f"{side}_host"), row.get(f"{side}_login")) != (server.host, server.login):
        return None
    secret = row[f"{side}_password"]
    return SecretStr(secret) if secret else None
