"""The whole pipeline as its own processes over real servers, for end-to-end tests, fault tests and benchmarks."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, union_all

from backbone.database import Database
from backbone.ledger.tables import inbound, outbound
from backbone.vault import new_key
from tests.support.mailboxes import Mailbox
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for
from tickets.models import messages, tickets

STAGES = ("ingest", "parse", "tickets", "replies")
POSTROOM = (sys.executable, "-m", "console.cli")
ROOT = Path(__file__).parents[2]

CUSTOMER_DOMAINS = [f"customer{number}.example" for number in range(7)]


def configuration(*boxes: Mailbox, smtp: SmtpServer, poll: int, security: str) -> dict[str, Any]:
    """Return a mail configuration (JSON is YAML) with these mailboxes, which let the customers' domains in."""
    return {
        "customers": ["ООО Ромашка"],
        "work_types": ["Ремонт"],
        "ticket_types": ["Заявка"],
        "criticalities": ["Обычная"],
        "objects": [
            {"name": "Для почты", "customer": "ООО Ромашка", "address": "Москва", "work_types": ["Ремонт"]},
        ],
        "templates": [
            {
                "name": "Почта",
                "object": "Для почты",
                "work_type": "Ремонт",
                "ticket_type": "Заявка",
                "criticality": "Обычная",
                "customer": "ООО Ромашка",
            },
        ],
        "mailboxes": [
            {
                "address": box.address,
                "name": "Служба поддержки",
                "language": "ru",
                "time_zone": "Europe/Moscow",
                "poll_seconds": poll,
                "authserv_ids": ["mx.postroom.test"],
                "imap": {
                    "host": box.host,
                    "port": box.port,
                    "security": "tls",
                    "ca_file": str(box.ca_file),
                    "password": "${MAIL_PASSWORD}",
                },
                "smtp": {
                    "host": smtp.host,
                    "port": smtp.tls_port if security == "tls" else smtp.plain_port,
                    "security": security,
                    "ca_file": str(smtp.ca_file),
                    "password": "${SMTP_PASSWORD}",
                },
                "senders": [{"pattern": f"*@{domain}", "template": "Почта"} for domain in CUSTOMER_DOMAINS],
            }
            for box in boxes
        ],
    }


@dataclass
class Pipeline:
    """Processes of Postroom on one set of servers. `environment` is what they are given beside the servers' URLs."""

    folder: Path
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @cached_property
    def database(self) -> Database:
        """A database handle of the test's own."""
        return Database(self.environment["POSTROOM_DATABASE_URL"], 2)

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, and see that it worked unless `check` is off."""
        done = subprocess.run(
            [*POSTROOM, *arguments], env=self._env(), check=False, capture_output=True, text=True, timeout=60, cwd=ROOT
        )
        assert not check or done.returncode == 0, f"postroom {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a process under `name`; its log goes to a file in the folder."""
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [*POSTROOM, *arguments], env=self._env(), stdout=log, stderr=log, cwd=ROOT
        )
        log.close()
        return self.running[name]

    def start_all(self, threads: int = 2, *, watching: bool = False) -> None:
        """Start a worker of each stage and the scheduler; ``watching`` takes mail by IDLE in place of the first."""
        for stage in STAGES[watching:]:
            self.start(stage, "worker", stage, "--threads", str(threads))
        if watching:
            self.start("watch", "watch")
        self.start("scheduler", "scheduler")

    def kill(self, name: str) -> None:
        """Kill a process as a power cut would."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop_all(self) -> None:
        """End every process; one that does not end is killed."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self.running.clear()

    def configure(self, *boxes: Mailbox, smtp: SmtpServer, poll: int = 1, security: str = "tls") -> None:
        """Migrate, and apply a configuration with these mailboxes."""
        self.environment = {
            **self.environment,
            "MAIL_PASSWORD": boxes[0].password,
            "SMTP_PASSWORD": smtp.password,
        }
        path = self.folder / "mail.yml"
        path.write_text(json.dumps(configuration(*boxes, smtp=smtp, poll=poll, security=security), ensure_ascii=False))
        self.command("migrate")
        self.command("apply", str(path))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the ledgers by state, how many tickets and messages there are, and how many mails were resent."""
        with self.database.reading() as connection:
            result: dict[str, dict[str, int]] = {
                table.name: {
                    row.state: row.total
                    for row in connection.execute(
                        select(table.c.state, func.count().label("total")).group_by(table.c.state)
                    )
                }
                for table in (inbound, outbound)
            }
            result["made"] = {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (tickets, messages)
            }
            result["resends"] = {"all": connection.scalar(select(func.sum(outbound.c.resends))) or 0}
        return result

    def rows(self, statement: Any) -> list[Any]:
        """Return what a statement selects."""
        with self.database.reading() as connection:
            return list(connection.execute(statement))

    def wait_until_settled(self, mails: int, timeout: float) -> dict[str, dict[str, int]]:
        """Wait until `mails` inbound rows are there and no row of either ledger is due any more; return the counts."""
        seen = select(func.count()).select_from(inbound)
        open_ = union_all(
            select(inbound.c.id).where(inbound.c.due_at.is_not(None)),
            select(outbound.c.id).where(outbound.c.due_at.is_not(None)),
        ).limit(1)

        def settled() -> bool:
            return self.rows(seen)[0][0] >= mails and not self.rows(open_)

        try:
            wait_for(settled, timeout, f"{mails} mails in final states", pause=0.1)
        except BaseException as error:
            error.add_note(f"The ledger now: {self.counts()}")
            raise
        return self.counts()

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
        return kept | dict(self.environment)


@contextmanager
def pipeline(folder: Path, **environment: str) -> Iterator[Pipeline]:
    """Give a pipeline that is stopped in the end. Names of `environment` get the prefix POSTROOM_ in capitals."""
    given = {f"POSTROOM_{name.upper()}": value for name, value in environment.items()}
    made = Pipeline(
        folder,
        {
            "POSTROOM_SECRET_KEY": new_key(),
            "POSTROOM_BLOB_URL": f"file://{folder}/blobs",
            "POSTROOM_REQUEUE_AFTER": "5",
            "POSTROOM_SENDING_LEASE": "10",
            "POSTROOM_INGEST_LEASE": "5",
            **given,
        },
    )
    try:
        yield made
    finally:
        made.stop_all()
        made.database.close()
