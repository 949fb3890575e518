"""Canned replies on a ticket: which may be used, and what they say there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from backbone.catalogue import tables
from backbone.errors import UserError
from tests.support.house import House, house, letter
from tickets import prepared
from tickets.models import tickets

EVERYTHING = "{number} {subject} {customer} {contact} {object} {work_type} {deadline} {assignee} {author}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        with made.runtime.database.transaction() as connection:
            connection.execute(insert(tables.customers).values(id=1, name="Ромашка"))
            connection.execute(insert(tables.objects).values(id=1, name="Склад", aliases=[]))
            connection.execute(insert(tables.work_types).values(id=1, name="Ремонт"))
            connection.execute(insert(tables.ticket_types), [{"id": 1, "name": "Авария"}, {"id": 2, "name": "Осмотр"}])
            replies = {"Принято": "Заявка {number} принята. {author}", "Всё": EVERYTHING, "Осмотр": "Едем на осмотр."}
            rows = [{"id": index, "name": name, "text": text} for index, (name, text) in enumerate(replies.items(), 1)]
            connection.execute(insert(tables.canned_replies), rows)
            limits = [{"canned_reply_id": 2, "ticket_type_id": 1}, {"canned_reply_id": 3, "ticket_type_id": 2}]
            connection.execute(insert(tables.canned_reply_ticket_types), limits)
        made.add_mailbox()
        made.take(letter(subject="Течёт"))
        yield made


@pytest.fixture
def number(office: House) -> str:
    return str(office.rows(tickets)[0].number)


def names(office: House, number: str | None = None) -> list[str]:
    with office.runtime.database.reading() as connection:
        catalogue = office.runtime.catalogue.current(connection)
        return [one.name for one in prepared.usable(connection, catalogue, number)]


def text(office: House, number: str, name: str) -> str:
    with office.runtime.database.reading() as connection:
        return prepared.text(connection, office.runtime.catalogue.current(connection), number, name, "Анна")


def test_a_ticket_is_offered_what_is_for_its_type(office: House, number: str) -> None:
    assert names(office) == ["Всё", "Осмотр", "Принято"]
    assert names(office, number) == ["Принято"]
    office.change(tickets, ticket_type_id=1)
    assert names(office, number) == ["Всё", "Принято"]
    with pytest.raises(UserError, match="no ticket 'O1'"):
        names(office, "O1")


def test_every_field_is_filled_in(office: House, number: str) -> None:
    office.change(
        tickets,
        ticket_type_id=1,
        customer_id=1,
        object_id=1,
        work_type_id=1,
        assignee="Пётр",
        deadline=datetime(2026, 12, 1, 9, tzinfo=UTC),
    )
    assert text(office, number, "Принято") == f"Заявка {number} принята. Анна"
    expected = f"{number} Течёт Ромашка Иван Петров Склад Ремонт 01.12.2026 12:00 Пётр Анна"
    assert text(office, number, "Всё") == expected


def test_the_contact_that_the_mail_named_comes_first(office: House, number: str) -> None:
    office.change(tables.canned_replies, tables.canned_replies.c.id == 1, text="{contact}")
    office.change(tables.version, number=99)
    office.change(tickets, contact_name="Мария")
    assert text(office, number, "Принято") == "Мария"
    office.change(tickets, contact_name="", reply_name="")
    assert text(office, number, "Принято") == "Иван Петров"


def test_what_cannot_be_used_is_said(office: House, number: str) -> None:
    for name, why in (("Нет", "does not exist"), ("Осмотр", "not for tickets of this type")):
        with pytest.raises(UserError, match=f"{why}; 'postroom canned list --ticket {number}'"):
            text(office, number, name)
    office.change(tickets, ticket_type_id=1)
    with pytest.raises(UserError, match=f"cannot be used on {number}: line 1: this ticket has nothing .*customer"):
        text(office, number, "Всё")
