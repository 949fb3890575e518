"""How fast mail is read, beside other readers: ``python benchmarks/parse_speed.py [FOLDER] [--rounds 5]``.

Without a folder the shared corpus beside the checkout is read, and where it is not, tests/corpus.
Every message of the folder (``*.eml``, ``*.msg``) is read on one core by Postroom's whole ``read_mail`` (which also
makes text of HTML, sanitises it, finds the new text, and judges automation, bounces and trust), by the standard library
with ``policy.default``, by imap-tools and by mail-parser, which are asked for subject, addresses, date, bodies and
attachments. Rounds alternate between them; the median counts. Then a 10 MB attachment and a 25 MB mail, each in a
process of its own, with its peak memory. CPU seconds, so that a busy machine disturbs little.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "corpus" / "mime"
sys.path.insert(0, str(ROOT))

import mailparser
from imap_tools.message import MailMessage

from parse.reader import read_mail

_MEASURE_ONE = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
from parse.reader import read_mail
read_mail(b"Content-Type: text/html\\n\\n<p>warm</p>")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
raw = open(sys.argv[2], "rb").read()
started = time.process_time()
read_mail(raw)
seconds = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{len(raw) / 1e6:.1f} MB mail: {seconds:.2f} s CPU, peak {peak:.0f} MB ({before:.0f} MB without a mail)")
"""
_BIG = (
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: image/png\n"
    b"Content-Transfer-Encoding: base64\n\n%s\n--b--\n"
)


def by_postroom(raw: bytes) -> None:
    """Read with all that Postroom does."""
    read_mail(raw)


def by_standard_library(raw: bytes) -> None:
    """Read with policy.default."""
    message = message_from_bytes(raw, policy=policy.default)
    for name in ("subject", "from", "to", "cc", "date"):
        str(message[name])
    for part in message.walk():
        if not part.is_multipart():
            part.get_content()
            part.get_filename()


def by_imap_tools(raw: bytes) -> None:
    """Read with imap-tools' message class."""
    message = MailMessage.from_bytes(raw)
    _ = message.subject, message.from_values, message.to_values, message.cc_values, message.date
    _ = message.text, message.html, [one.payload for one in message.attachments]


def by_mail_parser(raw: bytes) -> None:
    """Read with mail-parser."""
    message = mailparser.parse_from_bytes(raw)
    _ = message.subject, message.from_, message.to, message.cc, message.date
    _ = message.text_plain, message.text_html, message.attachments


READERS: dict[str, Callable[[bytes], None]] = {
    "postroom read_mail": by_postroom,
    "stdlib policy.default": by_standard_library,
    "imap-tools": by_imap_tools,
    "mail-parser": by_mail_parser,
}


def main() -> None:
    """Measure and print."""
    default = SHARED if SHARED.is_dir() else ROOT / "tests" / "corpus"
    options = argparse.ArgumentParser(description="Messages a second, beside other readers.")
    options.add_argument("folder", type=Path, nargs="?", default=default, help="searched for *.eml and *.msg")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    raws = [path.read_bytes() for path in sorted(chosen.folder.rglob("*")) if path.suffix in {".eml", ".msg"}]
    if not raws:
        options.error(f"no *.eml or *.msg under {chosen.folder}")
    logging.disable()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("imap-tools", "mail-parser", "resiliparse", "nh3"))
    print(f"machine   {os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    print(f"versions  Python {platform.python_version()}, {libraries}")
    print(f"command   python {' '.join(sys.argv)}")
    print(f"corpus    {len(raws)} messages, {sum(map(len, raws)) / len(raws) / 1000:.1f} kB on average")
    rates: dict[str, list[float]] = {name: [] for name in READERS}
    failures = dict.fromkeys(READERS, 0)
    for _ in range(chosen.rounds + 1):
        for name, reader in READERS.items():
            seconds, failures[name] = measure(reader, raws)
            rates[name].append(len(raws) / seconds)
    medians = {name: statistics.median(found[1:]) for name, found in rates.items()}  # the first round warms up
    ours = medians["postroom read_mail"]
    for name, median in medians.items():
        ratio = f"ours is {ours / median:.2f} times as fast" if median != ours else ""
        print(f"{name:24}{median:8.0f} messages/s  {failures[name]:3} failed with an exception  {ratio}")
    with tempfile.TemporaryDirectory() as folder:
        for size in (10_000_000, 18_500_000):
            path = Path(folder) / "big.eml"
            make = (
                f"import base64, os; open({str(path)!r}, 'wb').write({_BIG!r} % base64.encodebytes(os.urandom({size})))"
            )
            subprocess.run([sys.executable, "-c", make], check=True)
            command = [sys.executable, "-c", _MEASURE_ONE, str(ROOT), str(path)]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")


def measure(reader: Callable[[bytes], None], raws: list[bytes]) -> tuple[float, int]:
    """Return CPU seconds for reading all, and how many made the reader raise."""
    failed = 0
    started = time.process_time()
    for raw in raws:
        try:
            reader(raw)
        except Exception:  # noqa: BLE001 - others may raise anything; that is what is counted
            failed += 1
    return time.process_time() - started, failed


if __name__ == "__main__":
    main()
