"""Workers who decide on mails at the same moment: a sender is told once, a ticket opens once, a merge is followed."""

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from backbone import clock
from backbone.ledger.tables import domain_events
from tests.support.databases import Databases
from tests.support.house import HELP, House, house, letter
from tests.support.post import collect, returned
from tests.support.waiting import wait_for
from tickets import chat, lifecycle, service, state_queries, writing
from tickets.models import messages, tickets
from tickets.settings import TicketSettings

TRUSTED = "mx.postroom.test"


@pytest.fixture
def office(tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = postgres_databases.create()
    with house(tmp_path, database_url=url, threads=8, public_url="https://tickets.postroom.test") as made:
        made.add_mailbox()
        made.configure(
            authserv_ids=TRUSTED,
            outgoing={"notices": {"not_accepted": True, "registration": True}, "subject_tag": "off"},
        )
        yield made


def opened(office: House) -> tuple[str, str]:
    """Let a customer open a ticket; return its number and the Message-ID of our answer."""
    office.take(letter())
    number = str(office.rows(tickets)[-1].number)
    chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    collect(office)
    return number, office.owed()[-1].message_id


def workers(office: House, mail_ids: Sequence[int]) -> list[threading.Thread]:
    """Let a worker begin with each mail."""
    made = [threading.Thread(target=service.decide, args=(office.runtime, [one])) for one in mail_ids]
    for one in made:
        one.start()
    return made


def test_a_stranger_who_writes_many_mails_at_once_is_told_once(office: House) -> None:
    sender = {
        "From": "eve@elsewhere.example",
        "Authentication_Results": f"{TRUSTED}; dmarc=pass header.from=elsewhere.example",
    }
    for one in workers(office, office.read(*(letter(**sender) for _ in range(6)))):
        one.join()
    assert sorted(row.kind for row in office.owed()) == ["not_accepted", "registration"]


@pytest.mark.parametrize("window", ["PER_ADDRESS", "PER_DOMAIN"])
def test_workers_do_not_pass_a_window_together(office: House, window: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"POSTROOM_TICKETS_NOTICES_{window}", '{"10": 3}')
    monkeypatch.setattr(writing, "own_settings", TicketSettings)
    name = "ivan" if window == "PER_ADDRESS" else "p{}"
    raws = [letter(From=f"{name.format(number)}@customer.example") for number in range(16)]
    for one in workers(office, office.read(*raws)):
        one.join()
    assert len(office.owed()) == 3
    assert len(office.rows(tickets)) == 16


def test_answers_that_come_at_once_open_a_ticket_again_once(office: House) -> None:
    number, answered = opened(office)
    lifecycle.close(office.runtime, number)
    for one in workers(office, office.read(*(letter(In_Reply_To=answered) for _ in range(6)))):
        one.join()
    assert [row.kind for row in office.owed()].count("closed_ticket") == 1
    assert office.rows(tickets)[0].closed_at is None
    assert len(office.rows(messages)) == 8


def test_answers_that_one_worker_takes_together_open_a_ticket_again_once(
    tmp_path: Path, postgres_databases: Databases
) -> None:
    url = postgres_databases.create()
    with house(tmp_path, database_url=url, amqp_url="amqp://127.0.0.1:1/") as office:
        office.add_mailbox()
        number, answered = opened(office)
        lifecycle.close(office.runtime, number)
        first, second, third = office.take(*(letter(In_Reply_To=answered) for _ in range(3)))
        assert [row.kind for row in office.owed()].count("closed_ticket") == 1
        assert [row.type for row in office.rows(domain_events)].count("ticket.reopened") == 1
        told = [[step["step"] for step in office.mail(one).decision] for one in (first, second, third)]
        assert "closed_ticket" in told[0]
        assert told[1] == told[2] == [step for step in told[0] if step != "closed_ticket"]
        assert {office.mail(one).state for one in (first, second, third)} == {"message_added"}
        assert office.rows(tickets)[0].closed_at is None


def test_an_answer_that_comes_while_its_ticket_is_merged_follows_it(office: House) -> None:
    number, answered = opened(office)
    into, _ = opened(office)
    (answer,) = office.read(letter(In_Reply_To=answered))

    def waits() -> bool:
        with office.runtime.database.reading() as other:
            waiting = "wait_event_type = 'Lock' AND datname = current_database()"  # others use the server as well
            return bool(other.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {waiting}")))  # noqa: S608 - ours

    with office.runtime.database.transaction() as connection:
        found = state_queries.lock(connection, [number, into])
        (worker,) = workers(office, [answer])
        wait_for(waits, 30, "the worker to wait for the ticket")
        state_queries.merge(connection, found[number].id, found[into].id, clock.now())
    worker.join()
    assert office.mail(answer).ticket_id == found[into].id


def test_workers_with_the_same_tickets_and_people_never_wait_for_each_other_crosswise(office: House) -> None:
    for name in ("a", "b", "c"):
        office.take(letter(From=f"{name}@customer.example"))
        for _ in range(6):
            chat.post(office.runtime, str(office.rows(tickets)[-1].number), "Мастер приедет.", "Анна")
    collect(office)
    sent = [row for row in office.owed() if row.kind == "chat_message"]
    raws = [letter(From=row.recipient, In_Reply_To=row.message_id) for row in sent for _ in range(3)]
    raws += [returned(row, HELP) for row in sent]
    authentic = f"{TRUSTED}; dmarc=pass header.from=elsewhere.example"
    raws += [letter(From=f"{name}@elsewhere.example", Authentication_Results=authentic) for name in "xyz" * 6]
    ids = office.read(*raws)
    random.Random(1).shuffle(ids)  # noqa: S311 - no secret
    with ThreadPoolExecutor(6) as pool:
        # A deadlock would be raised here.
        list(pool.map(lambda part: service.decide(office.runtime, part), [ids[at::15] for at in range(15)]))
    assert not [row.state for row in map(office.mail, ids) if row.due_at is not None]
