"""What may never be true of a mail that was read, whatever its bytes."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from backbone.contracts import ParsedMail
from parse.reader import ReadMail, read_mail

MOST_SECONDS = 2.0
ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
SHARED = ROOT.parent / "shared" / "corpus" / "mime"
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


def corpus() -> list[bytes]:
    """Return the mails to mutate: ours, and those that stand beside the checkout, which are only read."""
    return [path.read_bytes() for path in mails_in(CORPUS) + mails_in(SHARED)]


def mails_in(folder: Path) -> list[Path]:
    """Return the mails below a folder, in a lasting order."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix in {".eml", ".msg"}]


def faults(raw: bytes) -> tuple[list[str], float]:
    """Read a mail; return what is wrong with the result, and the CPU seconds it took."""
    logging.getLogger("parse").setLevel(logging.CRITICAL)
    started = time.process_time()
    try:
        read = read_mail(raw)
    except Exception as error:  # noqa: BLE001 - that it raises is the finding
        return [f"raised {type(error).__name__}: {error}"], time.process_time() - started
    seconds = time.process_time() - started
    found = list(_faults_of(read, raw))
    if seconds > MOST_SECONDS:
        found.append(f"took {seconds:.1f} s")
    return found, seconds


def _faults_of(read: ReadMail, raw: bytes) -> Iterator[str]:
    parsed = read.parsed
    yield from (defect for defect in parsed.defects if defect.startswith("failed_"))
    try:
        dumped = parsed.model_dump_json(by_alias=True)
        plain = json.loads(dumped)
        if ParsedMail.model_validate_json(dumped) != parsed:
            yield "does not come back from JSON as it was"
    except ValueError as error:
        yield f"is no JSON: {type(error).__name__}"
        return
    if any(_FORBIDDEN.search(text) for text in strings(plain)):
        yield "holds NUL or half a character"
    if parsed.text.strip() and not parsed.new_text.strip():
        yield "lost its new text"
    known = [(one.size, one.sha256) for one in parsed.attachments]
    if known != [(len(one), sha256(one).hexdigest()) for one in read.contents]:
        yield "attachments differ from their bytes"
    if parsed.level != "full" and (not read.contents or read.contents[-1] != raw):
        yield "was lowered without keeping the raw mail"


def strings(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
