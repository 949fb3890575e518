"""One connection to a real SMTP server: each kind of security, each kind of refusal, and what it means for the mail."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from backbone.catalogue.model import Server
from backbone.errors import UserError
from backbone.ledger.states import OutboundReason
from backbone.vault import Vault, new_key
from deploy.services import tls
from replies.policy import Certainty
from replies.probe import probe
from replies.smtp import Connection, SendError
from tests.support.smtp import Behaviour, SmtpServer

FROM = "help@postroom.test"
TO = "ivan@customer.example"
MAIL = b"From: help@postroom.test\r\nSubject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n"
SECONDS = 30


def server(smtp: SmtpServer, security: str = "tls", **changes: object) -> Server:
    port = {"tls": smtp.tls_port, "starttls": smtp.starttls_port, "none": smtp.plain_port}[security]
    login = "" if security == "none" else FROM
    made = Server(smtp.host, port, security, True, str(smtp.ca_file), login, "")
    return replace(made, **changes)  # type: ignore[arg-type]  # the field names are the test's to choose


def connect(smtp: SmtpServer, security: str = "tls", timeout: float = SECONDS, **changes: object) -> Connection:
    return Connection(server(smtp, security, **changes), lambda: smtp.password, timeout)


@pytest.fixture
def line(smtp_server: SmtpServer) -> Iterator[Connection]:
    with closing(connect(smtp_server)) as made:
        yield made


def trouble(work: Callable[[], object]) -> tuple[Certainty, OutboundReason, str]:
    with pytest.raises(SendError) as caught:
        work()
    return caught.value.certainty, caught.value.reason, caught.value.words


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_mail_arrives_byte_for_byte(smtp_server: SmtpServer, security: str) -> None:
    with closing(connect(smtp_server, security)) as made:
        assert str(made.send(FROM, [TO], MAIL)) == "250 2.0.0 Taken"
    (taken,) = smtp_server.mails()
    assert (taken.sender, taken.recipients, taken.content) == (FROM, [TO], MAIL)
    assert taken.encrypted == (security != "none")
    assert taken.user == ("" if security == "none" else FROM)


def test_a_login_without_encryption_when_asked_for(smtp_server: SmtpServer) -> None:
    with closing(connect(smtp_server, "none", login=FROM)) as made:
        made.send(FROM, [TO], MAIL)
    assert smtp_server.mails()[0].user == FROM


def test_one_connection_carries_many_mails(line: Connection, smtp_server: SmtpServer) -> None:
    for _ in range(50):
        line.send(FROM, [TO], MAIL)
    counts = smtp_server.control.counts()
    assert (counts.mails, counts.connections, counts.logins) == (50, 1, 1)


def test_an_address_of_another_script(line: Connection, smtp_server: SmtpServer) -> None:
    line.send(FROM, ["почта@xn--e1afmkfd.xn--p1ai"], "To: почта@x\r\n\r\nтекст\r\n".encode())
    line.send(FROM, ['"a b"@d.example'], MAIL)
    assert [taken.recipients for taken in smtp_server.mails()] == [["почта@xn--e1afmkfd.xn--p1ai"], ['"a b"@d.example']]


@pytest.mark.parametrize("at", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "certainty", "reason"),
    [
        ("421 4.3.2 Closing", Certainty.NOT_SENT, OutboundReason.TRY_LATER),
        ("451 4.7.1 Greylisted", Certainty.NOT_SENT, OutboundReason.TRY_LATER),
        ("550 5.1.1 No such user", Certainty.REFUSED, None),
    ],
)
def test_refusals(
    smtp_server: SmtpServer, line: Connection, at: str, answer: str, certainty: Certainty, reason: OutboundReason | None
) -> None:
    smtp_server.behave(Behaviour(TO, at=at, answer=answer))  # type: ignore[arg-type]  # one of its literals
    found = trouble(lambda: line.send(FROM, [TO], MAIL))
    permanent = OutboundReason.RECIPIENT_REFUSED if at == "rcpt" else OutboundReason.REFUSED
    assert found == (certainty, reason or permanent, answer)
    assert line.open == (not answer.startswith("421"))
    if line.open:
        line.send(FROM, ["other@customer.example"], MAIL)
        assert len(smtp_server.mails()) == 1


def test_a_sender_that_the_server_refuses(smtp_server: SmtpServer) -> None:
    with closing(connect(smtp_server, login="")) as made:
        certainty, reason, words = trouble(lambda: made.send(FROM, [TO], MAIL))
        assert (certainty, reason, words[:3]) == (Certainty.REFUSED, OutboundReason.REFUSED, "530")


def test_a_server_that_is_not_ready_in_time_does_not_get_the_mail(smtp_server: SmtpServer, line: Connection) -> None:
    line.send(FROM, [TO], MAIL, time.monotonic() + SECONDS)
    certainty, reason, words = trouble(lambda: line.send(FROM, [TO], MAIL, time.monotonic() - 1))
    assert (certainty, reason, line.open) == (Certainty.NOT_SENT, OutboundReason.CONNECTION, False)
    assert words == "The server was too slow to be given the mail"
    assert len(smtp_server.mails()) == 1


def test_a_line_that_breaks_before_the_data(smtp_server: SmtpServer, line: Connection) -> None:
    smtp_server.behave(Behaviour(TO, "drop", "rcpt"))
    certainty, reason, _ = trouble(lambda: line.send(FROM, [TO], MAIL))
    assert (certainty, reason, line.open) == (Certainty.NOT_SENT, OutboundReason.CONNECTION, False)


@pytest.mark.parametrize("keep", [True, False])
def test_a_line_that_breaks_after_the_data(smtp_server: SmtpServer, line: Connection, keep: bool) -> None:
    smtp_server.behave(Behaviour.drop_after_data(TO, keep=keep))
    certainty, reason, _ = trouble(lambda: line.send(FROM, [TO], MAIL))
    assert (certainty, reason, line.open) == (Certainty.UNKNOWN, OutboundReason.OUTCOME_UNKNOWN, False)
    assert len(smtp_server.mails()) == keep


def test_a_server_that_hangs(smtp_server: SmtpServer) -> None:
    for at, certainty, patience in (
        ("rcpt", Certainty.NOT_SENT, (2, SECONDS)),
        ("data", Certainty.UNKNOWN, (SECONDS, 0.3)),
    ):
        smtp_server.behave(Behaviour(TO, "hang", at, times=1))  # type: ignore[arg-type]  # one of its literals
        with closing(Connection(server(smtp_server, "none"), lambda: "", *patience)) as made:
            assert trouble(partial(made.send, FROM, [TO], MAIL))[0] is certainty


def test_the_answer_to_the_data_may_take_longer_than_all_others(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.slow(TO, 2.5))
    with closing(Connection(server(smtp_server, "none"), lambda: "", 2, SECONDS)) as made:
        made.send(FROM, [TO], MAIL)
        made.send(FROM, ["other@customer.example"], MAIL)
        smtp_server.behave(Behaviour("*", "hang", "rcpt"))
        assert trouble(lambda: made.send(FROM, [TO], MAIL))[0] is Certainty.NOT_SENT


def _answer_slowly(listening: socket.socket, dripping_at: bytes, drip: bytes) -> None:
    """Be a server whose answer to one command never ends, though it never falls silent for long."""
    pause = threading.Event()
    line, _ = listening.accept()
    with line, line.makefile("rb") as lines, suppress(OSError):
        line.sendall(b"220 dripping\r\n")
        for said in iter(lines.readline, b""):
            while said.startswith(dripping_at):
                line.sendall(drip)
                pause.wait(0.05)
            if said.startswith(b"DATA"):
                line.sendall(b"354 go on\r\n")
            elif said.rstrip() == b"." or said[:4] in (b"ehlo", b"MAIL", b"RCPT"):
                line.sendall(b"250 dripping\r\n")


@pytest.mark.parametrize("drip", [b"250-more\r\n", b"2"])
@pytest.mark.parametrize(
    ("at", "certainty", "patience"),
    [(b"RCPT", Certainty.NOT_SENT, (2, SECONDS)), (b".\r\n", Certainty.UNKNOWN, (SECONDS, 1))],
)
def test_an_answer_that_never_ends_is_not_waited_for(
    at: bytes, drip: bytes, certainty: Certainty, patience: tuple[float, float]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        serving = pool.submit(_answer_slowly, listening, at, drip)
        host, port = listening.getsockname()
        place = Server(host, port, "none", True, "", "", "")
        with closing(Connection(place, str, *patience)) as made:
            found, _, words = trouble(lambda: made.send(FROM, [TO], MAIL))
            assert (found, "timed out" in words) == (certainty, True)
        serving.result(SECONDS)


def _take_slowly(listening: socket.socket, took: list[int]) -> None:
    """Be a server that reads a mail's data piece by piece."""
    pause = threading.Event()
    line, _ = listening.accept()
    with line, line.makefile("rb") as lines:
        line.sendall(b"220 slow\r\n")
        while not lines.readline().startswith(b"DATA"):
            line.sendall(b"250 slow\r\n")
        line.sendall(b"354 go on\r\n")
        end = b""
        while not end.endswith(b"\r\n.\r\n"):
            piece = lines.read1(2**16)
            if not piece:
                return  # the client has left
            took.append(len(piece))
            end = (end + piece)[-5:]
            pause.wait(0.01)
        line.sendall(b"250 taken\r\n")
        lines.readline()
        line.sendall(b"221 bye\r\n")


def test_a_large_mail_may_take_longer_than_the_patience_with_silence(smtp_server: SmtpServer) -> None:
    large = b"Subject: x\r\n\r\n" + (b"x" * 998 + b"\r\n") * 16_000
    took: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)
        serving = pool.submit(_take_slowly, listening, took)
        place = replace(server(smtp_server, "none"), host="127.0.0.1", port=listening.getsockname()[1])
        with closing(Connection(place, str, 2.0, SECONDS)) as made:
            started = time.monotonic()
            assert str(made.send(FROM, [TO], large)) == "250 taken"
            assert time.monotonic() - started > 2.0
        serving.result(SECONDS)
    assert sum(took) == len(large) + len(b".\r\n")


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("host", "words"), [(tls.EXPIRED_HOST, "certificate has expired"), (tls.WRONG_HOST, "IP address mismatch")]
)
def test_a_wrong_certificate(smtp_server: SmtpServer, security: str, host: str, words: str) -> None:
    certainty, reason, sentence = trouble(lambda: connect(smtp_server, security, host=host))
    assert (certainty, reason) == (Certainty.NOT_SENT, OutboundReason.CERTIFICATE)
    assert words in sentence
    assert sentence.endswith(".")
    connect(smtp_server, security, host=host, verify=False).close()


def test_wrong_settings_are_told_in_a_sentence(smtp_server: SmtpServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    wrong = server(smtp_server)
    for changed, password, reason, words in (
        (wrong, "wrong", OutboundReason.LOGIN_REFUSED, "check login and password"),
        (wrong, "пароль", OutboundReason.LOGIN_REFUSED, "ASCII only"),
        (replace(wrong, port=port), "x", OutboundReason.CONNECTION, "Nothing answers"),
        (replace(wrong, host="no-such-host.invalid"), "x", OutboundReason.CONNECTION, "is not known"),
        (replace(wrong, port=smtp_server.plain_port), "x", OutboundReason.CERTIFICATE, "does not speak TLS"),
        (
            replace(server(smtp_server, "none"), security="starttls"),
            "x",
            OutboundReason.CERTIFICATE,
            "offers no STARTTLS",
        ),
        (replace(wrong, ca_file=""), "x", OutboundReason.CERTIFICATE, "is not accepted"),
    ):
        certainty, found, sentence = trouble(partial(Connection, changed, partial(str, password), SECONDS))
        assert (certainty, found, words in sentence) == (Certainty.NOT_SENT, reason, True), sentence


def test_a_greeting_that_says_no(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.refuse("*", "421 4.7.0 Too many connections", "connect"))
    certainty, reason, sentence = trouble(lambda: connect(smtp_server, "none"))
    assert (certainty, reason) == (Certainty.NOT_SENT, OutboundReason.CONNECTION)
    assert "Too many connections" in sentence


def test_the_probe_sends_nothing(smtp_server: SmtpServer, tmp_path: Path) -> None:
    vault = Vault((new_key(),))
    good = server(smtp_server, password=vault.encrypt(smtp_server.password))
    probe(good, vault, SECONDS)
    assert smtp_server.control.counts().mails == 0
    with pytest.raises(UserError, match="cannot be decrypted"):
        probe(replace(good, password="not sealed by us"), vault, SECONDS)
    with pytest.raises(UserError, match="cannot be read"):
        probe(replace(good, ca_file=str(tmp_path / "missing.pem")), vault, SECONDS)
