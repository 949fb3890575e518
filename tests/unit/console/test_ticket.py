"""``postroom ticket``: everything about one ticket, and what people do to it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from backbone.catalogue import tables
from backbone.catalogue.tables import version
from tests.support.house import House, letter
from tests.support.shell import Shell
from tickets.models import tickets

UNRESOLVED = [{"field": "object", "text": "Склад [9]", "why": "not_offered"}]


def furnish(office: House) -> None:
    """Write a directory into the catalogue."""
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(tables.customers).values(id=1, name="Ромашка"))
        connection.execute(
            insert(tables.objects),
            [{"id": 1, "name": "Склад № 3", "aliases": ["Sklad 3"]}, {"id": 2, "name": "Офис", "aliases": []}],
        )
        connection.execute(insert(tables.work_types), [{"id": 1, "name": "Ремонт"}, {"id": 2, "name": "Уборка"}])
        connection.execute(
            insert(tables.object_work_types),
            [{"object_id": 1, "work_type_id": 1}, {"object_id": 2, "work_type_id": 2}],
        )
        connection.execute(
            insert(tables.criticalities),
            [{"id": 1, "name": "Высокая"}, {"id": 2, "name": "Низкая-1"}, {"id": 3, "name": "Низкая 1"}],
        )
        connection.execute(insert(tables.ticket_types).values(id=1, name="Авария"))
        connection.execute(
            update(tables.templates).values(
                customer_id=1, object_id=1, work_type_id=1, criticality_id=1, ticket_type_id=1, assignee="Анна"
            )
        )
        connection.execute(update(version).values(number=version.c.number + 1))


@pytest.fixture
def number(office: House) -> str:
    furnish(office)
    office.take(letter())
    return str(office.rows(tickets)[0].number)


def test_everything_about_a_ticket_is_shown(shell: Shell, office: House, number: str) -> None:
    deadline = datetime(2026, 12, 1, 9, tzinfo=UTC)
    office.change(
        tickets,
        unresolved=UNRESOLVED,
        custom={"Этаж": "7"},
        external_number="300434925",
        contact_phone="+7 495 1234567",
        deadline=deadline,
    )
    found = shell("ticket", "show", number, "--json").json()
    wanted: dict[str, Any] = {
        "number": number,
        "stage": "new",
        "status": "new",
        "subject": "Тема",
        "mailbox": "help@postroom.test",
        "template": "Почта",
        "customer": "Ромашка",
        "ticket_type": "Авария",
        "object": "Склад № 3",
        "work_type": "Ремонт",
        "criticality": "Высокая",
        "assignee": "Анна",
        "sender": "ivan@customer.example",
        "sender_rule": "*@customer.example",
        "external_number": "300434925",
        "deadline": "2026-12-01T09:00:00+00:00",
        "custom": {"Этаж": "7"},
        "unresolved": UNRESOLVED,
        "reply_by_chat": True,
        "follows": None,
        "followed_by": [],
        "merged_into": None,
        "merged_from": [],
    }
    assert {name: found[name] for name in wanted} == wanted
    told = shell("ticket", "show", f" {number} ").out
    for words in ("Склад № 3", "object: 'Склад [9]' (not offered)", "Этаж: 7", "+7 495 1234567"):
        assert words in told
    assert "merged_into" not in told


def test_links_are_shown_from_both_ends(shell: Shell, office: House, number: str) -> None:
    office.take(letter(), letter())
    first, second, third = (row.number for row in office.rows(tickets))
    assert (first, shell("ticket", "merge", first, "--into", second).code) == (number, 0)
    office.change(tickets, tickets.c.number == third, linked_ticket_id=office.rows(tickets)[1].id)
    shown = {one: shell("ticket", "show", one, "--json").json() for one in (first, second, third)}
    assert (shown[first]["merged_into"], shown[first]["status"]) == (second, "merged")
    assert (shown[second]["merged_from"], shown[second]["followed_by"]) == ([first], [third])
    assert shown[third]["follows"] == second
    assert second in shell("ticket", "show", third).out


def test_a_ticket_is_closed_and_opened_again(shell: Shell, number: str) -> None:
    for command, words in (
        ("close", "is closed."),
        ("close", "was closed already."),
        ("reopen", "is open again."),
        ("reopen", "is open."),
    ):
        result = shell("ticket", command, number)
        assert (result.code, result.out) == (0, f"{number} {words}\n")


def test_fields_are_set(shell: Shell, office: House, number: str) -> None:
    changed = shell(
        *("ticket", "set", number, "--object", "офис", "--work-type", "УБОРКА", "--criticality", "Низкая 1"),
        *("--assignee", "Пётр", "--deadline", "25.11.2026 18:00"),
    )
    assert (changed.code, changed.out) == (0, f"{number} is changed.\n")
    found = shell("ticket", "show", number, "--json").json()
    assert (found["object"], found["work_type"], found["criticality"]) == ("Офис", "Уборка", "Низкая 1")
    assert (found["assignee"], found["deadline"]) == ("Пётр", "2026-11-25T15:00:00+00:00")  # Moscow is at +03:00
    assert shell("ticket", "set", number, "--assignee", "-", "--deadline", "-").code == 0
    row = office.rows(tickets)[0]
    assert (row.assignee, row.deadline, row.object_id) == ("", None, 2)


BAD: list[tuple[tuple[str, ...], str]] = [
    (("show", "O9"), "There is no ticket 'O9'"),
    (("close", "O9"), "There is no ticket 'O9'"),
    (("reopen", "O9"), "There is no ticket 'O9'"),
    (("merge", "NUMBER", "--into", "O9"), "There is no ticket 'O9'"),
    (("merge", "NUMBER", "--into", "NUMBER"), "cannot be merged into itself"),
    (("set", "O9", "--assignee", "x"), "There is no ticket 'O9'"),
    (("set", "NUMBER"), "Nothing is to be set"),
    (("set", "NUMBER", "--object", "Склат 3"), "No object is called 'Склат 3'; did you mean 'Склад № 3'?"),
    (("set", "NUMBER", "--object", "zzz"), "No object is called 'zzz'; 'postroom export' lists"),
    (("set", "NUMBER", "--work-type", "Ремонд"), "No work type is called 'Ремонд'; did you mean 'Ремонт'?"),
    (("set", "NUMBER", "--criticality", "низкая_1"), "Several entries could be the criticality 'низкая_1'"),
    (("set", "NUMBER", "--work-type", "Уборка"), "Склад № 3 does not offer the work type Уборка; it offers: Ремонт."),
    (("set", "NUMBER", "--object", "Офис"), "Офис does not offer the work type Ремонт; it offers: Уборка."),
    (("set", "NUMBER", "--assignee", ""), "The assignee must be a name"),
    (("set", "NUMBER", "--assignee", "a\nb"), "The assignee must be a name"),
    (("set", "NUMBER", "--assignee", "x" * 256), "The assignee must be a name"),
    (("set", "NUMBER", "--deadline", "soon enough"), "The deadline 'soon enough' is no moment"),
]


@pytest.mark.parametrize(("arguments", "complaint"), BAD)
def test_what_cannot_be_done(
    shell: Shell, office: House, number: str, arguments: tuple[str, ...], complaint: str
) -> None:
    before = office.rows(tickets)
    result = shell("ticket", *(number if one == "NUMBER" else one for one in arguments))
    assert (result.code, result.out) == (1, "")
    assert complaint in result.err
    assert result.err.count("\n") == 1
    assert office.rows(tickets) == before
