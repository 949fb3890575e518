"""External numbers: one number of one sender is one ticket, in a batch, between workers, and over its life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update

from backbone import clock
from backbone.catalogue.tables import sender_rules, service_users, version
from backbone.ledger import due
from backbone.ledger.states import Inbound
from backbone.ledger.tables import inbound
from parse import service as parsing
from tests.support.databases import both
from tests.support.house import House, house, letter
from tests.support.waiting import wait_for
from tickets import lifecycle, state_queries
from tickets import service as deciding
from tickets.models import external_numbers, messages, tickets

SECONDS = 60
WORKERS = 4
IVAN = "ivan@customer.example"


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, threads=10, database_url=database_url) as made:
        made.add_mailbox(senders=["*@*"])
        made.add_mailbox("second@postroom.test", senders=["*@*"])
        rules(made, subject_regex=r"номер (?<taskNumber>\w+)", mismatch="template", join_same_number=True)
        yield made


def rules(office: House, **values: Any) -> None:
    office.change(sender_rules, **values)
    office.change(version, number=version.c.number + 1)


def order(number: object, **fields: str) -> bytes:
    return letter(f"Заявка номер {number}", f"Заявка {number}", **fields)


def again(office: House, *ids: int) -> None:
    parsing.read(office.runtime, ids)
    deciding.decide(office.runtime, ids)


def ends(office: House, ids: list[int]) -> list[tuple[str, int]]:
    """Return what became of mails, and the place of their ticket among all."""
    places = {row.id: place for place, row in enumerate(office.rows(tickets))}
    return [(office.mail(one).state, places[office.mail(one).ticket_id]) for one in ids]


def claimed(office: House) -> dict[str, int]:
    return {row.number: row.ticket_id for row in office.rows(external_numbers)}


@both
def test_two_mails_with_one_new_number_in_one_batch_are_one_ticket(office: House) -> None:
    ids = office.take(order(1), order(2), order(1, From="IVAN@Customer.example"), letter())
    assert ends(office, ids) == [
        (Inbound.TICKET_CREATED, 0),
        (Inbound.TICKET_CREATED, 1),
        (Inbound.MESSAGE_ADDED, 0),
        (Inbound.TICKET_CREATED, 2),
    ]
    made = office.rows(tickets)
    assert [one.external_number for one in made] == ["1", "2", None]
    assert claimed(office) == {"1": made[0].id, "2": made[1].id}
    assert [row.text for row in office.rows(messages)] == ["Заявка 1", "Заявка 2", "Заявка 1", "Добрый день!"]
    assert [row.ticket_id for row in office.owed()] == [one.id for one in made]
    step = next(step for step in office.mail(ids[2]).decision if step["step"] == "external_number")
    assert step == {"step": "external_number", "number": "1", "joins": True, "found": f"mail {ids[0]}"}


@both
def test_a_number_seen_before_leads_to_its_ticket(office: House) -> None:
    office.take(order(1))
    number = office.rows(tickets)[0].number
    ids = office.take(order(1), order(1, From="eve@customer.example"))
    other = office.take(order(1), mailbox_id=2)
    assert ends(office, ids + other) == [
        (Inbound.MESSAGE_ADDED, 0),
        (Inbound.TICKET_CREATED, 1),
        (Inbound.TICKET_CREATED, 2),
    ]
    told = [step for step in office.mail(ids[0]).decision if step["step"] in ("external_number", "permission")]
    assert told[0] == {"step": "external_number", "number": "1", "joins": True, "found": number}
    assert told[1]["needed"] == ["add_messages"]
    assert len(office.rows(external_numbers)) == 3


@both
def test_where_the_rule_does_not_join_each_mail_opens_a_ticket(office: House) -> None:
    rules(office, join_same_number=False)
    ids = office.take(order(1), order(1)) + office.take(order(1))
    assert ends(office, ids) == [(Inbound.TICKET_CREATED, place) for place in range(3)]
    newest = office.rows(tickets)[-1]
    assert claimed(office) == {"1": newest.id}
    rules(office, join_same_number=True)
    assert ends(office, office.take(order(1))) == [(Inbound.MESSAGE_ADDED, 2)]


@pytest.mark.parametrize("round_", range(3))
def test_workers_at_once_open_each_number_once(office: House, round_: int) -> None:
    numbers = range(12)
    ids = office.read(*(order(f"{round_}{number}") for _ in range(5) for number in numbers))
    # Each worker has every number, each in an order of its own.
    parts = [ids[start::WORKERS] for start in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda part: deciding.decide(office.runtime, part[::-1]), parts))
    assert Counter(row.state for row in office.rows(inbound)) == {
        Inbound.TICKET_CREATED: len(numbers),
        Inbound.MESSAGE_ADDED: 4 * len(numbers),
    }
    assert len(office.rows(tickets)) == len(numbers)
    assert Counter(Counter(row.ticket_id for row in office.rows(messages)).values()) == {5: len(numbers)}
    assert {row.attempts for row in office.rows(inbound)} == {0}


def test_who_wants_a_claimed_number_waits_and_joins(office: House) -> None:
    first, second, third = office.read(order(1), order(1), order(1))
    deciding.decide(office.runtime, [first])
    office.change(external_numbers, ticket_id=None)  # as it is before the ticket is made
    ticket = office.rows(tickets)[0]
    claim = (1, IVAN, "1")
    with ThreadPoolExecutor(1) as pool:
        with office.runtime.database.transaction() as connection:
            assert state_queries.claim_numbers(connection, {claim: first}) == {claim: None}
            waiting = pool.submit(deciding.decide, office.runtime, [second])
            wait_for(lambda: blocked(office), SECONDS, "the other worker to wait for the number")
            state_queries.keep_numbers(connection, {claim: (first, ticket.id)})
        waiting.result(SECONDS)
    deciding.decide(office.runtime, [third])
    assert ends(office, [first, second, third])[1:] == [(Inbound.MESSAGE_ADDED, 0)] * 2


def test_a_number_whose_mail_came_to_nothing_is_free(office: House) -> None:
    first, second = office.read(order(1), order(1))
    claim = (1, IVAN, "1")
    with ThreadPoolExecutor(1) as pool:
        with office.runtime.database.engine.connect() as connection, connection.begin() as transaction:
            state_queries.claim_numbers(connection, {claim: first})
            waiting = pool.submit(deciding.decide, office.runtime, [second])
            wait_for(lambda: blocked(office), SECONDS, "the other worker to wait for the number")
            transaction.rollback()
        waiting.result(SECONDS)
    assert office.mail(second).state == Inbound.TICKET_CREATED
    deciding.decide(office.runtime, [first])
    assert office.mail(first).state == Inbound.MESSAGE_ADDED


def blocked(office: House) -> bool:
    with office.runtime.database.reading() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


@both
def test_a_closed_ticket_is_opened_again_by_its_number(office: House) -> None:
    office.take(order(1))
    lifecycle.close(office.runtime, office.rows(tickets)[0].number)
    (automatic,) = office.take(order(1, Auto_Submitted="auto-generated"))
    assert (ends(office, [automatic]), office.rows(tickets)[0].stage) == ([(Inbound.MESSAGE_ADDED, 0)], "closed")
    (mail_id,) = office.take(order(1))
    assert (ends(office, [mail_id]), office.rows(tickets)[0].stage) == ([(Inbound.MESSAGE_ADDED, 0)], "open")


@both
def test_long_after_a_number_opens_a_linked_ticket_and_leads_there(office: House) -> None:
    office.take(order(1))
    old = office.rows(tickets)[0]
    office.change(tickets, closed_at=clock.now() - timedelta(days=15), stage="closed")
    ids = office.take(order(1), order(1)) + office.take(order(1))
    assert ends(office, ids) == [
        (Inbound.TICKET_CREATED, 1),
        (Inbound.MESSAGE_ADDED, 1),
        (Inbound.MESSAGE_ADDED, 1),
    ]
    new = office.rows(tickets)[1]
    assert (new.linked_ticket_id, claimed(office)) == (old.id, {"1": new.id})


def test_a_number_follows_merged_tickets(office: House) -> None:
    office.take(order(1), order(2))
    first, second = office.rows(tickets)
    lifecycle.merge(office.runtime, first.number, second.number)
    assert ends(office, office.take(order(1))) == [(Inbound.MESSAGE_ADDED, 1)]


@both
def test_numbers_of_held_mails_go_on_with_them(office: House) -> None:
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(service_users).values(kind="api", enabled=False, all_districts=True))
        connection.execute(update(version).values(number=version.c.number + 1))
    ids = office.take(order(1), order(1))
    assert {office.mail(one).reason for one in ids} == {"api_user_off"}
    with office.runtime.database.transaction() as connection:
        connection.execute(delete(service_users))
        connection.execute(update(version).values(number=version.c.number + 1))
    (other,) = office.take(order(1))
    assert due.release_held(office.runtime) == 2
    again(office, *ids)
    assert ends(office, [other, *ids]) == [
        (Inbound.TICKET_CREATED, 0),
        (Inbound.MESSAGE_ADDED, 0),
        (Inbound.MESSAGE_ADDED, 0),
    ]


def test_what_is_too_long_or_has_no_sender_is_claimed_by_nobody(office: House) -> None:
    rules(office, subject_regex=r"номер (?<taskNumber>\w*)")
    ids = office.take(
        order("x" * 256),
        order("x" * 256),
        order(1, From=""),
        order(1, From=""),
        order(1, From=f"<{'a' * 400}@b.example>"),
    )
    assert {state for state, _ in ends(office, ids)} == {Inbound.TICKET_CREATED}
    assert office.rows(external_numbers) == []


def test_numbers_and_answers_of_the_same_tickets_never_wait_for_each_other_crosswise(office: House) -> None:
    opened = office.take(order(1, Message_ID="<1@x.example>"), order(2, Message_ID="<2@x.example>"))
    raws = [(order(1), letter(In_Reply_To="<2@x.example>")), (letter(In_Reply_To="<1@x.example>"), order(2))] * 12
    batches = [office.read(*two) for two in raws]
    with ThreadPoolExecutor(WORKERS) as pool:
        # A deadlock would be raised here.
        list(pool.map(lambda ids: deciding.decide(office.runtime, ids), batches))
    rows = [office.mail(mail_id) for ids in batches for mail_id in ids]
    assert {row.state for row in rows} == {Inbound.MESSAGE_ADDED}
    assert {row.ticket_id for row in rows} == {office.mail(mail_id).ticket_id for mail_id in opened}


@both
def test_a_suspect_sender_neither_joins_by_a_number_nor_claims_one(office: House) -> None:
    office.configure(authserv_ids="mx.postroom.test")
    forged = {"Authentication_Results": "mx.postroom.test; dmarc=fail header.from=customer.example"}
    first, second, third, fourth = office.take(order(1, **forged), order(1), order(1, **forged), order(1))
    (later,) = office.take(order(1, **forged))
    rows = {mail_id: office.mail(mail_id) for mail_id in (first, second, third, fourth, later)}
    assert [row.state for row in rows.values()] == [*["ticket_created"] * 3, "message_added", "ticket_created"]
    assert rows[second].ticket_id == rows[fourth].ticket_id == claimed(office)["1"]
    (step,) = (one for one in rows[later].decision if one["step"] == "external_number")
    assert step == {"step": "external_number", "number": "1", "found": None, "suspect": True}
    (notice,) = (one for one in rows[later].decision if one["step"] == "notice")
    assert notice["why"] == "the sender is forged, as a mail server says that we believe"
