"""Who appears on a ticket: always seen by staff, never in the way of who takes part, and carried along by a merge."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.errors import UserError
from tests.support.databases import Databases
from tests.support.house import House, house, letter
from tests.support.post import collect
from tickets import chat, lifecycle, participants
from tickets.models import participants as rows
from tickets.models import tickets
from tickets.newcomers import MOST_OF_A_TICKET
from tickets.participant_queries import MOST

FIRST = "<first@customer.example>"


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        made.add_mailbox(senders=["*@customer.example"])
        yield made


def opened(office: House, **fields: str) -> str:
    office.take(letter(**fields))
    return str(office.rows(tickets)[-1].number)


def flood(office: House, most: int = 120, name: str = "x") -> None:
    """Let mails name more people than a ticket keeps, some mails in one batch."""
    people = [f"{name}{number:03}@flood.example" for number in range(most)]
    mails = [letter(In_Reply_To=FIRST, Cc=", ".join(people[start : start + 20])) for start in range(0, len(people), 20)]
    office.take(*mails[:4])
    for one in mails[4:]:
        office.take(one)


def kept(office: House, number: str, *, confirmed: bool) -> list[str]:
    (ticket,) = office.rows(tickets, tickets.c.number == number)
    found = office.rows(rows, rows.c.ticket_id == ticket.id)
    return [row.address for row in found if row.confirmed is confirmed]


def test_a_flood_of_newcomers_hides_nobody_and_stands_in_nobodys_way(office: House) -> None:
    number = opened(office, Message_ID=FIRST, Cc="olga@partner.example, petr@partner.example")
    participants.confirm(office.runtime, number, "petr@partner.example")
    flood(office)
    waiting = kept(office, number, confirmed=False)
    assert len(waiting) == MOST_OF_A_TICKET
    assert "x118@flood.example" in waiting, "the newest are seen"
    assert "olga@partner.example" not in waiting
    assert participants.add(office.runtime, number, "boss@customer.example"), "staff may always add"
    office.take(letter(In_Reply_To=FIRST, Cc="olga@partner.example"))
    waiting = kept(office, number, confirmed=False)
    assert "olga@partner.example" in waiting, "who takes part is seen again"
    assert len(waiting) == MOST_OF_A_TICKET
    assert kept(office, number, confirmed=True) == ["boss@customer.example", "petr@partner.example"]


def test_staff_confirm_no_more_than_a_mail_is_sent_to(office: House) -> None:
    number = opened(office, Message_ID=FIRST, Cc="olga@partner.example")
    for index in range(MOST):
        participants.add(office.runtime, number, f"p{index}@customer.example")
    for change in (participants.confirm, participants.add):
        with pytest.raises(UserError, match=f"{MOST} people take part in {number} already"):
            change(office.runtime, number, "olga@partner.example")
    assert not participants.add(office.runtime, number, "p1@customer.example")


def test_who_takes_part_goes_along_with_a_merge(office: House) -> None:
    first = opened(office, Message_ID=FIRST, Cc="olga@partner.example, petr@partner.example, both@partner.example")
    for one in ("petr@partner.example", "both@partner.example"):
        participants.confirm(office.runtime, first, one)
    second = opened(office, From="maria@customer.example", Cc="both@partner.example, ivan@customer.example")
    participants.add(office.runtime, second, "boss@customer.example")
    lifecycle.merge(office.runtime, second, first)
    everybody = [*kept(office, first, confirmed=True), *kept(office, first, confirmed=False)]
    assert everybody == [
        "boss@customer.example",
        "both@partner.example",
        "petr@partner.example",
        "ivan@customer.example",
        "maria@customer.example",
        "olga@partner.example",
    ]
    chat.post(office.runtime, first, "Мастер приедет.", "Анна")
    collect(office)
    sent = office.owed()[-1].letter
    assert sent["to"]["address"] == "ivan@customer.example"
    assert {one["address"] for one in sent["cc"]} == set(everybody[:3])


def test_the_confirmed_of_a_merged_ticket_are_confirmed_where_nobody_had_done_so(office: House) -> None:
    first = opened(office, Cc="olga@partner.example")
    second = opened(office, Cc="olga@partner.example")
    participants.confirm(office.runtime, second, "olga@partner.example")
    lifecycle.merge(office.runtime, second, first)
    assert kept(office, first, confirmed=True) == ["olga@partner.example"]


def test_a_merge_makes_no_mailing_list(office: House) -> None:
    first, second = opened(office), opened(office)
    for index in range(MOST):
        participants.add(office.runtime, first, f"p{index}@customer.example")
    participants.add(office.runtime, second, "boss@customer.example")
    with pytest.raises(UserError, match=f"More than {MOST} people would take part in {first}"):
        lifecycle.merge(office.runtime, second, first)
    assert office.rows(tickets, tickets.c.number == second)[0].closed_at is None
    assert len(kept(office, first, confirmed=True)) == MOST
