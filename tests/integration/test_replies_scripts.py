"""Addresses with letters outside ASCII, at servers that take them (SMTPUTF8, RFC 6531) and at servers that do not."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTPUTF8
from pathlib import Path

import pytest

from backbone.ledger.states import Outbound, OutboundReason
from replies import service
from tests.support.house import House, house
from tests.support.sending import add_mailbox, owe, owed
from tests.support.smtp import Behaviour, SmtpServer

IVAN, PETR, OLGA = "ivan@customer.example", "petr@customer.example", "ольга@customer.example"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.mark.parametrize("taken", [True, False])
def test_a_copy_to_such_an_address_keeps_nobody_from_his_mail(
    office: House, smtp_server: SmtpServer, taken: bool
) -> None:
    if not taken:
        smtp_server.behave(Behaviour.without("SMTPUTF8"))
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(OLGA, PETR))
    service.send(office.runtime, [mail_id])
    row, (mail,) = owed(office, mail_id), smtp_server.mails()
    assert row.state == Outbound.SENT
    assert row.answer == "250 2.0.0 Taken" + ("" if taken else f"; not to {OLGA}: the server has no SMTPUTF8")
    assert mail.recipients == [IVAN, *([OLGA] if taken else []), PETR]
    head = message_from_bytes(mail.content, policy=SMTPUTF8)
    assert str(head["Cc"]) == ", ".join(mail.recipients[1:])


def test_a_mail_to_such_an_address_needs_a_server_that_takes_it(office: House, smtp_server: SmtpServer) -> None:
    (first,) = owe(office, add_mailbox(office, smtp_server), OLGA)
    service.send(office.runtime, [first])
    assert owed(office, first).state == Outbound.SENT
    assert [mail.recipients for mail in smtp_server.mails()] == [[OLGA]]
    smtp_server.behave(Behaviour.without("SMTPUTF8"))
    other = add_mailbox(office, smtp_server, "other@postroom.test")
    (second,) = owe(office, other, OLGA)
    service.send(office.runtime, [second])
    row = owed(office, second)
    assert (row.state, row.reason) == (Outbound.FAILED, OutboundReason.RECIPIENT_REFUSED)
    assert "has no SMTPUTF8" in row.answer
