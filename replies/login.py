"""Opening a connection to an SMTP server: TLS as it is set, then the login; each answer has to end in time."""

from __future__ import annotations

import io
import smtplib
import time
from collections.abc import Callable
from typing import Any

from backbone.catalogue.model import Server
from backbone.tls import Fault, ServerTroubleError, context


class TimedSmtp(smtplib.SMTP):
    """A connection on which an answer has to be complete within ``timeout``.

    A socket's own timeout begins anew with each byte, so that a server could make an answer last for ever.
    """

    _until: float

    def getreply(self) -> tuple[int, bytes]:
        """Return the next answer, as smtplib does; raise its error when it has not come in time."""
        return self.reply_within(self.timeout)

    def reply_within(self, seconds: float) -> tuple[int, bytes]:
        """Return the next answer, for which there is another time than for all others."""
        self._until = time.monotonic() + seconds
        if self.file is None:
            self.file = io.BufferedReader(_Incoming(self))
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)

    def read_into(self, buffer: Any) -> int:
        """Read what has come, waiting for it no longer than the answer may still take."""
        left = self._until - time.monotonic()
        if self.sock is None or left <= 0:
            raise TimeoutError("timed out")
        self.sock.settimeout(left)
        return self.sock.recv_into(buffer)


class _TimedSmtpSsl(TimedSmtp, smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""


class _Incoming(io.RawIOBase):
    """What a server says, for a reader of lines."""

    def __init__(self, smtp: TimedSmtp) -> None:
        self._smtp = smtp

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._smtp.read_into(buffer)


def connect(server: Server, password: Callable[[], str], timeout: float) -> TimedSmtp:
    """Return a connection that is secured and logged in as ``server`` says.

    Raises ServerTroubleError with a sentence, or what the socket and smtplib raise. ``timeout`` is in seconds, for each
    answer.
    """
    if server.security == "tls":
        smtp: TimedSmtp = _TimedSmtpSsl(server.host, server.port, timeout=timeout, context=context(server))
    else:
        smtp = TimedSmtp(server.host, server.port, timeout=timeout)
    try:
        if server.security == "starttls":
            _start_tls(smtp, server)
        smtp.ehlo_or_helo_if_needed()
        if server.login:
            _login(smtp, server, password())
    except BaseException:
        smtp.close()
        raise
    return smtp


def plain(words: bytes | str) -> str:
    """Return a server's words on one line, and cut."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:500]


def _start_tls(smtp: smtplib.SMTP, server: Server) -> None:
    try:
        smtp.starttls(context=context(server))
    except smtplib.SMTPNotSupportedError:
        raise ServerTroubleError(
            Fault.SECURITY,
            f"The SMTP server {server.host}:{server.port} offers no STARTTLS; set smtp security to tls (port 465) "
            "or, in a network you trust, to none.",
        ) from None


def _login(smtp: smtplib.SMTP, server: Server, password: str) -> None:
    place = f"The SMTP server {server.host}:{server.port}"
    try:
        smtp.login(server.login, password)
    except smtplib.SMTPAuthenticationError as error:
        words = plain(error.smtp_error)
        sentence = f"{place} refuses the login {server.login!r} ({words}); check login and password."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except UnicodeEncodeError as error:
        sentence = f"{place} takes logins in ASCII only; use an app password without letters of other scripts."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except smtplib.SMTPException as error:
        if isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException)):
            raise
        sentence = f"{place} takes no login as connected; set smtp security to tls or starttls, or leave login empty."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
