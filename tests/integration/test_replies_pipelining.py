"""Commands in one write where the server offers it (RFC 2920), several recipients, and errors in the middle."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from backbone.catalogue.model import Server
from backbone.ledger.states import OutboundReason
from replies.compose import Offers
from replies.policy import Certainty
from replies.smtp import Connection, SendError
from tests.support.smtp import Behaviour, SmtpServer

FROM, TO, COPY, OTHER = "help@postroom.test", "ivan@customer.example", "petr@customer.example", "anna@customer.example"
MAIL = b"From: help@postroom.test\r\nSubject: x\r\n\r\n.dot\r\nend\r\n"
SECONDS = 10


def connect(smtp: SmtpServer, timeout: float = SECONDS) -> Connection:
    return Connection(Server(smtp.host, smtp.plain_port, "none", True, str(smtp.ca_file), "", ""), lambda: "", timeout)


@pytest.fixture(params=["pipelining", "one by one"])
def pipelined(request: pytest.FixtureRequest, smtp_server: SmtpServer) -> bool:
    if request.param == "one by one":
        smtp_server.behave(Behaviour.without("PIPELINING"))
    return bool(request.param == "pipelining")


@pytest.fixture
def line(smtp_server: SmtpServer, pipelined: bool) -> Iterator[Connection]:  # noqa: ARG001 - before the line is opened
    with closing(connect(smtp_server)) as made:
        yield made


def refused(line: Connection, *to: str) -> tuple[Certainty, OutboundReason, str]:
    with pytest.raises(SendError) as caught:
        line.send(FROM, to, MAIL)
    return caught.value.certainty, caught.value.reason, caught.value.words


def test_commands_go_in_one_write_only_where_offered(
    line: Connection, smtp_server: SmtpServer, pipelined: bool
) -> None:
    for _ in range(3):
        assert str(line.send(FROM, [TO, COPY], MAIL)) == "250 2.0.0 Taken"
    taken = smtp_server.mails()
    assert [(mail.recipients, mail.content) for mail in taken] == [([TO, COPY], MAIL)] * 3
    # The last recipient is followed by DATA, which has come already.
    assert {mail.pipelined for mail in taken} == {pipelined}


def test_a_sender_without_an_address(line: Connection, smtp_server: SmtpServer) -> None:
    line.send("", [TO], MAIL)
    assert smtp_server.mails()[0].sender == ""


def test_a_copy_that_is_refused_is_named_and_the_mail_is_sent(line: Connection, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.refuse(COPY, "550 5.1.1 No such user"))
    smtp_server.behave(Behaviour.refuse(OTHER, "451 4.7.1 Greylisted"))
    words = str(line.send(FROM, [TO, COPY, OTHER], MAIL))
    assert words == f"250 2.0.0 Taken; not to {COPY}: 550 5.1.1 No such user; not to {OTHER}: 451 4.7.1 Greylisted"
    assert [mail.recipients for mail in smtp_server.mails()] == [[TO]]


@pytest.mark.parametrize(
    ("answer", "certainty", "reason"),
    [
        ("550 5.1.1 No such user", Certainty.REFUSED, OutboundReason.RECIPIENT_REFUSED),
        ("451 4.7.1 Greylisted", Certainty.NOT_SENT, OutboundReason.TRY_LATER),
    ],
)
def test_without_its_first_recipient_a_mail_goes_to_nobody(
    line: Connection,
    smtp_server: SmtpServer,
    pipelined: bool,
    answer: str,
    certainty: Certainty,
    reason: OutboundReason,
) -> None:
    smtp_server.behave(Behaviour.refuse(TO, answer))
    assert refused(line, TO, COPY) == (certainty, reason, answer)
    counts = smtp_server.control.counts()
    assert (counts.mails, counts.empty) == (0, 0)
    # The server waits for the data of a mail to the other one: only leaving tells it that none comes.
    assert line.open is not pipelined


def test_a_server_that_wants_data_although_it_refused_everybody(
    line: Connection, smtp_server: SmtpServer, pipelined: bool
) -> None:
    smtp_server.behave(Behaviour(TO, answer="550 5.1.1 No such user", keep=True))
    assert refused(line, TO)[2] == "550 5.1.1 No such user"
    assert line.open
    assert smtp_server.control.counts().empty == pipelined
    assert line.send(FROM, [COPY], MAIL)
    assert [mail.recipients for mail in smtp_server.mails()] == [[COPY]]


def test_a_server_that_closes_at_a_recipient_is_quoted(line: Connection, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.refuse(COPY, "421 4.3.2 Closing"))
    assert refused(line, TO, COPY) == (Certainty.NOT_SENT, OutboundReason.TRY_LATER, "421 4.3.2 Closing")
    assert not line.open


def test_a_line_that_breaks_at_a_recipient(line: Connection, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour(COPY, "drop", "rcpt"))
    assert refused(line, TO, COPY)[:2] == (Certainty.NOT_SENT, OutboundReason.CONNECTION)


def test_a_server_that_hangs_at_a_recipient(smtp_server: SmtpServer, pipelined: bool) -> None:
    del pipelined
    smtp_server.behave(Behaviour.hang(COPY, "rcpt"))
    with closing(connect(smtp_server, timeout=2)) as made:
        assert refused(made, TO, COPY)[:2] == (Certainty.NOT_SENT, OutboundReason.CONNECTION)


def test_an_address_cannot_bring_a_command_along(line: Connection, smtp_server: SmtpServer) -> None:
    with suppress(ValueError):  # or the library takes the address apart, by the version of Python
        line.send(FROM, ["<ivan@customer.example>,\r\nRCPT TO:<evil@evil.example>"], MAIL)
    assert all("evil" not in to for mail in smtp_server.mails() for to in mail.recipients)


def test_a_fault_of_ours_leaves_no_line_on_which_a_server_waits(line: Connection, smtp_server: SmtpServer) -> None:
    broken: Any = "no bytes"
    with pytest.raises(TypeError):
        line.send(FROM, [TO], broken)
    assert not line.open
    assert smtp_server.mails() == []


def test_what_the_server_takes_is_known(smtp_server: SmtpServer) -> None:
    with closing(connect(smtp_server)) as made:
        assert made.offers == Offers(eight_bit=True, utf8=True)
    smtp_server.behave(Behaviour.without("8BITMIME", "SMTPUTF8"))
    with closing(connect(smtp_server)) as made:
        assert made.offers == Offers()
