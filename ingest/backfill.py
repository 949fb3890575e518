"""Taking older mail of a mailbox, read or not, as a job of its own: slowly, and so that nobody is told of it.

It needs no lease and holds nobody up: the ordinary runs go on beside it, and the ledger's keys keep a mail from being
taken twice. What was taken stays taken; a job that was broken off goes on where it stopped when it is started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from backbone import stage
from backbone.catalogue.model import Mailbox
from backbone.ledger import inbound
from backbone.runtime import Runtime
from ingest.imap import Folder, opened
from ingest.settings import IngestSettings
from ingest.taking import take

LONGEST_PAUSE = 10
"""Seconds between two batches at the most, so that the server does not hang up meanwhile; more for a single mail."""

ASKED = 5_000
"""UIDs looked up in the ledger, or asked the size of, at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Mails of a folder since a day: how many there are, the UIDs that the ledger does not know, and their bytes."""

    found: int
    uids: tuple[int, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """What to take: the mails of ``folder`` that came on ``since`` or later, ``per_minute`` at the most.

    Unread mail of a mailbox that is switched on is left to the ordinary runs, which answer it.
    """

    mailbox: Mailbox
    folder: str
    since: date
    per_minute: int


def look(runtime: Runtime, job: Job, own: IngestSettings) -> Wanted:
    """Return what there is to take, and take nothing."""
    with opened(job.mailbox.imap, runtime.vault.decrypt(job.mailbox.imap.password), own.timeout) as box:
        folder = Folder(box, job.folder)
        found = _found(folder, job)
        uids = _unknown(runtime, job, folder, found)
        parts = (uids[start : start + ASKED] for start in range(0, len(uids), ASKED))
        return Wanted(len(found), tuple(uids), sum(sum(folder.sizes(part).values()) for part in parts))


def run(runtime: Runtime, job: Job, own: IngestSettings, done: Callable[[int, int], None]) -> tuple[int, int, int]:
    """Take what there is; return how many mails were found, how many of them the ledger knew, and how many were taken.

    ``done`` is told how many mails are behind us, and of how many, after every batch.
    """
    batch = max(1, min(own.batch_mails, job.per_minute * LONGEST_PAUSE // 60))
    taken = 0
    with opened(job.mailbox.imap, runtime.vault.decrypt(job.mailbox.imap.password), own.timeout) as box:
        folder = Folder(box, job.folder)
        found = _found(folder, job)
        uids = _unknown(runtime, job, folder, found)
        for start in range(0, len(uids), batch):
            began = time.monotonic()
            part = uids[start : start + batch]
            taken += take(runtime, job.mailbox, folder, part, own, silent=True)
            done(start + len(part), len(uids))
            rest = began + len(part) * 60 / job.per_minute - time.monotonic()
            if start + batch < len(uids) and stage.stopping.wait(max(rest, 0)):
                break
    return len(found), len(found) - len(uids), taken


def _found(folder: Folder, job: Job) -> list[int]:
    return folder.since(job.since, only_read=job.mailbox.enabled)


def _unknown(runtime: Runtime, job: Job, folder: Folder, uids: Sequence[int]) -> list[int]:
    known: set[int] = set()
    with runtime.database.reading() as connection:
        for start in range(0, len(uids), ASKED):
            part = uids[start : start + ASKED]
            known |= inbound.known_uids(connection, job.mailbox.id, folder.name, folder.uid_validity, part)
    return [uid for uid in uids if uid not in known]
