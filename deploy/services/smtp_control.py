"""Talking to the SMTP sink from outside: what it took, and how it shall behave. One line of JSON each way."""

import json
import socket
from base64 import b64decode
from dataclasses import asdict, dataclass
from typing import Any, Literal

CONTROL_SECONDS = 30


@dataclass(frozen=True)
class Behaviour:
    """How the sink treats one recipient (`a@b`), a domain (`*@b`) or everybody (`*`), the newest rule first."""

    match: str
    action: Literal["answer", "drop", "hold", "hang"] = "answer"
    at: Literal["connect", "ehlo", "rcpt", "data"] = "rcpt"
    answer: str = ""  # empty: the usual good one; a 421 also closes the connection; at ehlo: extensions not offered
    delay: float = 0  # seconds before the action
    keep: bool = False  # keep the mail, or the recipient, although the client does not learn of it
    times: int = 0  # how often; 0: always

    @classmethod
    def refuse(cls, match: str, answer: str, at: Literal["connect", "rcpt", "data"] = "rcpt") -> "Behaviour":
        """Answer by an error such as `550 5.1.1 No such user`, `451 …` or `421 …`."""
        return cls(match, answer=answer, at=at)

    @classmethod
    def without(cls, *extensions: str) -> "Behaviour":
        """Do not offer these extensions."""
        return cls("*", at="ehlo", answer=" ".join(extensions))

    @classmethod
    def drop_after_data(cls, match: str, *, keep: bool = True) -> "Behaviour":
        """Take the mail, then close the connection instead of answering."""
        return cls(match, "drop", "data", keep=keep)

    @classmethod
    def hang(cls, match: str, at: Literal["connect", "rcpt", "data"] = "data") -> "Behaviour":
        """Never answer, and keep the connection open."""
        return cls(match, "hang", at)

    @classmethod
    def hold(cls, match: str, at: Literal["rcpt", "data"] = "data", answer: str = "") -> "Behaviour":
        """Answer when the sink is told to behave well again: a test says when, whatever the speed of its machine."""
        return cls(match, "hold", at, answer)

    @classmethod
    def slow(cls, match: str, delay: float) -> "Behaviour":
        """Accept the mail after so many seconds."""
        return cls(match, at="data", delay=delay)


@dataclass(frozen=True)
class AcceptedMail:
    """One mail that the sink took."""

    number: int
    sender: str
    recipients: list[str]
    content: bytes
    listener: str  # smtps, starttls or plain
    encrypted: bool
    user: str  # who logged in; empty: nobody
    answered: bool  # whether the client was told
    pipelined: bool  # whether more commands had come when its last recipient was named


@dataclass(frozen=True)
class Counts:
    """How often things happened since the last reset."""

    mails: int
    connections: int
    logins: int
    refused_logins: int
    empty: int  # mails without a byte, which are refused
    most_waiting: int  # connections that a delay or a hang kept waiting at once, at the most


class SmtpControl:
    """The sink's control interface."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """Name the control port; a connection is made for each request."""
        self._address = (host, port)

    def behave(self, behaviour: Behaviour) -> None:
        """Add a behaviour before those that there are."""
        self._ask("behave", **asdict(behaviour))

    def reset(self) -> None:
        """Forget all mails, behaviours and counts; what was held goes on."""
        self._ask("reset")

    def behave_well(self) -> None:
        """Forget all behaviours; what was held goes on."""
        self._ask("behave_well")

    def counts(self) -> Counts:
        """Return how often things happened."""
        return Counts(**self._ask("counts"))

    def mails(self, since: int = 0) -> list[AcceptedMail]:
        """Return the mails taken, from number `since` on."""
        answer = self._ask("mails", since=since)
        return [AcceptedMail(**{**each, "content": b64decode(each["content"])}) for each in answer["mails"]]

    def _ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        line = json.dumps({"request": request, **arguments}) + "\n"
        with socket.create_connection(self._address, timeout=CONTROL_SECONDS) as connection:
            connection.sendall(line.encode())
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
        if not isinstance(answer, dict):
            raise ValueError(f"The SMTP sink answered {answer!r} to {request}.")  # noqa: TRY004 - of an answer
        return answer
