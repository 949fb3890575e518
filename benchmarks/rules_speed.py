r"""What patterns cost: ``python benchmarks/rules_speed.py [--seconds 3]``.

A cheap search in this process, and by the process apart; a chain of ``(.|\n)*`` over 2 MB; then how many cheap
searches a thread does alone, and while two other threads run patterns that run away, as a ratio.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from parse.rules.patterns import Pattern, compile_pattern
from parse.rules.program import find
from parse.rules.runner import RunLimits, Runner
from tests.unit.parse.rules.catastrophes import CATASTROPHES
from tests.unit.parse.rules.test_reference_mail import HTML_RULE, html_mail

BODY = html_mail() + "<b>Имя</b>: значение<br>\n" * 80_000


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each throughput is measured")
    options = parser.parse_args()
    print(f"machine   {os.cpu_count()} cores; Python {platform.python_version()}, regex {version('regex')}")
    rule, mail = compile_pattern(HTML_RULE), html_mail()
    started = time.perf_counter()
    for number in range(200):
        compile_pattern(f"{HTML_RULE}{number}")
    print(f"compiling the reference's rule        {(time.perf_counter() - started) / 200 * 1e6:8.0f} us")
    with Runner() as here, Runner(RunLimits(first_seconds=0)) as apart:
        _print("search alone, reference's rule", lambda: find(rule.program, mail, 5))
        _print("the same by the runner, in process", lambda: here.run(rule, mail))
        _print("the same by the process apart", lambda: apart.run(rule, mail))
        missing = compile_pattern(HTML_RULE.replace("Краткое", "Нет такого"))
        _print("chain over 2 MB, match", lambda: here.run(rule, BODY), 20)
        _print("chain over 2 MB, no match", lambda: here.run(missing, BODY), 20)
        _print("any cheap search of 2 MB, apart", lambda: apart.run(missing, BODY), 20)
    _print_ratio(rule, mail, options.seconds)


def _print(what: str, work: Callable[[], object], times: int = 2_000) -> None:
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    print(f"{what:37} {statistics.median(taken) * 1e6:8.0f} us")


def _print_ratio(rule: Pattern, mail: str, seconds: float) -> None:
    runaways = [(compile_pattern(source), text) for source, text in CATASTROPHES]
    stop = threading.Event()
    with Runner(RunLimits(seconds=0.5)) as runner:
        ended: list[bool] = []

        def run_away() -> None:
            while not stop.is_set():
                for pattern, text in runaways:
                    ended.append(runner.run(pattern, text).failure is None)
                    if stop.is_set():
                        return

        alone = _searches(runner, rule, mail, seconds)
        threads = [threading.Thread(target=run_away) for _ in range(2)]
        for thread in threads:
            thread.start()
        beside = _searches(runner, rule, mail, seconds)
        stop.set()
        for thread in threads:
            thread.join()
    print(f"cheap searches a second, alone        {alone:8.0f}")
    print(f"beside two threads of runaways        {beside:8.0f}  ({len(ended)} ran, {ended.count(False)} stopped)")
    print(f"ratio                                 {beside / alone:8.2f}")


def _searches(runner: Runner, rule: Pattern, mail: str, seconds: float) -> float:
    until = time.monotonic() + seconds
    done = 0
    while time.monotonic() < until:
        runner.run(rule, mail)
        done += 1
    return done / seconds


if __name__ == "__main__":
    main()
