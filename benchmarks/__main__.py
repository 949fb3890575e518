"""Mails per second and CPU per mail, from a Dovecot mailbox to committed tickets with notices accepted by SMTP.

Everything runs on this machine: Dovecot, PostgreSQL, RabbitMQ and the SMTP server take their share of the cores, and
the figures say how much.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from backbone.ledger.tables import outbound
from benchmarks import machine, processes
from deploy.services import ServiceSet
from ingest.models import mailbox_states
from tests.support.databases import Databases
from tests.support.mailboxes import Mailbox
from tests.support.mails import mixed
from tests.support.pipeline import STAGES, Pipeline, pipeline
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for

SERVERS = {
    "PostgreSQL": "postgres",
    "RabbitMQ": "beam.smp",
    "Dovecot": "dovecot",
    "SMTP server": "deploy.services.smtp",
}


def main() -> None:
    """Measure, and print what was measured."""
    options = _options()
    print(machine.describe())
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder:
        services = ServiceSet(Path(folder) / "services")
        services.up(["postgresql", "rabbitmq", "dovecot", "smtp"], os.getpid())
        try:
            speeds = [_run(Path(folder), services.environment(), options, run) for run in range(options.runs)]
        finally:
            services.remove()
    print(f"\nmedian of {options.runs} runs: {statistics.median(speeds):.0f} mails/s")


def _run(folder: Path, names: dict[str, str], options: argparse.Namespace, run: int) -> float:
    place = folder / f"run{run}"
    place.mkdir()
    mailbox, smtp = _mailbox(names), _smtp(names)
    databases = Databases(names["POSTROOM_TEST_POSTGRES_URL"], lasting=False)
    with (
        pipeline(
            place,
            database_url=databases.create(migrated=False),
            amqp_url=names["POSTROOM_TEST_AMQP_URL"],
            log_level=options.log_level,
            requeue_after="60",
            sending_lease="900",
            tickets_notices_per_domain='{"10": 1000000}',  # so that every notice leaves and is measured
        ) as running,
    ):
        running.configure(mailbox, smtp=smtp, security="none", poll=3600)
        mailbox.append(mixed(options.mails, mailbox.address))
        return _measure(running, options)


def _measure(running: Pipeline, options: argparse.Namespace) -> float:
    """Start the stages on a full mailbox; print what it took from the first look into it to the last notice sent."""
    for stage in STAGES:
        threads = {"ingest": 1}.get(stage, options.threads)
        running.start(stage, "worker", stage, "--threads", str(threads))
    names = {stage: running.running[stage].pid for stage in STAGES}
    wait_for(lambda: all("worker.started" in (running.folder / f"{s}.log").read_text() for s in STAGES), 60, "workers")
    before = {name: processes.cpu_seconds(pid) for name, pid in names.items()}
    servers_before = {name: processes.by_command(word) for name, word in SERVERS.items()}
    running.start("scheduler", "scheduler")
    counts = running.wait_until_settled(options.mails, 600)
    (began,) = running.rows(select(mailbox_states.c.last_started))[0]
    (ended,) = running.rows(select(func.max(outbound.c.sent_at)))[0]
    seconds = (ended - began).total_seconds()
    speed: float = options.mails / seconds
    print(
        f"\n{options.mails} mails in {seconds:.1f} s: {speed:.0f} mails/s; {counts['made']}, {counts['outbound_mails']}"
    )
    print("CPU seconds per 1,000 mails:")
    total = 0.0
    spent = {name: processes.cpu_seconds(pid) - before[name] for name, pid in names.items()}
    spent |= {name: processes.by_command(word) - servers_before[name] for name, word in SERVERS.items()}
    for name, cpu in spent.items():
        total += cpu
        print(f"  {name:<12}{cpu / options.mails * 1000:6.2f}")
    print(f"  {'all':<12}{total / options.mails * 1000:6.2f}")
    return speed


def _mailbox(names: dict[str, str]) -> Mailbox:
    return Mailbox(
        address=f"bench-{uuid4().hex[:12]}@postroom.test",
        password=names["POSTROOM_TEST_IMAP_PASSWORD"],
        host=names["POSTROOM_TEST_IMAP_HOST"],
        port=int(names["POSTROOM_TEST_IMAP_PORT"]),
        plain_port=int(names["POSTROOM_TEST_IMAP_PLAIN_PORT"]),
        ca_file=Path(names["POSTROOM_TEST_IMAP_CA_FILE"]),
    )


def _smtp(names: dict[str, str]) -> SmtpServer:
    return SmtpServer(
        host=names["POSTROOM_TEST_SMTP_HOST"],
        tls_port=int(names["POSTROOM_TEST_SMTP_TLS_PORT"]),
        starttls_port=int(names["POSTROOM_TEST_SMTP_STARTTLS_PORT"]),
        plain_port=int(names["POSTROOM_TEST_SMTP_PLAIN_PORT"]),
        control_port=int(names["POSTROOM_TEST_SMTP_CONTROL_PORT"]),
        password=names["POSTROOM_TEST_SMTP_PASSWORD"],
        ca_file=Path(names["POSTROOM_TEST_SMTP_CA_FILE"]),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2, help="threads of each worker but ingest's")
    parser.add_argument("--log-level", default="info")
    return parser.parse_args()


if __name__ == "__main__":
    main()
