"""What people do to a ticket as a whole, and where the mail goes then."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backbone import clock
from backbone.catalogue.tables import customers, templates, version
from backbone.contracts import Letter
from backbone.errors import UserError
from backbone.ledger.states import Inbound
from tests.support.house import House, house, letter
from tickets import chat, lifecycle
from tickets.models import messages, tickets

FIRST = "<first@customer.example>"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox(senders=["*@customer.example"])
        yield made


def opened(office: House, **fields: str) -> str:
    (mail_id,) = office.take(letter(**fields))
    return next(str(row.number) for row in office.rows(tickets) if row.inbound_id == mail_id)


def ticket(office: House, number: str) -> Any:
    return office.rows(tickets, tickets.c.number == number)[0]


def closed_before(office: House, number: str, days: float) -> None:
    assert lifecycle.close(office.runtime, number)
    office.change(tickets, tickets.c.number == number, closed_at=clock.now() - timedelta(days=days))


def ask(office: House, **values: Any) -> None:
    office.change(templates, **values)
    office.change(version, number=version.c.number + 1)


def test_a_ticket_is_closed_and_opened_again(office: House) -> None:
    number = opened(office)
    before = ticket(office, number)
    assert (before.stage, before.status, before.closed_at) == ("new", "new", None)
    assert lifecycle.close(office.runtime, number) is True
    closed = ticket(office, number)
    assert (closed.stage, closed.status, closed.closed_at is not None) == ("closed", "closed", True)
    assert lifecycle.close(office.runtime, number) is False
    assert ticket(office, number).closed_at == closed.closed_at
    assert lifecycle.reopen(office.runtime, number) is True
    assert lifecycle.reopen(office.runtime, number) is False
    again = ticket(office, number)
    assert (again.stage, again.status, again.closed_at) == ("open", "reopened", None)


def test_an_answer_in_time_opens_it_again(office: House) -> None:
    number = opened(office, Message_ID=FIRST)
    closed_before(office, number, 13)
    (answer,) = office.take(letter(In_Reply_To=FIRST))
    row = office.mail(answer)
    assert (row.state, row.ticket_id) == (Inbound.MESSAGE_ADDED, ticket(office, number).id)
    assert (ticket(office, number).stage, ticket(office, number).closed_at) == ("open", None)
    assert [step["step"] for step in row.decision][-4:] == ["thread", "closed_ticket", "permission", "notice"]
    notice = Letter.model_validate(office.owed()[-1].letter)
    assert (notice.kind, notice.why, notice.number) == ("closed_ticket", "reopened", number)
    assert [entry.text for entry in notice.entries] == ["Добрый день!"]


@pytest.mark.parametrize("fields", [{"From": "eve@customer.example"}, {"Auto_Submitted": "auto-replied"}])
@pytest.mark.parametrize("days", [1, 100])
def test_guests_and_machines_leave_it_closed(office: House, fields: dict[str, str], days: int) -> None:
    number = opened(office, Message_ID=FIRST)
    closed_before(office, number, days)
    (answer,) = office.take(letter(In_Reply_To=FIRST, **fields))
    assert office.mail(answer).state == Inbound.MESSAGE_ADDED
    assert (ticket(office, number).stage, len(office.rows(tickets))) == ("closed", 1)


@pytest.mark.parametrize(("days", "reopen_days"), [(15, 14), (0, 0), (2, 1)])
def test_a_late_answer_opens_a_linked_ticket(office: House, days: int, reopen_days: int) -> None:
    ask(office, reopen_days=reopen_days)
    number = opened(office, Message_ID=FIRST)
    closed_before(office, number, days)
    quote = "Снова не работает.\n\n23.11.2026 12:00, help@postroom.test пишет:\n> Мастер был."
    (answer,) = office.take(letter(f"Re: [#{number}] Тема", quote, In_Reply_To=FIRST))
    old, new = office.rows(tickets)
    assert office.mail(answer).state == Inbound.TICKET_CREATED
    assert (new.linked_ticket_id, new.subject, new.rule_id, new.template_id) == (
        old.id,
        "Тема",
        old.rule_id,
        old.template_id,
    )
    assert old.stage == "closed"
    assert office.rows(messages)[-1].text == "Снова не работает."
    notice = Letter.model_validate(office.owed()[-1].letter)
    assert (notice.number, notice.subject) == (new.number, "Тема")
    assert office.mail(answer).decision[-1]["linked"] == number


def test_a_late_answer_needs_no_rule_of_its_own(office: House) -> None:
    number = opened(office, Message_ID=FIRST, Reply_To="boss@elsewhere.example")
    closed_before(office, number, 100)
    (answer,) = office.take(letter(In_Reply_To=FIRST, From="boss@elsewhere.example"))
    assert office.mail(answer).state == Inbound.TICKET_CREATED
    assert office.rows(tickets)[-1].linked_ticket_id == ticket(office, number).id


def test_mail_follows_merged_tickets_to_the_end(office: House) -> None:
    office.configure(outgoing={"subject_tag": "participant"})
    first = opened(office, Message_ID=FIRST)
    second = opened(office, Message_ID="<second@x>")
    third = opened(office, Message_ID="<third@x>")
    lifecycle.merge(office.runtime, first, second)
    lifecycle.merge(office.runtime, second, third)
    merged = ticket(office, first)
    assert (merged.stage, merged.status, merged.merged_into_id) == ("closed", "merged", ticket(office, second).id)
    ids = office.take(
        letter(In_Reply_To=FIRST), letter(In_Reply_To="<second@x>"), letter(Subject=f"Re: [#{first}] Тема")
    )
    assert {office.mail(one).ticket_id for one in ids} == {ticket(office, third).id}
    assert {"step": "merged_ticket", "number": first, "into": third} in office.mail(ids[0]).decision
    closed_before(office, third, 100)
    (late,) = office.take(letter(f"Re: [#{first}] Тема", In_Reply_To=FIRST))
    new = office.rows(tickets)[-1]
    assert (new.linked_ticket_id, new.subject) == (ticket(office, third).id, "Тема")
    assert office.mail(late).ticket_id == new.id


def test_what_cannot_be_done_to_a_ticket(office: House) -> None:
    first, second, third = opened(office), opened(office), opened(office)
    lifecycle.merge(office.runtime, first, second)
    lifecycle.close(office.runtime, third)
    for wrong, complaint in (
        (lambda: lifecycle.close(office.runtime, "O9"), "There is no ticket 'O9'"),
        (lambda: lifecycle.merge(office.runtime, second, "O9"), "There is no ticket 'O9'"),
        (lambda: lifecycle.reopen(office.runtime, first), f"{first} was merged into {second}"),
        (lambda: lifecycle.merge(office.runtime, first, third), f"{first} was merged into {second}"),
        (lambda: lifecycle.merge(office.runtime, second, first), f"{first} was merged into {second}"),
        (lambda: lifecycle.merge(office.runtime, second, second), "into itself"),
        (lambda: lifecycle.merge(office.runtime, second, third), f"{third} is closed"),
        (lambda: lifecycle.change(office.runtime, first, {"assignee": "Анна"}), f"{first} was merged into {second}"),
        (lambda: chat.post(office.runtime, first, "Мастер едет.", "Анна"), f"{first} was merged into {second}"),
    ):
        with pytest.raises(UserError, match=complaint):
            wrong()
    assert lifecycle.close(office.runtime, first) is False


def test_staff_write_on_a_closed_ticket_and_it_stays_closed(office: House) -> None:
    number = opened(office)
    lifecycle.close(office.runtime, number)
    assert chat.post(office.runtime, number, "Акт приложен.", "Анна").outbound_id
    assert ticket(office, number).stage == "closed"
    (answer,) = office.take(letter(In_Reply_To=office.owed()[-1].message_id))
    assert (office.mail(answer).state, ticket(office, number).stage) == (Inbound.MESSAGE_ADDED, "open")


def test_tickets_of_two_customers_are_not_merged(office: House) -> None:
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(customers), [{"id": 1, "name": "А"}, {"id": 2, "name": "Б"}])
    first, second = opened(office), opened(office)
    office.change(tickets, tickets.c.number == first, customer_id=1)
    lifecycle.merge(office.runtime, opened(office), second)
    lifecycle.merge(office.runtime, opened(office), first)
    office.change(tickets, tickets.c.number == second, customer_id=2)
    with pytest.raises(UserError, match="different customers"):
        lifecycle.merge(office.runtime, first, second)
