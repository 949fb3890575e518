"""``python -m tests.fuzz``: read mutants of the corpora for a while, and keep each mail that finds a fault.

With ``--cli`` the mails of the corpora and as many mutants as ``--count`` says are written to a temporary folder and
read by the command ``postroom parse --json``, whose answer is checked line by line.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.fuzz.command import check_command, say
from tests.fuzz.faults import corpus, faults
from tests.fuzz.mutate import mutant

FOUND = Path("var/fuzz")


def main() -> int:
    """Fuzz, print what was seen, and return 1 when there was a fault."""
    options = _options()
    mails = corpus()
    if options.cli:
        return check_command(mails, options.count or 20_000, options.seed)
    numbers: Iterator[int] = itertools.count(options.seed)
    if options.count:
        numbers = itertools.islice(numbers, options.count)
    started = time.monotonic()
    seen: Counter[str] = Counter()
    worst, read, number = (0.0, -1), 0, options.seed
    for number in numbers:
        if not options.count and time.monotonic() - started > options.seconds:
            break
        raw = mutant(number, mails)
        found, seconds = faults(raw)
        worst = max(worst, (seconds, number))
        read += 1
        for fault in found:
            seen[fault] += 1
            if seen[fault] == 1:
                _keep(raw, fault, number)
    spent = time.monotonic() - started
    say(f"{read} mutants of {len(mails)} mails in {spent:.0f} s ({read / max(spent, 0.001):.0f} a second)")
    say(f"worst: {worst[0]:.3f} s CPU (mutant {worst[1]}); next seed: {options.seed + read}")
    say(*(f"{count:6} {fault}" for fault, count in seen.most_common()))
    say("faults found" if seen else "no fault")
    return 1 if seen else 0


def _keep(raw: bytes, fault: str, number: int) -> None:
    """Write a mail that found a fault, and say how to see it again."""
    FOUND.mkdir(parents=True, exist_ok=True)
    path = FOUND / f"{sha256(raw).hexdigest()[:12]}.eml"
    path.write_bytes(raw)
    say(f"fault: {fault}", f"  mail: {path}, also: python -m tests.fuzz --seed {number} --count 1")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=180, help="how long to go on (default 180)")
    parser.add_argument("--count", type=int, default=0, help="so many mutants instead of a time")
    parser.add_argument("--seed", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--cli", action="store_true", help="check the command over the corpora and --count mutants")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
