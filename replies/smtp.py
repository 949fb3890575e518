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

_LAST_TRANSIENT = 499
_DOT = re.compile(rb"^\.", re.MULTILINE)

_REASONS = {
    Fault.CERTIFICATE: OutboundReason.CERTIFICATE,
    Fault.SECURITY: OutboundReason.CERTIFICATE,
    Fault.LOGIN: OutboundReason.LOGIN_REFUSED,
}


class SendError(Exception):
    """A mail was not sent, or perhaps was; the text is the server's words or a sentence of ours."""

    def __init__(self, certainty: Certainty, reason: OutboundReason, words: str) -> None:
        """Carry what is known, the reason, and the words."""
        super().__init__(words)
        self.certainty = certainty
        self.reason = reason
        self.words = words


class Connection:
    """An open, logged-in connection, good for many mails one after another."""

    def __init__(self, server: Server, password: Callable[[], str], timeout: float) -> None:
        """Connect to ``server``; raise SendError with a sentence when that cannot be done."""
        self._used_at = time.monotonic()
        try:
            self._smtp = _connect(server, timeout)
            # The data and its final dot are two writes, and Nagle would hold the second back for 40 ms.
            if self._smtp.sock is not None:
                self._smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if server.login:
                _login(self._smtp, server, password())
        except (OSError, smtplib.SMTPException, ServerTroubleError) as error:
            trouble = explain(error, server, "SMTP")
            reason = _REASONS.get(trouble.fault, OutboundReason.CONNECTION)
            raise SendError(Certainty.NOT_SENT, reason, trouble.sentence) from error

    def usable(self, longest_idle: float) -> bool:
        """Whether the connection is open and was used within ``longest_idle`` seconds, so that its server is there."""
        return self._smtp.sock is not None and time.monotonic() - self._used_at < longest_idle

    def send(self, envelope_from: str, recipient: str, message: bytes) -> str:
        """Send one mail and return the server's words; raise SendError when it was refused, or the line broke.

        ``message`` has CRLF line ends and ends with one.
        """
        self._used_at = time.monotonic()
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
        return self._finish(message)

    def close(self) -> None:
        """Leave; a server that no longer answers is left without a word."""
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self._smtp.close()

    def _finish(self, message: bytes) -> str:
        """Send the data and its final dot, and return the answer."""
        try:
            self._smtp.send(_DOT.sub(b"..", message))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(error)) from error
        try:
            self._smtp.send(b".\r\n")
            code, words = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.UNKNOWN, OutboundReason.OUTCOME_UNKNOWN, _short(error)) from error
        _accepted((code, words), OutboundReason.REFUSED)
        return f"{code} {_text(words)}"

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


def _connect(server: Server, timeout: float) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context(server))
    smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    if server.security == "starttls":
        try:
            smtp.starttls(context=context(server))
        except smtplib.SMTPNotSupportedError:
            smtp.close()
            raise ServerTroubleError(
                Fault.SECURITY,
                f"The SMTP server {server.host}:{server.port} offers no STARTTLS; set smtp security to tls (port 465) "
                "or, in a network you trust, to none.",
            ) from None
    return smtp


def _login(smtp: smtplib.SMTP, server: Server, password: str) -> None:
    place = f"The SMTP server {server.host}:{server.port}"
    try:
        smtp.login(server.login, password)
    except smtplib.SMTPAuthenticationError as error:
        smtp.close()
        sentence = f"{place} refuses the login {server.login!r} ({_text(error.smtp_error)}); check login and password."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except smtplib.SMTPNotSupportedError as error:
        smtp.close()
        sentence = f"{place} takes no login as connected; set smtp security to tls or starttls, or leave login empty."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error


def _accepted(answer: tuple[int, bytes], reason: OutboundReason, good: int = 250) -> None:
    """Raise SendError unless the server's answer is of the kind of ``good`` (RFC 5321 section 4.2.1)."""
    code, words = answer
    if code // 100 == good // 100:
        return
    text = f"{code} {_text(words)}"
    if code <= _LAST_TRANSIENT:
        raise SendError(Certainty.NOT_SENT, OutboundReason.TRY_LATER, text)
    raise SendError(Certainty.REFUSED, reason, text)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:500]


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:300]
