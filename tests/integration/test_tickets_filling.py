"""What a sender rule selected and caught, as it stands on the ticket and the contact afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from backbone.catalogue import tables
from backbone.catalogue.tables import version
from backbone.contracts import Fields, Selection, Unresolved
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound
from parse import service as parsing
from tests.support.databases import Databases
from tests.support.house import House, house, letter
from tickets import service as deciding
from tickets.models import contacts, tickets

NEXT_WEEK = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        made.add_mailbox(senders=["*@*"])
        with made.runtime.database.transaction() as connection:
            connection.execute(
                insert(tables.customers),
                [
                    {"id": 1, "name": "Ромашка", "domains": ["customer.example"]},
                    {"id": 2, "name": "Василёк", "domains": []},
                ],
            )
            connection.execute(
                insert(tables.people).values(address="anna@elsewhere.example", name="Анна", phone="+7 1", customer_id=2)
            )
            for table in (tables.objects, tables.work_types, tables.ticket_types, tables.criticalities):
                connection.execute(insert(table), [{"id": 1, "name": "одно"}, {"id": 2, "name": "другое"}])
            connection.execute(
                update(tables.templates).values(
                    object_id=1, work_type_id=1, ticket_type_id=1, criticality_id=1, assignee="Пётр"
                )
            )
            connection.execute(update(version).values(number=version.c.number + 1))
        yield made


def select(office: House, mail_id: int, verdict: Any = "open", reason: str | None = None, **fields: Any) -> None:
    """Write down a selection, as the parse stage does."""
    chosen = Selection(verdict=verdict, reason=reason, rule_id=1, template_id=1, fields=Fields(**fields))
    office.change(inbound, inbound.c.id == mail_id, selection=chosen.model_dump(mode="json"))


def test_what_was_caught_stands_on_the_ticket(office: House) -> None:
    (mail_id,) = office.read(letter())
    select(
        office,
        mail_id,
        external_number="300434925",
        deadline=NEXT_WEEK,
        object_id=2,
        work_type_id=2,
        ticket_type_id=2,
        criticality_id=2,
        description="Течёт кран",
        contact_name="Сидоров",
        contact_phone="+7 495 1234567",
        address="Тверская, 1",
        custom={"Этаж": "7"},
        unresolved=(Unresolved(field="object", text="Склад", why="unknown"),),
    )
    deciding.decide(office.runtime, [mail_id])
    (ticket,) = office.rows(tickets)
    wanted = {
        "external_number": "300434925",
        "deadline": NEXT_WEEK,
        "object_id": 2,
        "work_type_id": 2,
        "ticket_type_id": 2,
        "criticality_id": 2,
        "description": "Течёт кран",
        "contact_name": "Сидоров",
        "contact_phone": "+7 495 1234567",
        "address": "Тверская, 1",
        "assignee": "Пётр",
        "custom": {"Этаж": "7"},
        "unresolved": [{"field": "object", "text": "Склад", "why": "unknown"}],
        "customer_id": 1,
        "linked_ticket_id": None,
    }
    assert {name: getattr(ticket, name) for name in wanted} == wanted
    (contact,) = office.rows(contacts)
    assert (contact.name, contact.phone, contact.customer_id) == ("Иван Петров", "+7 495 1234567", 1)


def test_what_was_not_caught_is_the_templates(office: House) -> None:
    office.take(letter(), letter(From="anna@elsewhere.example"), letter(From="eve@nowhere.example"))
    made = office.rows(tickets)
    assert {(one.object_id, one.work_type_id, one.criticality_id, one.deadline) for one in made} == {(1, 1, 1, None)}
    assert [one.customer_id for one in made] == [1, 2, None]
    assert [(one.name, one.phone, one.customer_id) for one in office.rows(contacts)] == [
        ("Анна", "+7 1", 2),
        ("", "", None),
        ("Иван Петров", "", 1),
    ]


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [("ignore", Inbound.IGNORED, InboundReason.BLOCKED), ("hold", Inbound.HELD, InboundReason.REGEX_MISMATCH)],
)
def test_the_rules_may_say_no(office: House, verdict: str, state: Inbound, reason: InboundReason) -> None:
    (mail_id,) = office.read(letter())
    select(office, mail_id, verdict, reason.value)
    deciding.decide(office.runtime, [mail_id])
    row = office.mail(mail_id)
    assert (row.state, row.reason, row.held_at_version, row.due_at) == (state, reason, None, None)


def test_a_mail_parsed_before_there_were_selections_opens_its_ticket(office: House) -> None:
    (mail_id,) = office.read(letter())
    office.change(inbound, selection=None, rule_id=1)
    deciding.decide(office.runtime, [mail_id])
    assert (office.mail(mail_id).state, office.rows(tickets)[0].rule_id) == (Inbound.TICKET_CREATED, 1)


@pytest.mark.parametrize("gone", [{"rule_id": 99}, {"fields": {"object_id": 99}}])
def test_what_the_catalogue_has_lost_since_is_selected_again(office: House, gone: dict[str, Any]) -> None:
    (mail_id,) = office.read(letter())
    chosen = Selection(verdict="open", rule_id=1, template_id=1).model_dump(mode="json") | gone
    office.change(inbound, selection=chosen)
    deciding.decide(office.runtime, [mail_id])
    assert (office.mail(mail_id).state, office.mail(mail_id).due_at is not None) == (Inbound.RECEIVED, True)
    parsing.read(office.runtime, [mail_id])
    deciding.decide(office.runtime, [mail_id])
    assert office.mail(mail_id).state == Inbound.TICKET_CREATED
