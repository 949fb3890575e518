"""One SMTP connection, and what its server's answers mean for a mail.

A failure before the end of the message's data means that the mail was not taken; a connection that breaks between the
final dot and the answer means that nobody can know (RFC 5321 section 4.5.3.2.6), which is said so and never guessed.
Where the server offers pipelining (RFC 2920), all commands before the data are one write and one wait.
"""

from __future__ import annotations

import re
import smtplib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from backbone.catalogue.model import Server
from backbone.ledger.late import named
from backbone.ledger.states import OutboundReason
from backbone.tls import Fault, ServerTroubleError, explain
from replies.compose import Offers
from replies.login import connect, plain
from replies.policy import Certainty

Answer = tuple[int, bytes]
"""A server's code and its words."""

_GOOD = 2
"""The first digit of an answer that says yes (RFC 5321 section 4.2.1)."""
_SEND_DATA = 354
_LOWEST_CODE = 200
_LAST_TRANSIENT = 499
_CLOSING = 421
_PARTING = 2.0
"""Seconds to wait for a server's good-bye."""
_PIECE = 2**18
"""Bytes of a mail that are given to the socket at once."""
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


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that its server took: its words, and which copies it refused for good or put off, with its words of each.

    The words are empty when only copies were to be sent and none was taken.
    """

    words: str
    refused: Mapping[str, str]
    put_off: Mapping[str, str]

    def __str__(self) -> str:
        """Return the whole answer."""
        return self.words + named({**self.refused, **self.put_off})


class Connection:
    """An open, logged-in connection, good for many mails one after another."""

    def __init__(
        self, server: Server, password: Callable[[], str], timeout: float, answer_timeout: float | None = None
    ) -> None:
        """Connect to ``server``; raise SendError with a sentence when that cannot be done.

        ``answer_timeout`` is the patience with the answer to a mail's data, where it is not ``timeout``.
        """
        self._answer_timeout = answer_timeout or timeout
        try:
            self._smtp = connect(server, password, timeout)
        except (OSError, smtplib.SMTPException, ServerTroubleError) as error:
            trouble = explain(error, server, "SMTP")
            reason = _REASONS.get(trouble.fault, OutboundReason.CONNECTION)
            raise SendError(Certainty.NOT_SENT, reason, trouble.sentence) from error
        self._used_at = time.monotonic()

    @property
    def open(self) -> bool:
        """Whether nothing is known to have ended the connection."""
        return self._smtp.sock is not None

    @property
    def offers(self) -> Offers:
        """What the server takes."""
        return Offers(eight_bit=self._smtp.has_extn("8bitmime"), utf8=self._smtp.has_extn("smtputf8"))

    def usable(self, longest_idle: float) -> bool:
        """Whether the connection is open and was used within ``longest_idle`` seconds, so that its server is there."""
        return self.open and time.monotonic() - self._used_at < longest_idle

    def send(
        self,
        envelope_from: str,
        recipients: Sequence[str],
        message: bytes,
        until: float = float("inf"),
        *,
        late: bool = False,
    ) -> Taken:
        """Send one mail and return what became of it; raise SendError when it was refused, or the line broke.

        The first of ``recipients`` is whom the mail is for: without him it goes to nobody. A ``late`` mail he has
        already, and it goes to whomever the server takes. ``message`` has CRLF line ends and ends with one. A server
        that is not ready to take it by ``until`` (of the monotonic clock) does not get it: somebody else may send it
        from then on.
        """
        try:
            refusals = self._offer(envelope_from, recipients, message, late=late)
            words = self._finish(message, until) if len(refusals) < len(recipients) else ""
            refused: dict[str, str] = {}
            put_off: dict[str, str] = {}
            for address, (code, text) in refusals.items():
                (put_off if code <= _LAST_TRANSIENT else refused)[address] = f"{code} {plain(text)}"
            return Taken(words, refused, put_off)
        except SendError as error:
            if error.code == _CLOSING:
                self.close()
            raise
        except BaseException:
            self._smtp.close()  # nobody knows what its server waits for
            raise
        finally:
            self._used_at = time.monotonic()

    def close(self) -> None:
        """Leave; a server that no longer answers is left without a word."""
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(_PARTING)
        self._smtp.timeout = _PARTING
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self._smtp.close()

    def _offer(self, envelope_from: str, recipients: Sequence[str], message: bytes, *, late: bool) -> dict[str, Answer]:
        """Go as far as the server's word to send the data; return the recipients that it does not take it for.

        These may be all of a ``late`` mail, and then the connection is ready for another.
        """
        needed = 1 if late else 2  # commands without whose success the mail is not sent at all: MAIL, the first RCPT
        try:
            options = self._options(message, (envelope_from, *recipients))
            commands = [f"MAIL FROM:{smtplib.quoteaddr(envelope_from)}{options}"]
            commands += [f"RCPT TO:{smtplib.quoteaddr(one)}" for one in recipients]
            answers, broken = self._ask([*commands, "DATA"], needed)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(error)) from error
        try:
            refusals = _judged(answers, recipients, broken, needed)
        except SendError:
            self._step_back(answers)
            raise
        if len(refusals) == len(recipients):
            self._step_back(answers)
        return refusals

    def _ask(self, commands: Sequence[str], needed: int) -> tuple[list[Answer], Exception | None]:
        """Give the commands, all at once where the server offers that, and return the answers, and what cut them short.

        One by one, nothing is asked any more once one of the first ``needed`` is refused, or all recipients are.
        """
        answers: list[Answer] = []
        together = self._smtp.has_extn("pipelining")
        if together:
            if any(mark in command for command in commands for mark in "\r\n"):
                raise ValueError("an address with a line break would be a command of its own")
            self._smtp.send("".join(f"{command}\r\n" for command in commands))
        try:
            for command in commands:
                if not together:
                    heard = answers if command == commands[-1] else answers[:needed]
                    if not all(map(_good, heard[:needed])) or (len(heard) > needed and not any(map(_good, heard[1:]))):
                        break
                    self._smtp.putcmd(command)
                answers.append(self._smtp.getreply())
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return answers, error
        return answers, None

    def _step_back(self, answers: Sequence[Answer]) -> None:
        """Make the connection ready for another mail after a refusal.

        A server that was asked for everything at once may wait for data although it refused whom the mail is for. Had
        it taken another recipient, he would get an empty mail: then only the end of the connection tells it that no
        mail comes (RFC 5321 section 4.1.1.4). Otherwise an empty one is refused (RFC 2920 section 3.1).
        """
        try:
            if self.open and answers[-1][0] == _SEND_DATA:
                if any(_good(answer) for answer in answers[1:-1]):
                    self._smtp.close()
                    return
                self._smtp.send(".\r\n")
                self._smtp.getreply()
            if self.open:
                self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def _finish(self, message: bytes, until: float) -> str:
        """Send the data and its final dot, and return the answer."""
        try:
            if self._smtp.sock is not None:
                # The data and its final dot are two writes, and Nagle would hold the second back for 40 ms.
                self._smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            data = memoryview(_DOT.sub(b"..", message))
            for start in range(0, len(data), _PIECE):  # each has the whole patience, however large the mail is
                self._smtp.send(data[start : start + _PIECE])
                if time.monotonic() > until:
                    self._smtp.close()  # without the final dot, so that the server forgets what it got
                    raise smtplib.SMTPServerDisconnected("The server was too slow to be given the mail")
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(error)) from error
        try:
            code, words = self._end_of_data()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise SendError(Certainty.UNKNOWN, OutboundReason.OUTCOME_UNKNOWN, _short(error)) from error
        _accepted((code, words), OutboundReason.REFUSED)
        return f"{code} {plain(words)}"

    def _end_of_data(self) -> tuple[int, bytes]:
        """Send the final dot and return the answer, for which servers may take minutes (RFC 5321 section 4.5.3.2.6).

        Both are over when the patience is: later, somebody else may hold the claim.
        """
        end = time.monotonic() + self._answer_timeout
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(self._answer_timeout)
        self._smtp.send(b".\r\n")
        code, words = self._smtp.reply_within(end - time.monotonic())
        if code < _LOWEST_CODE:
            raise smtplib.SMTPServerDisconnected(f"no answer of SMTP: {plain(words)}")
        return code, words

    def _options(self, message: bytes, addresses: Sequence[str]) -> str:
        options = ""
        if self._smtp.has_extn("size"):
            options += f" SIZE={len(message)}"
        if self.offers.eight_bit and not message.isascii():
            options += " BODY=8BITMIME"
        head = message[: message.find(b"\r\n\r\n")]
        if not ("".join(addresses).isascii() and head.isascii()):  # a late copy's mail names whom it does not go to
            if not self.offers.utf8:
                words = "The server has no SMTPUTF8, which an address with letters outside ASCII needs."
                raise SendError(Certainty.REFUSED, OutboundReason.RECIPIENT_REFUSED, words)
            self._smtp.command_encoding = "utf-8"
            options += " SMTPUTF8"
        return options


def _judged(
    answers: Sequence[Answer], recipients: Sequence[str], broken: Exception | None, needed: int
) -> dict[str, Answer]:
    """Return the recipients that were refused, where the first ``needed`` commands succeeded.

    Raises SendError unless the server waits for the data, or has taken nobody.
    """
    refusals: dict[str, Answer] = {}
    for place, answer in enumerate(answers):
        if place == len(recipients) + 1:
            if len(refusals) < len(recipients):
                _accepted(answer, OutboundReason.REFUSED, good=_SEND_DATA)
        elif place < needed or answer[0] == _CLOSING:
            _accepted(answer, OutboundReason.RECIPIENT_REFUSED if place else OutboundReason.REFUSED)
        elif not _good(answer):
            refusals[recipients[place - 1]] = answer
    if broken:
        raise SendError(Certainty.NOT_SENT, OutboundReason.CONNECTION, _short(broken)) from broken
    return refusals


def _good(answer: Answer) -> bool:
    return answer[0] // 100 == _GOOD


def _accepted(answer: Answer, reason: OutboundReason, good: int = 250) -> None:
    """Raise SendError unless the server's answer is of the kind of ``good`` (RFC 5321 section 4.2.1)."""
    code, words = answer
    if code // 100 == good // 100:
        return
    text = f"{code} {plain(words)}"
    if code <= _LAST_TRANSIENT:
        raise SendError(Certainty.NOT_SENT, OutboundReason.TRY_LATER, text, code)
    raise SendError(Certainty.REFUSED, reason, text, code)


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:300]
