"""A worker of each stage killed in mid-run: the sums stay the same (design section 3)."""

from collections.abc import Callable

from sqlalchemy import func, select

from backbone.ledger.states import Inbound, Outbound
from backbone.ledger.tables import inbound, outbound
from tests.support import mails, sums
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for
from tickets.models import tickets

COUNT = 1_000


def test_a_worker_of_each_stage_killed_loses_and_doubles_nothing(
    running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mailbox.append(mails.mixed(COUNT, mailbox.address))
    progress: dict[str, Callable[[], int]] = {
        "ingest": lambda: _count(running, select(func.count()).select_from(inbound)),
        "parse": lambda: _count(
            running, select(func.count()).select_from(inbound).where(inbound.c.state != Inbound.RECEIVED)
        ),
        "tickets": lambda: _count(running, select(func.count()).select_from(tickets)),
        "replies": lambda: _count(
            running, select(func.count()).select_from(outbound).where(outbound.c.state == Outbound.SENT)
        ),
    }
    running.start_all()
    for stage, done in progress.items():
        wait_for(lambda done=done: done() >= 100, 60, f"100 mails through {stage}")  # type: ignore[misc]  # bound now
        running.kill(stage)
        running.start(stage, "worker", stage, "--threads", "2")

    running.wait_until_settled(COUNT, 120)

    sums.check(running, smtp_server, COUNT)
    wait_for(lambda: mailbox.unseen() == 0, 60, "the Seen flags, which come last")


def test_the_scheduler_killed_is_missed_by_nobody(running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer) -> None:
    running.start_all()
    running.start("second scheduler", "scheduler")
    running.kill("scheduler")
    mailbox.append(mails.mixed(100, mailbox.address))

    running.wait_until_settled(100, 60)

    sums.check(running, smtp_server, 100)


def _count(running: Pipeline, statement: object) -> int:
    return int(running.rows(statement)[0][0])
