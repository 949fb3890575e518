"""Mails that somebody passed on: whose they are is the sender rule's to say. Requests to confirm a forwarding wait."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backbone.catalogue.tables import sender_rules, version
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import outbound
from backbone.ledger.trace import stuck
from tests.support.house import HELP, House, house
from tickets.models import contacts, messages, tickets

PASSED_ON = f"""From: Colleague <colleague@office.example>
To: {HELP}
Subject: Fwd: Broken lamp
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <passed-on@office.example>
Content-Type: text/plain; charset=utf-8

Please have a look.

---------- Forwarded message ---------
From: Ivan Petrov <ivan@customer.example>
Date: Mon, 23 Nov 2026 at 09:00
Subject: Broken lamp
To: <colleague@office.example>

The lamp in the hall is broken.
""".encode()

CONFIRM = f"""From: Gmail Team <forwarding-noreply@google.com>
To: {HELP}
Subject: (#123456789) Gmail Forwarding Confirmation - Receive Mail from ivan@gmail.com
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <confirm@google.com>
Content-Type: text/plain; charset=utf-8

ivan@gmail.com has requested to automatically forward mail to your email address.
Confirmation code: 123456789

To allow it, please click the link below to confirm the request:

https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-abc
""".encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox(senders=("*@office.example", "*@customer.example", "*@google.com"))
        yield made


def forwarded_counts(office: House, *, counts: bool) -> None:
    office.change(sender_rules, sender_rules.c.pattern == "*@office.example", forwarded_counts=counts)
    office.change(version, number=version.c.number + 1)


def test_by_rule_the_original_sender_opens_the_ticket_and_gets_the_notice(office: House) -> None:
    forwarded_counts(office, counts=True)
    (mail_id,) = office.take(PASSED_ON)
    ticket = office.rows(tickets)[0]
    assert (ticket.subject, ticket.reply_address) == ("Broken lamp", "ivan@customer.example")
    assert office.rows(messages)[0].text == "The lamp in the hall is broken."
    assert [row.address for row in office.rows(contacts)] == ["ivan@customer.example"]
    assert office.owed()[0].recipient == "ivan@customer.example"
    rule = office.rows(sender_rules, sender_rules.c.pattern == "*@customer.example")[0]
    assert ticket.rule_id == rule.id
    steps = [step["step"] for step in office.mail(mail_id).decision]
    assert steps[:3] == ["read", "forwarded", "sender_rule"]


def test_an_original_without_a_rule_of_its_own_goes_by_the_forwarders(office: House) -> None:
    forwarded_counts(office, counts=True)
    office.take(PASSED_ON.replace(b"ivan@customer.example", b"ivan@nowhere.example"))
    rule = office.rows(sender_rules, sender_rules.c.pattern == "*@office.example")[0]
    ticket = office.rows(tickets)[0]
    assert (ticket.rule_id, ticket.reply_address) == (rule.id, "ivan@nowhere.example")


def test_without_the_rules_word_the_ticket_is_the_forwarders(office: House) -> None:
    forwarded_counts(office, counts=False)
    (mail_id,) = office.take(PASSED_ON)
    ticket = office.rows(tickets)[0]
    assert (ticket.subject, ticket.reply_address) == ("Broken lamp", "colleague@office.example")
    assert "The lamp in the hall is broken." in office.rows(messages)[0].text
    assert {"step": "forwarded", "original_sender": "ivan@customer.example", "counts": False} in office.mail(
        mail_id
    ).decision


def test_a_request_to_confirm_a_forwarding_waits_for_a_person(office: House) -> None:
    (mail_id,) = office.take(CONFIRM)
    row = office.mail(mail_id)
    assert (row.state, row.reason) == (Inbound.HELD, InboundReason.CONFIRM_FORWARDING)
    assert office.rows(tickets) == []
    with office.runtime.database.reading() as connection:
        assert connection.execute(select(outbound)).all() == []
        (shown,) = stuck(connection, 9)
    assert shown["what"] == "https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-abc"


def test_a_ticket_keeps_the_history_that_nobody_here_has_seen(office: House) -> None:
    office.take(
        f"From: Ivan <ivan@customer.example>\nTo: {HELP}\nSubject: Re: Broken lamp\nMessage-ID: <late@x.example>\n"
        "In-Reply-To: <elsewhere@x.example>\nContent-Type: text/plain; charset=utf-8\n\n"
        "Still nothing.\n\nOn Mon, 23 Nov 2026 at 09:00, Other Desk <desk@other.example> wrote:\n"
        "> The lamp of hall 5 will be mended.\n".encode()
    )
    assert "The lamp of hall 5 will be mended." in office.rows(messages)[0].text
