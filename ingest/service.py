"""Reading a mailbox: when it is due, one worker takes what is unread there, and records whatever keeps it from that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backbone import clock, metrics, settings, stage, telemetry
from backbone.catalogue.model import Mailbox
from backbone.contracts import Event, MailboxDue
from backbone.errors import UserError
from backbone.runtime import Runtime
from backbone.tls import Fault, ServerTroubleError, Trouble
from ingest import queries
from ingest.imap import NOT_WRITABLE, Folder, opened
from ingest.settings import IngestSettings
from ingest.taking import take

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def own_settings() -> IngestSettings:
    """Return the settings of this stage."""
    return settings.load(IngestSettings)


def due_mailboxes(runtime: Runtime) -> list[Event]:
    """Return the events of mailboxes that want to be looked at."""
    with runtime.database.transaction() as connection:
        queries.add_missing_states(connection)
        return [MailboxDue(mailbox_id=box) for box in queries.take_due(connection, own_settings().lease)]


def fetch_due(runtime: Runtime, mailbox_id: int, since: datetime) -> int:
    """Fetch, unless that was done after ``since``: a long queue holds several events of one mailbox."""
    with runtime.database.reading() as connection:
        if queries.started_since(connection, mailbox_id, since):
            return 0
    return fetch(runtime, mailbox_id)


def fetch(runtime: Runtime, mailbox_id: int) -> int:
    """Take the unread mails of a mailbox; return how many were new.

    Does nothing when another worker has the mailbox. Trouble with the server is recorded on the mailbox, which is then
    tried again after a pause that grows with every failure in a row.
    """
    with runtime.database.reading() as connection:
        mailbox = runtime.catalogue.current(connection).mailboxes.get(mailbox_id)
    if mailbox is None or not mailbox.enabled:
        return 0
    with _leased(runtime, mailbox) as run:
        if run is None:
            return 0
        try:
            return _read(runtime, mailbox, run.token)
        except Exception as error:
            if stage.is_away(error):
                raise
            _record_trouble(runtime, mailbox, run, _trouble(error))
            return 0


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, ServerTroubleError):
        return error.trouble
    if isinstance(error, UserError):
        return Trouble(Fault.BROKEN, str(error))
    telemetry.report(error)
    log.error("mailbox.bug", error=type(error).__name__, exc_info=error)
    return Trouble(
        Fault.BROKEN,
        f"Reading the mailbox met a fault of this program ({type(error).__name__}), which its log tells of; it will be "
        "tried again.",
    )


def _read(runtime: Runtime, mailbox: Mailbox, token: str) -> int:
    own = own_settings()
    end = time.monotonic() + own.longest_run
    taken = 0
    finished = True
    password = runtime.vault.decrypt(mailbox.imap.password)
    with opened(mailbox.imap, password, own.timeout) as box:
        folder = Folder(box, mailbox.folder)
        uids = folder.unseen()
        for start in range(0, len(uids), own.batch_mails):
            if time.monotonic() > end or stage.stopping.is_set():
                finished = False
                break
            taken += take(runtime, mailbox, folder, uids[start : start + own.batch_mails], own)
    if folder.refuses_marks:
        raise ServerTroubleError(Fault.FOLDER, NOT_WRITABLE.format(name=mailbox.folder))
    with runtime.database.transaction() as connection:
        queries.complete(connection, mailbox.id, token, clock.after(mailbox.poll_seconds if finished else 0))
    metrics.FETCHES.labels("completed").inc()
    metrics.LAST_FETCH.labels(mailbox.id).set_to_current_time()
    if taken:
        log.info("mailbox.fetched", mailbox_id=mailbox.id, new=taken, unread=len(uids))
    return taken


def backoff(mailbox: Mailbox, failures: int) -> float:
    """Return the seconds to wait after so many failures in a row."""
    return min(float(mailbox.poll_seconds << min(max(failures - 1, 0), 10)), own_settings().longest_backoff)


def _record_trouble(runtime: Runtime, mailbox: Mailbox, run: _Run, trouble: Trouble) -> None:
    failures = run.failures + 1
    with runtime.database.transaction() as connection:
        queries.fail(connection, mailbox.id, run.token, trouble, clock.after(backoff(mailbox, failures)))
    metrics.FETCHES.labels(trouble.fault).inc()
    log.warning("mailbox.trouble", mailbox_id=mailbox.id, fault=trouble.fault, failures=failures)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has the mailbox for itself: its token, and how many runs before it failed in a row."""

    token: str
    failures: int


@contextmanager
def _leased(runtime: Runtime, mailbox: Mailbox) -> Iterator[_Run | None]:
    """Hold the mailbox for the length of the block; yield the run, or None when another has the mailbox.

    A thread keeps the lease alive, so that it may be short: when this process dies, another goes on soon.
    """
    token = uuid4().hex
    seconds = own_settings().lease
    with runtime.database.transaction() as connection:
        failures = queries.lease(connection, mailbox.id, token, clock.after(seconds))
        if failures is None:  # it may be so new that it has no state yet
            queries.add_missing_states(connection)
            failures = queries.lease(connection, mailbox.id, token, clock.after(seconds))
    if failures is None:
        yield None
        return
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(seconds / 3):
            # A lease that lapses costs a second download, no second ticket: so the database may be away here.
            with suppress(SQLAlchemyError), runtime.database.transaction() as connection:
                queries.renew(connection, mailbox.id, token, clock.after(seconds))

    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield _Run(token, failures)
    except BaseException:
        # A store is away: whoever comes next shall not wait for the lease to lapse. It lapses if this fails, too.
        with suppress(SQLAlchemyError), runtime.database.transaction() as connection:
            queries.release(connection, mailbox.id, token)
        raise
    finally:
        ended.set()
        keeper.join()
