"""One SMTP connection, and what its server's answers mean for a mail.

A failure before the end of the message's data means that the mail was not taken; a connection that breaks between the
final dot and the answer means that nobody can know (RFC 5321 section 4.5.3.2.6), which is said so and never guessed.
"""

from __future__ import annotations

import re
import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from backbone.catalogue.model import Server
from backbone.ledger.states import OutboundReason
from backbone.tls import Fault, ServerTroubleError, context, explain
from replies.policy import Certainty

_LOWEST_CODE = 200
_LAST_TRANSIENT = 499
_CLOSING = 421
_PARTING = 2.0
"""Seconds to wait for a server's good-bye."""
_DOT = re.compile(rb"^\.", re.MULTILINE)

_REASONS = {
    Fault.CERTIFICATE: OutboundReason.CERTIFICATE,
    Fault.SECURITY: OutboundReason.CERTIFICATE,
    Fault.LOGIN: OutboundReason.LOGIN_REFUSED,
}


class SendError(Exception):
    """A mail was not sent, or perhaps was; the text is the server's words or a sentence of ours."""

    def __init__(self, certainty: Certainty, reason: OutboundReason, words: str, code: int = 0) -> None:
        """Carry what is known, the reason, the words, and the server's code when it gave one."""
        super().__init__(words)
        self.certainty = certainty
        self.reason = reason
        self.words = words
        self.code = code


class Connection:
    """An open, logged-in connection, good for many mails one after another."""

    def __init__(
        self, server: Server, password: Callable[[], str], timeout: float, answer_timeout: float | None = None
    ) -> None:
        """Connect to ``server``; raise SendError with a sentence when that cannot be done.

        ``answer_timeout`` is the patience with the answer to a mail's data, where it is not ``timeout``.
        """
        self.mails = 0
        self._timeout = timeout
        self._answer_timeout = answer_timeout or timeout
        try:
            self._smtp = _connect(server, password, timeout)
        except (OSError, smtplib.SMTPException, ServerTroubleError) as error:
            trouble = explain(error, server, "SMTP")
            reason = _REASONS.get(trouble.fault, OutboundReason.CONNECTION)
            raise SendError(Certainty.NOT_SENT, reason, trouble.sentence) from error
        self._used_at = time.monotonic()

    @property
    def open(self) -> bool:
        """Whether nothing is known to have ended the connection."""
        return self._smtp.sock is not None

    def usable(self, longest_idle: float) -> bool:
        """Whether the connection is open and was used within ``longest_idle`` seconds, so that its server is there."""
        return self.open and time.monotonic() - self._used_at < longest_idle

    def send(self, envelope_from: str, recipient: str, message: bytes) -> str:
        """Send one mail and return the server's words; raise SendError when it was refused, or the line broke.

        ``message`` has CRLF line ends and ends with one.
        """
        self.mails += 1
        try:
            self._offer(envelope_from, recipient, message)
            return self._finish(message)
        except SendError as error:
            if error.code == _CLOSING:
                self.close()
            raise
        finally:
            self._used_at = time.monotonic()

    def close(self) -> None:
        """Leave; a server that no longer answers is left without a word."""
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(_PARTING)
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self._smtp.close()

    def _offer(self, envelope_from: str, recipient: str, message: bytes) -> None:
        """Go as far as the server's word to send the data."""
        try:
            self._smtp.ehlo_or_helo_if_needed()
            options = self._options(message, envelope_from + recipient)
            _accepted(self._smtp.mail(envelope_from, options), OutboundReason.REFUSED)
            _accepted(self._smtp.rcpt(recipient), OutboundReason.RECIPIENT_REFUSED)
            _accepted(self._smtp.docmd("DATA"), OutboundReason.REFUSED, good=354)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(error)) from error
        except SendError:
            self._reset()
            raise

    def __del__(self) -> None:
        """Leave when the thread that sent by this connection ends."""
        if hasattr(self, "_smtp"):
            self.close()

    def _finish(self, message: bytes) -> str:
        """Send the data and its final dot, and return the answer."""
        try:
            if self._smtp.sock is not None:
                # The data and its final dot are two writes, and Nagle would hold the second back for 40 ms.
                self._smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._smtp.send(_DOT.sub(b"..", message))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(error)) from error
        try:
            code, words = self._end_of_data()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.UNKNOWN, OutboundReason.OUTCOME_UNKNOWN, _short(error)) from error
        _accepted((code, words), OutboundReason.REFUSED)
        return f"{code} {_text(words)}"

    def _end_of_data(self) -> tuple[int, bytes]:
        """Send the final dot and return the answer; servers may take minutes for it (RFC 5321 section 4.5.3.2.6)."""
        sock = self._smtp.sock
        if sock is not None:
            sock.settimeout(self._answer_timeout)
        self._smtp.send(b".\r\n")
        code, words = self._smtp.getreply()
        if code < _LOWEST_CODE:
            raise smtplib.SMTPServerDisconnected(f"no answer of SMTP: {_text(words)}")
        if sock is not None:
            sock.settimeout(self._timeout)
        return code, words

    def _options(self, message: bytes, addresses: str) -> list[str]:
        options = []
        if self._smtp.has_extn("size"):
            options.append(f"SIZE={len(message)}")
        if self._smtp.has_extn("8bitmime") and not message.isascii():
            options.append("BODY=8BITMIME")
        if not addresses.isascii():
            if not self._smtp.has_extn("smtputf8"):
                words = "The server has no SMTPUTF8, which an address with letters outside ASCII needs."
                raise SendError(Certainty.REFUSED, OutboundReason.RECIPIENT_REFUSED, words)
            self._smtp.command_encoding = "utf-8"
            options.append("SMTPUTF8")
        return options

    def _reset(self) -> None:
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


def _connect(server: Server, password: Callable[[], str], timeout: float) -> smtplib.SMTP:
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context(server))
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security == "starttls":
            _start_tls(smtp, server)
        if server.login:
            _login(smtp, server, password())
    except BaseException:
        smtp.close()
        raise
    return smtp


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
        sentence = f"{place} refuses the login {server.login!r} ({_text(error.smtp_error)}); check login and password."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except UnicodeEncodeError as error:
        sentence = f"{place} takes logins in ASCII only; use an app password without letters of other scripts."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except smtplib.SMTPException as error:
        if isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException)):
            raise
        sentence = f"{place} takes no login as connected; set smtp security to tls or starttls, or leave login empty."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error


def _accepted(answer: tuple[int, bytes], reason: OutboundReason, good: int = 250) -> None:
    """Raise SendError unless the server's answer is of the kind of ``good`` (RFC 5321 section 4.2.1)."""
    code, words = answer
    if code // 100 == good // 100:
        return
    text = f"{code} {_text(words)}"
    if code <= _LAST_TRANSIENT:
        raise SendError(Certainty.NOT_SENT, OutboundReason.TRY_LATER, text, code)
    raise SendError(Certainty.REFUSED, reason, text, code)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:500]


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:300]
