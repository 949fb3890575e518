r"""What choosing among sender rules costs: ``python benchmarks/matching_speed.py [--rules 10000]``.

Half of the rules are for addresses of their own, half for domains; one has patterns in the reference's own style. Each
line is the median of the whole selection for a mail that was read, indexes made.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backbone.catalogue.model import Catalogue, Mailbox, Mismatch, Rule
from backbone.contracts import Address, ParsedMail
from parse.rules.runner import Runner
from parse.selection.candidates import Candidates
from parse.selection.select import select
from tests.support.things import NOON, catalogue, mail, mailbox
from tests.unit.parse.rules.test_reference_mail import HTML_RULE, html_mail

READING = "desk@system.example"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5_000, help="selections for each line")
    options = parser.parse_args()
    print(f"machine   {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}")
    print(f"command   python benchmarks/matching_speed.py --rules {options.rules} --times {options.times}\n")
    box = mailbox(rules=_rules(options.rules))
    started = time.perf_counter()
    Candidates(box.rules)
    print(f"{'index of the rules, once a catalogue':40} {(time.perf_counter() - started) * 1e6:9.0f} us")
    with Runner() as runner:
        _print_mails(box, catalogue(box), runner, options.times)


def _print_mails(box: Mailbox, held: Catalogue, runner: Runner, times: int) -> None:
    last = len(box.rules) // 2 - 1
    mails = {
        "an address with a rule of its own": mail(from_=Address(address=f"Ivan@own{last}.example")),
        "a domain with a rule": mail(from_=Address(address=f"anna@domain{last}.example")),
        "a stranger": mail(from_=Address(address="anna@nowhere.example")),
        "a stranger, with 200 recipients": mail(
            from_=Address(address="anna@nowhere.example"),
            to=tuple(Address(address=f"person{number}@elsewhere.example") for number in range(200)),
        ),
        "the reference's mail and pattern": mail(from_=Address(address=READING), html=html_mail()),
        "ten rules with patterns, none fits": mail(from_=Address(address="next@system.example")),
    }
    for what, written in mails.items():
        _print(what, partial(_select, written, box, held, runner), times)


def _select(written: ParsedMail, box: Mailbox, held: Catalogue, runner: Runner) -> None:
    select(written, mailbox=box, catalogue=held, runner=runner, now=NOON)


def _rules(count: int) -> tuple[Rule, ...]:
    own = (Rule(id=number, pattern=f"ivan@own{number}.example", template_id=5) for number in range(count // 2))
    domains = (
        Rule(id=count + number, pattern=f"*@domain{number}.example", template_id=5) for number in range(count // 2)
    )
    reading = Rule(id=2 * count, pattern=READING, template_id=5, message_regex=HTML_RULE)
    asked = (
        Rule(
            id=3 * count + number,
            pattern="next@system.example",
            template_id=5,
            position=number,
            subject_regex=rf"заказ {number} (?<taskNumber>\d+)",
            mismatch=Mismatch.NEXT,
        )
        for number in range(10)
    )
    return (*own, *domains, reading, *asked)


def _print(what: str, work: Callable[[], None], times: int) -> None:
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    taken.sort()
    print(f"{what:40} {statistics.median(taken) * 1e6:9.0f} us, 99 % under {taken[int(times * 0.99)] * 1e6:.0f} us")


if __name__ == "__main__":
    main()
