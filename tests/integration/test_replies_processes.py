"""Replies workers as processes of their own: killed at each gap of the three-step send, and two at the same work."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backbone.broker import Publisher, declare_queues, open_broker
from backbone.contracts import MailQueued
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from backbone.settings import Settings
from backbone.vault import new_key
from tests.support.house import House, house, letter
from tests.support.pipeline import Pipeline, pipeline
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for

SECONDS = 30


@pytest.fixture
def running(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Pipeline]:
    """A pipeline whose sends count as unknown after four seconds."""
    environment = {"database_url": postgres_url, "amqp_url": amqp_url, "secret_key": new_key(), "sending_lease": "4"}
    with pipeline(tmp_path, **environment) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, running: Pipeline, smtp_server: SmtpServer) -> Iterator[House]:
    """The same stores as the processes have, with one mailbox."""
    names = ("database_url", "secret_key", "blob_url")
    shared: dict[str, Any] = {name: running.environment[f"POSTROOM_{name.upper()}"] for name in names}
    with house(tmp_path, **shared) as made:
        made.add_mailbox(host=smtp_server.host, port=smtp_server.plain_port)
        yield made


def owe(office: House, count: int = 1) -> list[int]:
    before = {row.id for row in office.owed()}
    # From many addresses, as one is told of so many tickets and no more.
    office.take(*(letter(From=f"client{number % 50}@customer.example") for number in range(count)))
    return [row.id for row in office.owed() if row.id not in before]


def wait_for_state(running: Pipeline, mail_id: int, state: Outbound) -> None:
    wanted = select(outbound.c.state).where(outbound.c.id == mail_id)
    wait_for(lambda: running.rows(wanted)[0].state == state, SECONDS, f"mail {mail_id} to be {state}", pause=0.01)


def test_a_worker_killed_at_each_gap(running: Pipeline, office: House, smtp_server: SmtpServer) -> None:
    running.start("scheduler", "scheduler")
    worker = running.start("replies", "worker", "replies")
    (first,) = owe(office)
    wait_for_state(running, first, Outbound.SENT)  # and the worker is up

    # Before the intent is committed: the event is in hand or in the queue, and nothing was said to the server.
    worker.send_signal(signal.SIGSTOP)
    (before_intent,) = owe(office)
    running.kill("replies")
    running.start("replies", "worker", "replies")
    wait_for_state(running, before_intent, Outbound.SENT)

    # Between the intent and the server's taking the mail.
    smtp_server.behave(Behaviour.hang("*", "rcpt"))
    (before_data,) = owe(office)
    wait_for_state(running, before_data, Outbound.SENDING)
    running.kill("replies")
    smtp_server.control.behave_well()
    running.start("replies", "worker", "replies")
    wait_for_state(running, before_data, Outbound.SENT)

    # Between the server's taking the mail and the commit of that: the one gap in which a mail may go out twice.
    taken = len(smtp_server.mails())
    smtp_server.behave(Behaviour("*", "hang", "data", keep=True, times=1))
    (before_outcome,) = owe(office)
    smtp_server.wait_for_mails(taken + 1)
    running.kill("replies")
    running.start("replies", "worker", "replies")
    wait_for_state(running, before_outcome, Outbound.SENT)

    # After the commit: the event may come again, and finds nothing to do.
    (after_outcome,) = owe(office)
    wait_for_state(running, after_outcome, Outbound.SENT)
    running.kill("replies")
    running.start("replies", "worker", "replies")
    (last,) = owe(office)
    wait_for_state(running, last, Outbound.SENT)

    rows = {row.id: row for row in office.owed()}
    copies = {
        mail_id: sum(row.message_id.encode() in taken.content for taken in smtp_server.mails())
        for mail_id, row in rows.items()
    }
    assert copies == {first: 1, before_intent: 1, before_data: 1, before_outcome: 2, after_outcome: 1, last: 1}
    assert {mail_id: row.resends for mail_id, row in rows.items() if row.resends} == {before_data: 1, before_outcome: 1}
    assert {mail_id: row.attempts for mail_id, row in rows.items() if row.attempts > 1} == {
        before_data: 2,
        before_outcome: 2,
    }
    once, again = [taken for taken in smtp_server.mails() if rows[before_outcome].message_id.encode() in taken.content]
    assert once.content == again.content


def test_two_workers_with_the_same_events_send_each_mail_once(
    running: Pipeline, office: House, smtp_server: SmtpServer
) -> None:
    running.environment = {**running.environment, "POSTROOM_SENDING_LEASE": "60"}  # none shall lapse here
    ids = owe(office, 60)
    settings = Settings(
        amqp_url=running.environment["POSTROOM_AMQP_URL"],
        secret_key=running.environment["POSTROOM_SECRET_KEY"],
    )
    broker = open_broker(settings)
    declare_queues(broker)
    publisher = Publisher(broker)
    for start in range(60):
        assert publisher.publish(MailQueued(outbound_ids=tuple(ids[start:] + ids[:start])))
    publisher.close()
    for name in ("one", "two"):
        running.start(name, "worker", "replies", "--threads", "4")
    smtp_server.wait_for_mails(60)
    unsent = select(outbound.c.id).where(outbound.c.state != Outbound.SENT)
    wait_for(lambda: not running.rows(unsent), SECONDS, "all outcomes")
    running.stop_all()
    assert smtp_server.control.counts().mails == 60
    assert {(row.tries, row.resends) for row in office.owed()} == {(0, 0)}
