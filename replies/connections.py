"""The SMTP connections of a process, shared by its threads, and when a server is left alone for a while."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from backbone.catalogue.model import Server
from backbone.errors import UserError
from backbone.ledger.states import OutboundReason
from replies.places import Places
from replies.policy import Certainty
from replies.settings import ReplySettings
from replies.smtp import Connection, SendError, Taken
from replies.writing import Write

REST_AFTER_FAILURE = 10.0
"""Seconds without a try after a server could not be used, so that its mails do not hold up those of others."""

places = Places()
"""The places at mail servers, whatever this stage talks to them about."""

_lock = threading.Lock()
_waiting: dict[Peer, list[Connection]] = {}
_resting: dict[Peer, tuple[float, SendError]] = {}


@dataclass(frozen=True, slots=True)
class Peer:
    """The SMTP server of a mailbox, as it is set now."""

    mailbox_id: int
    server: Server


@dataclass(frozen=True, slots=True)
class Line:
    """A place at a server, by which a mail can be sent, as long as its data end before ``until`` (monotonic)."""

    peer: Peer
    password: Callable[[], str]
    settings: ReplySettings
    answer_timeout: float
    until: float

    def send(self, write: Write) -> Taken:
        """Send the mail that ``write`` composes and return what became of it; raise SendError when it is not taken."""
        connection, fresh = self._connection()
        try:
            try:
                return self._by(connection, write)
            except SendError as error:
                # Servers leave between two mails when they have waited, or taken, enough: it says nothing of this mail.
                if fresh or connection.open or error.certainty is not Certainty.NOT_SENT:
                    raise
            connection = self._open()
            return self._by(connection, write)
        finally:
            if connection.open:
                with _lock:
                    _waiting.setdefault(self.peer, []).append(connection)

    def _connection(self) -> tuple[Connection, bool]:
        """Return a connection that nobody uses, and whether it is fresh."""
        for old in _take_old(self.settings.idle):
            old.close()
        with _lock:
            waiting = _waiting.get(self.peer)
            if waiting:
                return waiting.pop(), False
        return self._open(), True

    def _open(self) -> Connection:
        try:
            made = Connection(self.peer.server, self.password, self.settings.timeout, self.answer_timeout)
        except UserError as error:  # a ca_file that cannot be read
            raise self._rest(SendError(Certainty.NOT_SENT, OutboundReason.CERTIFICATE, str(error))) from error
        except SendError as error:
            raise self._rest(error) from error.__cause__
        _resting.pop(self.peer, None)
        return made

    def _by(self, connection: Connection, write: Write) -> Taken:
        mail = write(connection.offers)
        taken = connection.send(mail.envelope_from, mail.recipients, mail.message, self.until, late=mail.late)
        left_out = dict.fromkeys(mail.left_out, "the server has no SMTPUTF8")
        return replace(taken, refused={**taken.refused, **left_out}) if left_out else taken

    def _rest(self, trouble: SendError) -> SendError:
        _resting[self.peer] = (time.monotonic() + REST_AFTER_FAILURE, trouble)
        return trouble


@contextmanager
def line(
    peer: Peer,
    *,
    password: Callable[[], str],
    settings: ReplySettings,
    answer_timeout: float,
    until: float,
    most: int,
    slow_most: int,
) -> Iterator[Line]:
    """Hold one of the ``most`` places at ``peer``, or of the ``slow_most`` that all slow servers have together.

    A mail goes by it if its data end before ``until``. Raises NoPlaceError when no place is free, and SendError when
    the server rests after a trouble.
    """
    rests_until, trouble = _resting.get(peer, (0.0, None))
    if trouble and time.monotonic() < rests_until:
        raise SendError(trouble.certainty, trouble.reason, trouble.words)
    with places.taken(peer, most=most, slow_most=slow_most, slow_after=settings.slow_after):
        yield Line(peer, password, settings, answer_timeout, until)


def _take_old(longest_idle: float) -> list[Connection]:
    """Take out and return the connections that their servers may have left."""
    with _lock:
        old = [one for waiting in _waiting.values() for one in waiting if not one.usable(longest_idle)]
        if old:
            for peer, waiting in list(_waiting.items()):
                _waiting[peer] = [one for one in waiting if one not in old]
                if not _waiting[peer]:
                    del _waiting[peer]
    return old


@atexit.register
def close_all() -> None:
    """Leave every server."""
    for connection in _take_old(0):
        connection.close()
