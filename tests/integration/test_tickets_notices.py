"""Notices of every kind leave as they are switched, once where once is enough; reports of failure find their way."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backbone import clock, links, tokens
from backbone.catalogue.tables import people
from backbone.contracts import Letter
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound, suppressions
from tests.support.databases import Databases
from tests.support.house import HELP, House, house, letter
from tests.support.post import collect, returned
from tickets import chat, lifecycle, notice_letters
from tickets.models import messages, participants, tickets

TRUSTED = "mx.postroom.test"
EVE = "eve@elsewhere.example"
ON = {"not_accepted": True, "registration": True}
URL = "https://tickets.postroom.test"


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url, public_url=URL) as made:
        made.add_mailbox()
        made.configure(authserv_ids=TRUSTED, outgoing={"notices": {"not_accepted": True}})
        yield made


def verified(sender: str, **fields: str) -> bytes:
    result = f"{TRUSTED}; dmarc=pass header.from={sender.rpartition('@')[2]}"
    return letter(**{"From": sender, "Authentication_Results": result} | fields)


def owed(office: House) -> list[tuple[str, str, str | None]]:
    return [(row.kind, row.recipient, row.letter["why"]) for row in office.owed()]


def refusals(office: House, mail_id: int) -> list[str]:
    return [step["why"] for step in office.mail(mail_id).decision if step["step"] == "notice" and not step["queued"]]


def test_a_verified_stranger_learns_once_a_day_that_he_is_not_let_in(office: House) -> None:
    first, second = office.take(verified(EVE), verified(EVE))
    (third,) = office.take(verified(EVE))
    office.take(letter(From="mallory@elsewhere.example"))
    assert owed(office) == [("not_accepted", EVE, "no_sender_rule")]
    for one in (second, third):
        assert "told the same" in refusals(office, one)[0]
    assert office.mail(first).decision[-1]["step"] == "ignored"
    row = office.owed()[0]
    written = Letter.model_validate(row.letter)
    assert (row.ticket_id, written.number, written.entries, written.marker) == (None, "", (), None)
    assert len(collect(office)) == 1
    office.change(outbound, created_at=clock.now() - timedelta(hours=25))
    office.take(verified(EVE))
    assert len(office.owed()) == 2
    # An answer to it leads nowhere, and is no forgery.
    (answer,) = office.take(verified(EVE, In_Reply_To=row.message_id))
    assert office.mail(answer).reason == "no_sender_rule"


def test_a_mail_too_big_is_answered_with_the_limit(office: House) -> None:
    office.take(letter(Message_ID="<big@customer.example>"), oversize=True)
    assert owed(office) == [("too_big", "ivan@customer.example", "50")]
    written = Letter.model_validate(office.owed()[0].letter)
    assert written.number == office.rows(tickets)[0].number
    assert written.in_reply_to == "<big@customer.example>"
    office.take(letter(In_Reply_To="<big@customer.example>"), oversize=True)
    assert [row.letter["number"] for row in office.owed()] == [written.number, ""]
    assert [row.ticket_id for row in office.owed()] == [1, 1]
    assert len(collect(office)) == 2


def test_who_is_not_registered_is_invited_once(office: House) -> None:
    with office.runtime.database.transaction() as connection:
        row = {"address": "olga@customer.example", "name": "Olga", "phone": "", "language": "en"}
        connection.execute(insert(people).values(row))
    office.configure(outgoing={"notices": ON})
    office.take(letter(), letter(), letter(From="olga@customer.example"), verified(EVE))
    kinds = [(kind, recipient) for kind, recipient, _ in owed(office)]
    assert sorted(kinds) == [
        ("registration", EVE),
        ("registration", "ivan@customer.example"),
        *[("ticket_created", "ivan@customer.example")] * 2,
        ("ticket_created", "olga@customer.example"),
    ]
    assert {row.recipient: row.letter["language"] for row in office.owed()}["olga@customer.example"] == "en"
    written = next(Letter.model_validate(row.letter) for row in office.owed() if row.kind == "registration")
    assert written.url is not None
    assert written.until is not None
    assert written.url.startswith(f"{URL}/r/")
    keys = office.runtime.vault.signing_keys
    token = written.url.removeprefix(f"{URL}/r/")
    said = {"address": "ivan@customer.example", "mailbox": 1}
    assert links.read(keys, notice_letters.REGISTRATION, token, clock.now()) == said
    assert links.read(keys, notice_letters.REGISTRATION, token, written.until) is None
    office.take(verified(EVE))
    assert owed(office)[-1] == ("not_accepted", EVE, "no_sender_rule"), "the second time he learns why"
    assert len(collect(office)) == 6


def test_a_closed_ticket_is_told_of(office: House) -> None:
    office.take(letter(Message_ID="<first@customer.example>"))
    number = office.rows(tickets)[0].number
    for days, why in ((0, "reopened"), (30, "new_ticket")):
        lifecycle.close(office.runtime, number)
        office.change(tickets, tickets.c.number == number, closed_at=clock.now() - timedelta(days=days))
        office.take(letter(In_Reply_To="<first@customer.example>"))
        assert owed(office)[-1] == ("closed_ticket", "ivan@customer.example", why)
    assert office.owed()[-1].letter["number"] == office.rows(tickets)[-1].number != number


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"In_Reply_To": "<asked@customer.example>"}, ("<asked@customer.example>",)),
        (
            {"References": "<a@x.example> <b@x.example>", "In_Reply_To": "<b@x.example>"},
            ("<a@x.example>", "<b@x.example>"),
        ),
    ],
)
def test_a_notice_stands_in_the_thread_of_its_mail(
    office: House, fields: dict[str, str], expected: tuple[str, ...]
) -> None:
    office.take(letter(Message_ID="<first@customer.example>", **fields))
    written = Letter.model_validate(office.owed()[0].letter)
    assert written.in_reply_to == "<first@customer.example>"
    assert written.references == (*expected, "<first@customer.example>")


def sent_answer(office: House, **fields: str) -> Any:
    office.take(letter(**fields))
    chat.post(office.runtime, office.rows(tickets)[-1].number, "Мастер приедет.", "Анна")
    collect(office)
    return office.owed()[-1]


def notes(office: House) -> list[str]:
    return [row.text for row in office.rows(messages) if (row.chat, row.author_kind) == ("team", "system")]


def test_a_bounce_marks_the_mail_tells_the_team_and_silences_machines(office: House) -> None:
    sent = sent_answer(office)
    (report, again) = office.take(returned(sent, HELP), returned(sent, HELP, status="5.2.2"))
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert [office.mail(one).ticket_id for one in (report, again)] == [sent.ticket_id] * 2
    (note,) = notes(office)
    assert note.startswith("Ваш ответ не доставлен по адресу ivan@customer.example (5.1.1 ivan@customer.example). До ")
    assert office.rows(messages)[-1].inbound_id == report
    (held,) = office.rows(suppressions)
    assert (held.address, held.reason) == ("ivan@customer.example", "5.1.1 ivan@customer.example")
    assert timedelta(days=59) < held.until - clock.now() <= timedelta(days=60)
    posted = chat.post(office.runtime, office.rows(tickets)[-1].number, "Позвоните нам.", "Анна")
    assert posted.outbound_id is not None, "what a person writes still leaves"
    assert posted.why == ""
    office.take(letter())
    assert office.rows(suppressions) == []


@pytest.mark.parametrize(
    ("about", "state", "told", "silenced"),
    [
        ({"action": "delayed", "status": "4.4.1"}, Outbound.SENT, 0, False),
        ({"action": "failed", "status": "5.2.2"}, Outbound.BOUNCED, 1, False),
        ({"action": "failed", "status": "4.4.7"}, Outbound.BOUNCED, 1, False),
        ({"whom": "passed.on@elsewhere.example"}, Outbound.BOUNCED, 1, False),
        ({"whom": "olga@partner.example"}, Outbound.SENT, 1, True),
    ],
    ids=["delayed", "full", "given up", "passed on", "a participant's copy"],
)
def test_what_a_report_does(office: House, about: dict[str, str], state: Outbound, told: int, silenced: bool) -> None:
    office.take(letter(Cc="olga@partner.example"))
    office.change(participants, confirmed=True)
    chat.post(office.runtime, office.rows(tickets)[-1].number, "Мастер приедет.", "Анна")
    collect(office)
    sent = office.owed()[-1]
    office.take(returned(sent, HELP, **about))
    assert office.owed()[-1].state == state
    assert len(notes(office)) == told
    assert [row.address for row in office.rows(suppressions)] == ([about["whom"]] if silenced else [])


def test_a_notice_about_no_ticket_may_come_back_too(office: House) -> None:
    office.take(verified(EVE))
    ((sent, _),) = collect(office)
    (report,) = office.take(returned(sent, HELP))
    assert (office.mail(report).state, office.mail(report).ticket_id) == ("bounced", None)
    assert office.owed()[0].state == Outbound.BOUNCED
    assert notes(office) == []
    assert [row.address for row in office.rows(suppressions)] == [EVE]


def test_the_note_of_a_merged_ticket_goes_to_the_last(office: House) -> None:
    sent = sent_answer(office)
    office.take(letter())
    first, second = (row.number for row in office.rows(tickets))
    lifecycle.merge(office.runtime, first, second)
    office.take(returned(sent, HELP))
    assert office.rows(messages)[-1].ticket_id == office.rows(tickets)[-1].id


def test_a_report_about_a_mail_that_nobody_knows_is_recorded_and_silences_nobody(office: House) -> None:
    sent = sent_answer(office)
    token = tokens.make(office.runtime.vault.signing_keys, ticket_id=sent.ticket_id, mailbox_id=1, recipient=EVE)
    for name in ("<unknown@postroom.test>", f"<{token}@postroom.test>"):
        raw = returned(sent, HELP, status="5.1.1").replace(sent.message_id.encode(), name.encode())
        (report,) = office.take(raw.replace(b"<report.", f"<{name[1:4]}".encode()))
        assert office.mail(report).state == "bounced"
        assert office.mail(report).decision[-1]["found"] is False
    assert office.rows(suppressions) == []
    assert office.owed()[-1].state == Outbound.SENT
