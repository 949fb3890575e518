"""Whose reports of failed delivery are believed, and what the others do: nothing, but that the team hears of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backbone.ledger.states import Outbound
from backbone.ledger.tables import domain_events, suppressions
from tests.support.databases import Databases
from tests.support.house import HELP, House, house, letter
from tests.support.post import collect, returned
from tickets import chat
from tickets.models import messages, participants, tickets

TRUSTED = "mx.postroom.test"
EVE = {"sender": "Eve <eve@elsewhere.example>", "head": "Return-Path: <eve@elsewhere.example>"}
FORGED = {"head": f"Return-Path: <>\r\nAuthentication-Results: {TRUSTED}; dmarc=fail header.from=mx.example"}


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        made.add_mailbox()
        made.configure(authserv_ids=TRUSTED)
        yield made


def answered(office: House) -> Any:
    """Let a customer with a colleague in Cc write, and answer him; return the row of our mail."""
    office.take(letter(Cc="olga@partner.example"))
    office.change(participants, confirmed=True)
    chat.post(office.runtime, office.rows(tickets)[-1].number, "Мастер приедет.", "Анна")
    collect(office)
    return office.owed()[-1]


def notes(office: House) -> list[str]:
    return [row.text for row in office.rows(messages) if (row.chat, row.author_kind) == ("team", "system")]


@pytest.mark.parametrize(
    ("about", "doubt", "told"),
    [
        (EVE, "not_by_server", "Оно не принято на веру: его написал не почтовый сервер."),
        ({**EVE, "sender": "MAILER-DAEMON@mx.example"}, "not_by_server", "его написал не почтовый сервер."),
        (FORGED, "suspect", "Оно не принято на веру: его отправитель подделан."),
    ],
    ids=["a person", "a person as a daemon", "a forged daemon"],
)
@pytest.mark.parametrize("whom", ["", "olga@partner.example"])
def test_who_saw_our_mail_silences_nobody(
    office: House, about: dict[str, str], doubt: str, told: str, whom: str
) -> None:
    sent = answered(office)
    (report,) = office.take(returned(sent, HELP, whom=whom, **about))
    row = office.mail(report)
    assert (row.state, row.ticket_id, row.decision[-1]["doubt"]) == ("bounced", sent.ticket_id, doubt)
    assert "suppressed" not in row.decision[-1]
    assert office.owed()[-1].state == Outbound.SENT
    assert office.rows(suppressions) == []
    (note,) = notes(office)
    assert note.startswith("Пришло письмо о том, что отправленное ")
    assert whom or "ivan@customer.example" in note
    assert note.endswith(told)


def test_many_forged_reports_make_one_note_and_the_true_one_still_counts(office: House) -> None:
    sent = answered(office)
    office.take(*(returned(sent, HELP, whom=f"x{number}@x.example", **EVE) for number in range(3)))
    office.take(*(returned(sent, HELP, status=f"5.2.{number}", **EVE) for number in range(3)))
    assert len(notes(office)) == 1
    office.take(returned(sent, HELP))
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert [one.address for one in office.rows(suppressions)] == ["ivan@customer.example"]
    assert len(notes(office)) == 2


def test_a_false_report_and_a_true_one_in_one_batch(office: House) -> None:
    sent = answered(office)
    office.take(returned(sent, HELP, status="5.1.2", **EVE), returned(sent, HELP))
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert len(notes(office)) == 2


def test_where_the_mail_was_passed_on_nobody_we_know_is_silenced(office: House) -> None:
    sent = answered(office)
    office.take(returned(sent, HELP, whom="former.office@elsewhere.example"))
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert len(notes(office)) == 1
    assert office.rows(suppressions) == []


def test_a_guest_shows_nothing_of_the_address_that_he_names(office: House) -> None:
    sent = answered(office)
    office.take(returned(sent, HELP, whom="olga@partner.example"))
    assert [row.address for row in office.rows(suppressions)] == ["olga@partner.example"]
    office.change(participants, confirmed=False)
    (guest,) = office.take(letter(From="olga@partner.example", In_Reply_To=sent.message_id))
    assert (office.mail(guest).ticket_id, office.rows(messages)[-1].guest) == (sent.ticket_id, True)
    assert len(office.rows(suppressions)) == 1


def test_other_systems_hear_of_the_note(tmp_path: Path, postgres_url: str, amqp_url: str) -> None:
    with house(tmp_path, database_url=postgres_url, amqp_url=amqp_url) as office:
        office.add_mailbox()
        sent = answered(office)
        before = len(office.rows(domain_events))
        office.take(returned(sent, HELP))
        told = [(row.type, row.data) for row in office.rows(domain_events)[before:]]
    assert [kind for kind, _ in told] == ["reply.bounced", "message.added"]
    assert (told[1][1]["chat"], told[1][1]["author_kind"], told[1][1]["text"]) == ("team", "system", None)
