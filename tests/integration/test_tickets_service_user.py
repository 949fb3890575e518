"""Mails that the API user may not make into tickets wait for the administrator, and then go on by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from backbone import clock, worker
from backbone.catalogue import tables
from backbone.catalogue.model import Permission
from backbone.catalogue.tables import version
from backbone.ledger import due
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound
from backbone.ledger.trace import stuck
from parse import service as parsing
from tests.support.databases import both
from tests.support.house import House, house, letter
from tests.support.waiting import wait_for
from tickets import service as deciding
from tickets.models import messages, tickets

MAILS = 50
SECONDS = 60
FIRST = "<first@customer.example>"


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, threads=4, database_url=database_url, scheduler_interval=0.1) as made:
        made.add_mailbox(senders=["*@*"], host=None)
        made.change(tables.mailboxes, enabled=False)  # there is no server behind it
        yield made


def permit(office: House, *permissions: str, enabled: bool = True, districts: tuple[int, ...] | None = None) -> None:
    """Set the API user, as ``postroom apply`` does: in one transaction with the catalogue's version."""
    with office.runtime.database.transaction() as connection:
        for table in (tables.service_user_districts, tables.service_user_roles, tables.service_users, tables.roles):
            connection.execute(delete(table))
        connection.execute(insert(tables.roles).values(id=1, name="Почта", permissions=list(permissions)))
        everywhere = districts is None
        connection.execute(
            insert(tables.service_users).values(id=1, kind="api", enabled=enabled, all_districts=everywhere)
        )
        connection.execute(insert(tables.service_user_roles).values(service_user_id=1, role_id=1))
        for one in districts or ():
            connection.execute(insert(tables.service_user_districts).values(service_user_id=1, district_id=one))
        connection.execute(update(version).values(number=version.c.number + 1))


def place(office: House) -> None:
    """Let the template be about an object in district 2."""
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(tables.districts), [{"id": 1, "name": "Север"}, {"id": 2, "name": "Юг"}])
        connection.execute(insert(tables.objects).values(id=1, name="Склад", district_id=2))
        connection.execute(update(tables.templates).values(object_id=1))
        connection.execute(update(version).values(number=version.c.number + 1))


def states(office: House) -> Counter[str]:
    return Counter(row.state for row in office.rows(inbound))


@both
def test_with_the_api_user_off_mails_are_held_and_go_on_by_themselves(office: House) -> None:
    permit(office, *Permission, enabled=False)
    office.take(*(letter(f"Тема {index}") for index in range(MAILS)))
    assert states(office) == {Inbound.HELD: MAILS}
    held = office.rows(inbound)
    newest = office.rows(version)[0].number
    assert {(row.reason, row.held_at_version, row.due_at) for row in held} == {("api_user_off", newest, None)}
    assert held[0].decision[-1]["why"] == "the API user is switched off"
    with office.runtime.database.reading() as connection:
        assert stuck(connection, 9)[0]["what"] == "the API user is switched off"
    assert (office.rows(tickets), office.rows(messages)) == ([], [])
    with worker.embedded(office.runtime.settings):
        permit(office, *Permission)
        wait_for(lambda: states(office) == {Inbound.TICKET_CREATED: MAILS}, SECONDS, "tickets of all mails")
    made = office.rows(tickets)
    assert sorted(ticket.subject for ticket in made) == sorted(f"Тема {index}" for index in range(MAILS))
    assert {row.held_at_version for row in office.rows(inbound)} == {None}


def test_a_mail_decided_by_an_older_catalogue_is_looked_at_again(office: House) -> None:
    permit(office, *Permission, enabled=False)
    ids = office.read(letter())
    with office.runtime.database.reading() as connection:
        office.runtime.catalogue.current(connection)
    before = office.rows(version)[0].number
    permit(office, *Permission)
    # The worker that has read the older catalogue writes down what it decided after the change is there.
    office.change(inbound, state=Inbound.HELD, reason=InboundReason.API_USER_OFF, held_at_version=before, due_at=None)
    assert due.release_held(office.runtime) == 1
    parsing.read(office.runtime, ids)
    deciding.decide(office.runtime, ids)
    assert states(office) == {Inbound.TICKET_CREATED: 1}
    assert due.release_held(office.runtime) == 0


def test_what_is_not_mended_is_held_again_and_only_looked_at_after_changes(office: House) -> None:
    permit(office, "add_messages")
    (mail_id,) = office.take(letter())
    assert (office.mail(mail_id).reason, due.release_held(office.runtime)) == ("no_permission", 0)
    for _ in range(3):
        permit(office, "add_messages")
        assert due.release_held(office.runtime) == 1
        parsing.read(office.runtime, [mail_id])
        deciding.decide(office.runtime, [mail_id])
        assert office.mail(mail_id).reason == "no_permission"
    assert [step["step"] for step in office.mail(mail_id).decision][-2:] == ["permission", "held"]


@both
@pytest.mark.parametrize(
    ("permissions", "districts", "reason"),
    [
        (["add_messages", "reopen_tickets"], None, "no_permission"),
        (list(Permission), (1,), "no_district"),
        (list(Permission), (), "no_district"),
    ],
)
def test_tickets_need_a_permission_and_a_district(
    office: House, permissions: list[str], districts: tuple[int, ...] | None, reason: str
) -> None:
    place(office)
    permit(office, *permissions, districts=districts)
    (mail_id,) = office.take(letter())
    assert (office.mail(mail_id).state, office.mail(mail_id).reason) == (Inbound.HELD, reason)
    permit(office, "create_tickets", districts=(1, 2))
    assert due.release_held(office.runtime) == 1
    parsing.read(office.runtime, [mail_id])
    deciding.decide(office.runtime, [mail_id])
    assert office.mail(mail_id).state == Inbound.TICKET_CREATED


@both
def test_answers_need_permissions_of_their_own(office: House) -> None:
    place(office)
    office.take(letter(Message_ID=FIRST))
    permit(office, "create_tickets")
    (answer,) = office.take(letter(In_Reply_To=FIRST))
    assert office.mail(answer).reason == "no_permission"
    assert office.mail(answer).ticket_id is None
    permit(office, "add_messages", districts=(1,))
    (other,) = office.take(letter(In_Reply_To=FIRST))
    assert office.mail(other).reason == "no_district"
    permit(office, "add_messages", districts=(2,))
    assert due.release_held(office.runtime) == 2
    parsing.read(office.runtime, [answer, other])
    deciding.decide(office.runtime, [answer, other])
    assert [office.mail(one).state for one in (answer, other)] == [Inbound.MESSAGE_ADDED] * 2
    office.change(tickets, closed_at=clock.now(), stage="closed")
    (late,) = office.take(letter(In_Reply_To=FIRST))
    assert office.mail(late).reason == "no_permission"
    assert office.rows(tickets)[0].stage == "closed"
    permit(office, "add_messages", "reopen_tickets")
    due.release_held(office.runtime)
    parsing.read(office.runtime, [late])
    deciding.decide(office.runtime, [late])
    assert (office.mail(late).state, office.rows(tickets)[0].stage) == (Inbound.MESSAGE_ADDED, "open")


@both
def test_an_answer_waits_for_the_held_mail_that_it_answers(office: House) -> None:
    place(office)
    office.change(tables.sender_rules, tables.sender_rules.c.pattern == "*@*", subject_regex="(?<object>Склад)")
    office.change(tables.sender_rules, mismatch="template")
    office.change(tables.templates, object_id=None)
    permit(office, *Permission, districts=(1,))
    (first,) = office.take(letter("Склад", Message_ID=FIRST))
    (answer,) = office.take(letter("Re: то самое", In_Reply_To=FIRST))
    assert [office.mail(one).reason for one in (first, answer)] == ["no_district"] * 2
    (other,) = office.take(letter())
    assert office.mail(other).state == Inbound.TICKET_CREATED
    with worker.embedded(office.runtime.settings):
        permit(office, *Permission)
        wait_for(lambda: office.mail(answer).state == Inbound.MESSAGE_ADDED, SECONDS, "the answer on its ticket")
    assert office.mail(answer).ticket_id == office.mail(first).ticket_id


def test_a_mail_that_becomes_nothing_needs_no_permission(office: House) -> None:
    permit(office, enabled=False)
    office.change(tables.sender_rules, receive=False)
    permit(office, enabled=False)
    (mail_id,) = office.take(letter())
    assert (office.mail(mail_id).state, office.mail(mail_id).reason) == (Inbound.IGNORED, "receiving_off")
