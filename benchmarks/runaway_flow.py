r"""How far runaway patterns hold others up: ``python benchmarks/runaway_flow.py [--share 5] [--runs 3]``.

Worker threads take ordinary mails through the parse stage (SQLite, blobs in a folder, batches of 16 in the order of
arrival): first alone, then with a share of mails mixed in whose rules' patterns run away. What is measured is how many
ordinary mails a second reach their decision; then how long the last runaway took to reach its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import structlog
from sqlalchemy import func, insert, select, update

from backbone.catalogue.tables import sender_rules, version
from backbone.ledger.states import Inbound
from backbone.ledger.tables import inbound
from backbone.routing import BATCH
from parse import service
from tests.support.house import House, house, letter
from tests.support.mails import mixed
from tests.support.waiting import wait_for
from tests.unit.parse.rules.catastrophes import CATASTROPHES

ORDINARY_REGEX = r"(?<description>(.|\n)*)"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1_500, help="ordinary mails of each run")
    parser.add_argument("--share", type=float, default=5.0, help="runaway mails for 100 ordinary ones")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(f"machine   {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}")
    print(f"command   python benchmarks/runaway_flow.py {' '.join(sys.argv[1:])}\n")
    runaways = round(options.mails * options.share / 100)
    alone, beside = [], []
    for _ in range(options.runs):
        alone.append(_run(options.mails, 0, options.threads))
        beside.append(_run(options.mails, runaways, options.threads))
    print(f"\nordinary mails/s, alone               {statistics.median(alone):8.0f}")
    print(f"beside {options.share:g} % of runaways               {statistics.median(beside):8.0f}")
    print(f"ratio                                 {statistics.median(beside) / statistics.median(alone):8.2f}")


def _run(mails: int, runaways: int, threads: int) -> float:
    """Return how many ordinary mails a second got their decision."""
    with (
        tempfile.TemporaryDirectory(prefix="postroom-bench-") as folder,
        house(Path(folder), threads=threads + 2) as office,
    ):
        office.add_mailbox(senders=("*@*",))
        _add_rules(office)
        ordinary = office.receive(*mixed(mails, "help@postroom.test"))
        bad = office.receive(*(_runaway(number) for number in range(runaways))) if runaways else []
        waiting = ordinary + bad
        random.Random(1).shuffle(waiting)  # noqa: S311 - the same order in each run
        batches = [waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)]
        started, cpu = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda batch: service.read(office.runtime, batch), batches))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        left = _left(office, ordinary)
        assert left == 0, f"{left} ordinary mails wait for others"
        wait_for(lambda: _left(office, bad) == 0, 10 + 2 * runaways, "the runaways' decisions")
        last = time.perf_counter() - started
    print(
        f"{mails} ordinary, {runaways} runaway: {mails / seconds:.0f} mails/s, {cpu / mails * 1e3:.1f} ms of CPU each "
        f"in this process; the last decision after {last:.1f} s"
    )
    return mails / seconds


def _add_rules(office: House) -> None:
    """Give ordinary mail a rule that reads it, and each runaway pattern a sender of its own."""
    (rule,) = office.rows(sender_rules)
    with office.runtime.database.transaction() as connection:
        connection.execute(update(sender_rules).values(message_regex=ORDINARY_REGEX))
        connection.execute(
            insert(sender_rules),
            [
                {
                    "mailbox_id": rule.mailbox_id,
                    "pattern": f"bad{number}@customer.example",
                    "template_id": rule.template_id,
                    "message_regex": pattern,
                }
                for number, (pattern, _) in enumerate(CATASTROPHES)
            ],
        )
        connection.execute(update(version).values(number=version.c.number + 1))


def _runaway(number: int) -> bytes:
    kind = number % len(CATASTROPHES)
    return letter(text=CATASTROPHES[kind][1], From=f"bad{kind}@customer.example")


def _left(office: House, ids: list[int]) -> int:
    wanted = select(func.count()).where(inbound.c.id.in_(ids), inbound.c.state == Inbound.RECEIVED)
    with office.runtime.database.reading() as connection:
        return connection.scalar(wanted) or 0


if __name__ == "__main__":
    main()
