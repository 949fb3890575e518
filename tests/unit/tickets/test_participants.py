"""Who takes part in a ticket, who may be added, and who stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from backbone import clock
from backbone.errors import UserError
from tests.support.house import HELP, House, house, letter
from tickets import lifecycle, participant_queries, participants, queries
from tickets.models import participants as rows
from tickets.models import tickets
from tickets.participants import Participant

BOSS = "boss@customer.example"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox()
        made.take(letter(Reply_To="Отдел <office@customer.example>"))
        made.change(tickets, assignee="Анна", address="ул. Ленина, 1")
        yield made


@pytest.fixture
def number(office: House) -> str:
    return str(office.rows(tickets)[0].number)


def listed(office: House, number: str) -> list[Participant]:
    with office.runtime.database.reading() as connection:
        return participants.listed(connection, queries.tickets_by_number(connection, number)[0])


STAYING = [
    Participant("office@customer.example", "Отдел", "requester"),
    Participant("ivan@customer.example", "Иван Петров", "requester"),
    Participant("", "Анна", "assignee"),
]


def test_requester_and_assignee_are_there_from_the_start(office: House, number: str) -> None:
    assert listed(office, number) == STAYING


def test_somebody_is_added_once_and_removed(office: House, number: str) -> None:
    assert participants.add(office.runtime, number, "Boss@Customer.example", " Пётр ")
    assert not participants.add(office.runtime, number, BOSS)
    assert listed(office, number) == [*STAYING, Participant(BOSS, "Пётр", "participant")]
    participants.remove(office.runtime, number, BOSS.upper())
    assert listed(office, number) == STAYING
    with pytest.raises(UserError, match="does not take part"):
        participants.remove(office.runtime, number, BOSS)


def test_whom_a_mail_named_is_confirmed(office: House, number: str) -> None:
    now = clock.now()
    newcomers = [
        {"ticket_id": 1, "address": address, "confirmed": False, "added_at": now}
        for address in (BOSS, "two@customer.example", HELP)
    ]
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(rows), newcomers)
    assert participants.confirm(office.runtime, number, BOSS)
    assert not participants.confirm(office.runtime, number, BOSS)
    assert participants.add(office.runtime, number, "two@customer.example", "Второй")
    assert [(one.address, one.confirmed) for one in listed(office, number)[3:]] == [
        (BOSS, True),
        (HELP, False),
        ("two@customer.example", True),
    ]
    with pytest.raises(UserError, match="mailbox of ours"):
        participants.confirm(office.runtime, number, HELP)
    with pytest.raises(UserError, match="does not take part"):
        participants.confirm(office.runtime, number, "nobody@customer.example")


@pytest.mark.parametrize(
    ("whom", "why"),
    [
        ("ivan@customer.example", "is the requester of .* and stays"),
        ("OFFICE@customer.example", "is the requester of .* and stays"),
        ("Анна", "is the assignee of .* and stays"),
    ],
)
def test_requester_and_assignee_stay(office: House, number: str, whom: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        participants.remove(office.runtime, number, whom)
    assert not participants.confirm(office.runtime, number, whom)


def test_an_assignee_with_an_address_is_known_by_it(office: House, number: str) -> None:
    office.change(tickets, assignee="anna@postroom.test")
    assert listed(office, number)[-1] == Participant("anna@postroom.test", "", "assignee")
    assert not participants.add(office.runtime, number, "anna@postroom.test")


@pytest.mark.parametrize(
    ("address", "name", "why"),
    [
        ("", "", "no address"),
        ("boss", "", "no address"),
        ("a b@customer.example", "", "no address"),
        ("a,b@customer.example", "", "no address"),
        ("boss@customer.example\nBcc: x@y.example", "", "no address"),
        (f"{'x' * 320}@customer.example", "", "no address"),
        (BOSS, "Пётр\nBcc: x", "one line"),
        (BOSS, "x" * 201, "one line"),
        (HELP, "", "mailbox of ours"),
        ("help+tag@postroom.test", "", "mailbox of ours"),
    ],
)
def test_who_cannot_be_added(office: House, number: str, address: str, name: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        participants.add(office.runtime, number, address, name)
    assert office.rows(rows) == []


def test_a_ticket_has_room_for_so_many(office: House, number: str) -> None:
    for index in range(participant_queries.MOST):
        participants.add(office.runtime, number, f"p{index}@customer.example")
    with pytest.raises(UserError, match="already; remove one"):
        participants.add(office.runtime, number, BOSS)
    assert not participants.add(office.runtime, number, "p0@customer.example")


def test_only_on_a_ticket_that_goes_on(office: House, number: str) -> None:
    office.take(letter())
    other = str(office.rows(tickets)[1].number)
    lifecycle.merge(office.runtime, number, other)
    with pytest.raises(UserError, match=f"was merged into {other}"):
        participants.add(office.runtime, number, BOSS)
    with pytest.raises(UserError, match="no ticket 'O1'"):
        participants.add(office.runtime, "O1", BOSS)
