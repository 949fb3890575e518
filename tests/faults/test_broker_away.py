"""RabbitMQ stopped, or its queues purged: the mails on their way reach their end by themselves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import func, select

from backbone.ledger.tables import inbound
from deploy.services import ServiceSet
from tests.support import mails, sums
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline, pipeline
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for

COUNT = 500
AWAY_SECONDS = 30


@pytest.fixture
def broker(own_services: Callable[..., ServiceSet]) -> ServiceSet:
    """A RabbitMQ of this test's own."""
    return own_services("rabbitmq")


@pytest.fixture
def alone(
    tmp_path: Path, postgres_url: str, broker: ServiceSet, smtp_server: SmtpServer, mailbox: Mailbox
) -> Iterator[Pipeline]:
    """A configured pipeline on that RabbitMQ."""
    amqp_url = broker.environment()["POSTROOM_TEST_AMQP_URL"]
    with pipeline(tmp_path, database_url=postgres_url, amqp_url=amqp_url) as made:
        made.configure(mailbox, smtp=smtp_server)
        yield made


def test_mails_in_flight_survive_half_a_minute_without_rabbitmq(
    alone: Pipeline, broker: ServiceSet, mailbox: Mailbox
) -> None:
    mailbox.append(mails.mixed(COUNT, mailbox.address))
    alone.start_all()
    alone.start("watch", "watch")
    wait_for(lambda: _decided(alone) > 50, 60, "the run to be in full swing")
    broker.stop("rabbitmq")
    stopped = monotonic()
    mailbox.append(mails.make("plain_ru", 10_000 + index, mailbox.address) for index in range(10))
    wait_for(lambda: _seen(alone) == COUNT + 10, 90, "new mail to be taken while RabbitMQ is away")
    wait_for(lambda: monotonic() - stopped > AWAY_SECONDS, AWAY_SECONDS + 1, "the half minute to pass")
    broker.start("rabbitmq")

    counts = alone.wait_until_settled(COUNT + 10, 120)

    assert counts["inbound_mails"] == {"ticket_created": COUNT * 9 // 10 + 10, "ignored": COUNT // 10}
    assert counts["outbound_mails"] == {"sent": COUNT * 7 // 10 + 10}


def test_purged_queues_fill_again_from_the_ledger(
    alone: Pipeline, broker: ServiceSet, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mailbox.append(mails.mixed(COUNT, mailbox.address))
    alone.start("ingest", "worker", "ingest")
    alone.start("scheduler", "scheduler")
    wait_for(lambda: _seen(alone) == COUNT, 60, "all mails to be taken")
    broker.rabbitmq().purge("/")
    for stage in ("parse", "tickets", "replies"):
        alone.start(stage, "worker", stage)

    alone.wait_until_settled(COUNT, 120)

    sums.check(alone, smtp_server, COUNT)


def _seen(running: Pipeline) -> int:
    return int(running.rows(select(func.count()).select_from(inbound))[0][0])


def _decided(running: Pipeline) -> int:
    return int(running.rows(select(func.count()).where(inbound.c.due_at.is_(None)))[0][0])
