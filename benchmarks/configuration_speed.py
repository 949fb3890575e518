"""What a large configuration costs: ``python benchmarks/configuration_speed.py [--mailboxes 1000] [--database URL]``.

Each line is one command as a person types it, from the start of its process to its end, by the clock and in processor
time, which a busy machine does not change: check, plan and apply of a file, plan after it, export, and plan of what was
exported. Without ``--database`` it is SQLite in a folder of its own; with it an empty PostgreSQL database, in which the
schema is made.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backbone.vault import new_key

POSTROOM = (sys.executable, "-m", "console.cli")
REGEX = (
    r"(назначена заявка номер .*)([\"|>]+)(?<external_number>[\d]*)((.|\n)*)(<b>)(Крайний срок)(</b>: )"
    r"(?<deadline>.*?)<br"
)
NOTHING = "Nothing to do"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=1_000, help="how many mailboxes the file has")
    parser.add_argument("--senders", type=int, default=3, help="how many sender rules each of them has")
    parser.add_argument("--database", default="", help="URL of an empty database; left out, SQLite")
    options = parser.parse_args()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("sqlalchemy", "pydantic", "ruamel-yaml", "psycopg"))
    print(f"machine   {os.cpu_count()} cores, {_model()}; Python {platform.python_version()}, {libraries}")
    print(f"command   python benchmarks/configuration_speed.py {' '.join(sys.argv[1:])}")
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), options)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    file, exported = folder / "mail.yml", folder / "exported.yml"
    file.write_text(_text(options.mailboxes, options.senders), encoding="utf-8")
    print(f"file      {options.mailboxes} mailboxes with {options.senders} rules each, {file.stat().st_size:,} bytes")
    environment = os.environ | {
        "POSTROOM_DATA_DIR": str(folder),
        "POSTROOM_DATABASE_URL": options.database,
        "POSTROOM_SECRET_KEY": new_key(),
        "PYTHONPATH": str(ROOT),
        "BENCH_PASSWORD": "secret",
    }
    print("  clock   processor")
    _run(environment, "migrate")
    _run(environment, "check", str(file))
    _run(environment, "plan", str(file))
    _run(environment, "apply", str(file))
    assert NOTHING in _run(environment, "plan", str(file), "--prune")
    assert NOTHING in _run(environment, "apply", str(file), "--prune")
    _run(environment, "export", "--output", str(exported))
    assert NOTHING in _run(environment, "plan", str(exported), "--prune")
    file.write_text("customers: []\n", encoding="utf-8")
    _run(environment, "apply", str(file), "--prune")


def _run(environment: dict[str, str], *words: str) -> str:
    began, used = time.perf_counter(), _used()
    done = subprocess.run([*POSTROOM, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    taken, used = time.perf_counter() - began, _used() - used
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
    shown = " ".join(Path(word).name if word.startswith("/") else word for word in words)
    print(f"{taken:7.2f} s {used:7.2f} s  postroom {shown:38} {last}")
    return done.stdout


def _used() -> float:
    """Return the processor seconds of the commands so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _text(mailboxes: int, senders: int) -> str:
    lines = [
        "work_types: [Ремонт]",
        "objects: [{name: Для почты, work_types: [Ремонт]}]",
        "templates:",
        *(f"  - {{name: Шаблон {at}, object: Для почты, work_type: Ремонт}}" for at in range(100)),
        "mailboxes:",
    ]
    for box in range(mailboxes):
        lines += [
            f"  - address: box{box}@example.ru",
            "    imap: {host: imap.example.ru, password: '${BENCH_PASSWORD}'}",
            "    smtp: {host: smtp.example.ru}",
            "    senders:",
        ]
        regex = REGEX.replace("'", "''")
        for at in range(senders):
            lines.append(
                f"      - {{pattern: '*@client{box}-{at}.ru', template: Шаблон {box % 100}, message_regex: '{regex}'}}"
            )
    return "\n".join(lines) + "\n"


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.machine())


if __name__ == "__main__":
    main()
