"""The IMAP folder in which a mailbox keeps what it sent: whether a mail stands there already, and putting it there."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxAppendError

from backbone.catalogue.model import Server
from backbone.tls import Fault, ServerTroubleError, context, explain


class NotTakenError(Exception):
    """The server refuses this one mail; the text is a sentence with its words."""


class SentFolder:
    """The folder on an open connection."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        """Select ``name`` for reading; raise ServerTroubleError when there is no such folder."""
        self._box, self._name = box, name
        try:
            box.folder.set(name, readonly=True)
        except ImapToolsError as error:
            raise ServerTroubleError(
                Fault.FOLDER,
                f"The folder {name!r} for sent mail cannot be opened; name one that exists as sent_folder, as the "
                "mail program shows it, with the folders above it.",
            ) from error

    def holds(self, message_id: str) -> bool:
        """Return whether a mail of that Message-ID stands in the folder."""
        kind, answer = self._box.client.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"')
        if kind != "OK":
            raise imaplib.IMAP4.error(f"SEARCH was answered {kind}")
        return any(line.split() for line in answer if isinstance(line, bytes))

    def append(self, message: bytes, sent_at: datetime) -> None:
        """Put a mail there as read; raise NotTakenError when the server does not want it."""
        try:
            self._box.append(message, self._name, sent_at, ["\\Seen"])
        except MailboxAppendError as error:
            raise NotTakenError(f"The folder {self._name!r} did not take the copy: {str(error)[:300]}") from error


@contextmanager
def opened(server: Server, password: str, name: str, timeout: float) -> Iterator[SentFolder]:
    """Connect, log in and select the folder; raise ServerTroubleError with a sentence for whatever goes wrong.

    ``timeout`` is in seconds, for each answer of the server.
    """
    try:
        box = _connect(server, timeout)
        try:
            _login(box, server, password)
            yield SentFolder(box, name)
        finally:
            _leave(box)
    except (OSError, imaplib.IMAP4.error, ImapToolsError, UnicodeError) as error:
        trouble = explain(error, server, "IMAP")
        raise ServerTroubleError(trouble.fault, trouble.sentence) from error


def _connect(server: Server, timeout: float) -> BaseMailBox:
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout, ssl_context=context(server))
    box = MailBoxUnencrypted(server.host, server.port, timeout)
    if server.security == "starttls":
        try:
            box.client.starttls(context(server))
        except BaseException:
            with suppress(OSError):  # a failed handshake has closed the socket
                box.client.shutdown()
            raise
    return box


def _login(box: BaseMailBox, server: Server, password: str) -> None:
    login = box.login if (server.login + password).isascii() else box.login_utf8
    try:
        login(server.login, password, initial_folder=None)
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        sentence = (
            f"The IMAP server {server.host}:{server.port} refuses the login {server.login!r}; see what 'postroom "
            "mailbox test' says of the mailbox."
        )
        raise ServerTroubleError(Fault.LOGIN, sentence) from error


def _leave(box: BaseMailBox) -> None:
    try:
        box.client.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            box.client.shutdown()
