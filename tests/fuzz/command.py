"""The command ``postroom parse --json`` over many files: one valid object a line, in order, at a bounded cost."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.mutate import mutant

KEYS = frozenset(
    {
        *("file", "subject", "from", "reply_to", "sender", "to", "cc", "date", "message_id", "in_reply_to"),
        *("references", "text", "html", "safe_html", "new_text", "quoted", "attachments", "automation", "bounce"),
        *("defects", "level"),
    }
)
POSTROOM = Path(sys.executable).with_name("postroom")


def check_command(mails: list[bytes], count: int, seed: int) -> int:
    """Read all mails and ``count`` mutants with the command; print what was seen, and return 1 on a fault."""
    with tempfile.TemporaryDirectory(prefix="postroom-fuzz-") as folder:
        paths = list(_write([*mails, *(mutant(seed + number, mails) for number in range(count))], Path(folder)))
        answer = Path(folder) / "answer.jsonl"
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        started = time.monotonic()
        with answer.open("wb") as out:
            code = subprocess.run([POSTROOM, "parse", "--json", *paths], cwd=folder, stdout=out, check=False).returncode
        spent = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = list(wrong_lines(answer, paths))
    if code:
        found.insert(0, f"exit code {code}")
    say(
        f"{len(mails)} mails and {count} mutants read by the command in {spent:.0f} s"
        f" ({used.ru_utime - before:.0f} s CPU), peak memory {used.ru_maxrss / 1024:.0f} MB",
        *found[:50],
        "faults found" if found else "exit code 0, one valid object a line, in order",
    )
    return 1 if found else 0


def say(*lines: str) -> None:
    """Print lines for a person at a terminal."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def _write(mails: list[bytes], folder: Path) -> Iterator[str]:
    for number, raw in enumerate(mails):
        name = f"{number:06}.eml"
        (folder / name).write_bytes(raw)
        yield name


def wrong_lines(answer: Path, paths: list[str]) -> Iterator[str]:
    """Say what is wrong with the command's answer to these files."""
    count = 0
    with answer.open(encoding="utf-8", errors="strict", newline="\n") as lines:
        for path, line in zip(paths, lines, strict=False):
            count += 1
            try:
                mail = json.loads(line)
            except ValueError as error:
                yield f"{path}: no JSON ({error})"
                continue
            if mail.get("file") != path:
                yield f"{path}: the answer is for {mail.get('file')}"
            if missing := KEYS - mail.keys():
                yield f"{path}: lacks {sorted(missing)}"
            yield from (f"{path}: {defect}" for defect in mail.get("defects", ()) if defect.startswith("failed_"))
        surplus = sum(1 for _ in lines)
    if count != len(paths) or surplus:
        yield f"{count + surplus} lines for {len(paths)} files"
