"""Ingest as processes: killed in the middle, and without RabbitMQ."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from backbone.ledger.tables import inbound
from deploy.services import ServiceSet
from ingest.models import mailbox_states
from tests.support.bad_imap import serving, silent
from tests.support.mailboxes import Mailbox
from tests.support.mails import make, mixed
from tests.support.pipeline import Pipeline, pipeline
from tests.support.runtimes import change_mailbox, runtime
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for

SECONDS = 90


def states(running: Pipeline) -> list[str]:
    return sorted(row.state for row in running.rows(select(inbound.c.state)))


@pytest.fixture
def own_broker(own_services: Callable[..., ServiceSet]) -> ServiceSet:
    return own_services("rabbitmq")


def test_mail_is_accepted_without_rabbitmq_and_flows_when_it_is_back(
    tmp_path: Path, postgres_url: str, own_broker: ServiceSet, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    amqp_url = own_broker.rabbitmq().url()
    with pipeline(tmp_path, database_url=postgres_url, amqp_url=amqp_url, requeue_after="1") as running:
        running.configure(mailbox, smtp=smtp_server, poll=60)
        own_broker.stop("rabbitmq")
        mailbox.append(make("plain_ru", number, mailbox.address) for number in range(3))
        taken = json.loads(running.command("mailbox", "fetch", mailbox.address, "--json").stdout)
        assert (taken["taken"], taken["error"]) == (3, None)
        running.start("watch", "watch")
        mailbox.append(make("plain_ru", number, mailbox.address) for number in range(3, 6))
        wait_for(lambda: len(states(running)) == 6, SECONDS, "the mails that came while RabbitMQ was away")
        assert states(running) == ["received"] * 6
        wait_for(lambda: mailbox.unseen() == 0, SECONDS, "the Seen flags, which come last")
        running.start_all()
        own_broker.start("rabbitmq")
        wait_for(lambda: states(running) == ["ticket_created"] * 6, SECONDS, "the tickets")


def test_a_worker_that_was_killed_leaves_the_mailbox_to_the_next(
    tmp_path: Path, postgres_url: str, amqp_url: str, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    with pipeline(tmp_path, database_url=postgres_url, amqp_url=amqp_url, ingest_lease="2") as running:
        running.configure(mailbox, smtp=smtp_server, poll=1)
        mailbox.append(mixed(5, mailbox.address))
        secret = running.environment["POSTROOM_SECRET_KEY"]
        with runtime(tmp_path, postgres_url, secret_key=secret) as opened, serving(silent, greeting="") as port:
            change_mailbox(opened, 1, imap_port=port, imap_security="none")
            running.start("scheduler", "scheduler")
            running.start("ingest", "worker", "ingest", "--threads", "1")
            leases = select(mailbox_states.c.lease_token)
            held = wait_for(lambda: [row[0] for row in running.rows(leases) if row[0]], SECONDS, "a lease")
            running.kill("ingest")
            change_mailbox(opened, 1, imap_port=mailbox.port, imap_security="tls")
            assert [row[0] for row in running.rows(leases)] == held
        running.start("ingest", "worker", "ingest", "--threads", "1")
        wait_for(lambda: len(states(running)) == 5, SECONDS, "the mails, once the lease has lapsed")
        wait_for(lambda: mailbox.unseen() == 0, SECONDS, "the Seen flags, which come last")
