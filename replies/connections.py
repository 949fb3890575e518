"""The SMTP connections that a thread keeps open, one for each mailbox, and when a server is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from backbone.catalogue.model import Server
from backbone.errors import UserError
from backbone.ledger.states import OutboundReason
from replies.compose import Composed
from replies.policy import Certainty
from replies.settings import ReplySettings
from replies.smtp import Connection, SendError

REST_AFTER_FAILURE = 10.0
"""Seconds without a try after a server could not be used, so that its mails do not hold up those of others."""

_threads = threading.local()
_resting: dict[int, tuple[float, Server, SendError]] = {}


def send(
    mail: Composed,
    *,
    mailbox_id: int,
    server: Server,
    password: Callable[[], str],
    settings: ReplySettings,
    answer_timeout: float,
) -> str:
    """Send a mail through the mailbox's server and return its words; raise SendError when that cannot be done."""

    def once() -> Connection:
        return _connection(mailbox_id, server, password, settings, answer_timeout)

    connection = once()
    fresh = connection.mails == 0
    try:
        return connection.send(mail.envelope_from, mail.recipient, mail.message)
    except SendError as error:
        # Servers leave between two mails when they have waited, or taken, enough: that says nothing of this mail.
        if fresh or connection.open or error.certainty is not Certainty.NOT_SENT:
            raise
    return once().send(mail.envelope_from, mail.recipient, mail.message)


def _connection(
    mailbox_id: int, server: Server, password: Callable[[], str], settings: ReplySettings, answer_timeout: float
) -> Connection:
    """Return this thread's connection for the mailbox, a fresh one when it is old or the settings have changed."""
    held: dict[int, tuple[Server, Connection]] = _threads.__dict__.setdefault("held", {})
    for name, (used_for, connection) in list(held.items()):
        if not connection.usable(settings.idle) or (name == mailbox_id and used_for != server):
            del held[name]
            connection.close()
    if mailbox_id in held:
        return held[mailbox_id][1]
    until, rested, trouble = _resting.get(mailbox_id, (0.0, None, None))
    if trouble and rested == server and time.monotonic() < until:
        raise SendError(trouble.certainty, trouble.reason, trouble.words)
    try:
        made = _open(server, password, settings, answer_timeout)
    except SendError as error:
        _resting[mailbox_id] = (time.monotonic() + REST_AFTER_FAILURE, server, error)
        raise
    _resting.pop(mailbox_id, None)
    held[mailbox_id] = (server, made)
    return made


def _open(server: Server, password: Callable[[], str], settings: ReplySettings, answer_timeout: float) -> Connection:
    try:
        return Connection(server, password, settings.timeout, answer_timeout)
    except UserError as error:  # a ca_file that cannot be read
        raise SendError(Certainty.NOT_SENT, OutboundReason.CERTIFICATE, str(error)) from error
