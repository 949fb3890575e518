"""Watching mailboxes by IMAP IDLE (RFC 2177): new mail is taken within seconds, and without the broker.

One thread a mailbox holds the connection; the taking itself is that of the queue's worker, under the same lease. So
``postroom watch`` also keeps accepting mail while RabbitMQ is down. A server without IDLE is looked at as often as the
mailbox's setting says.
"""

from __future__ import annotations

import imaplib
import threading
import time

import structlog
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from backbone import telemetry
from backbone.catalogue.model import Mailbox
from backbone.errors import UserError
from backbone.runtime import Runtime
from backbone.stage import is_away
from backbone.tls import ServerTroubleError
from ingest import queries, service
from ingest.imap import opened

POLL_SECONDS = 1.0
"""How long one wait lasts, so that a stop is heard."""

IDLE_SECONDS = 240.0
"""How long one IDLE lasts, after which the mailbox is looked at in any case; RFC 2177 allows 29 minutes."""

PAUSE = 15.0
"""Seconds between tries while a server is in trouble; more of them after many failures."""

LOOK_SECONDS = 5.0
"""Seconds between two looks for mailboxes that are added, changed or switched off."""

log = structlog.get_logger(__name__)


class _Watcher:
    """A thread that watches one mailbox, with the settings that it had when it began."""

    def __init__(self, runtime: Runtime, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.end = threading.Event()
        self.thread = threading.Thread(
            target=_watch, args=(runtime, mailbox, self.end), name=f"watch-{mailbox.id}", daemon=True
        )
        self.thread.start()


def run(runtime: Runtime, stopping: threading.Event) -> None:
    """Watch every enabled mailbox until ``stopping`` is set; mailboxes that are added or switched off are followed."""
    watched: dict[int, _Watcher] = {}
    while not stopping.is_set():
        try:
            _follow(runtime, watched)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("store.away", error=type(error).__name__, retry_in=LOOK_SECONDS)
        stopping.wait(LOOK_SECONDS)
    for watcher in watched.values():
        watcher.end.set()
    deadline = time.monotonic() + PAUSE
    for watcher in watched.values():
        watcher.thread.join(max(0, deadline - time.monotonic()))


def _follow(runtime: Runtime, watched: dict[int, _Watcher]) -> None:
    with runtime.database.reading() as connection:
        boxes = {box.id: box for box in runtime.catalogue.current(connection).mailboxes.values() if box.enabled}
    for box_id, watcher in list(watched.items()):
        if boxes.get(box_id) != watcher.mailbox:
            watcher.end.set()
            del watched[box_id]
    for box_id, box in boxes.items():
        if box_id not in watched:
            watched[box_id] = _Watcher(runtime, box)


def _watch(runtime: Runtime, mailbox: Mailbox, end: threading.Event) -> None:
    while not end.is_set():
        try:
            if not _look(runtime, mailbox):
                end.wait(_pause(runtime, mailbox))
                continue
            password = runtime.vault.decrypt(mailbox.imap.password)
            with opened(mailbox.imap, password, service.own_settings().timeout) as box:
                box.folder.set(mailbox.folder)
                if "IDLE" in box.client.capabilities:
                    _idle(runtime, mailbox, box, end)
                    continue
            end.wait(mailbox.poll_seconds)
        except (ServerTroubleError, UserError, ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            log.warning("watch.trouble", mailbox_id=mailbox.id, error=type(error).__name__)
            end.wait(PAUSE)
        except Exception as error:
            if is_away(error):
                log.warning("store.away", error=type(error).__name__, retry_in=PAUSE)
            else:  # a bug shall not leave the mailbox unwatched for good
                log.exception("watch.failed", mailbox_id=mailbox.id)
                telemetry.report(error)
            end.wait(PAUSE)


def _look(runtime: Runtime, mailbox: Mailbox) -> bool:
    """Take what is new; False when the mailbox is in trouble."""
    service.fetch(runtime, mailbox.id)
    with runtime.database.reading() as connection:
        return queries.failures(connection, mailbox.id) == 0


def _pause(runtime: Runtime, mailbox: Mailbox) -> float:
    """Return how long to leave a mailbox in trouble alone: a server that is asked too often locks accounts."""
    with runtime.database.reading() as connection:
        return max(PAUSE, service.backoff(mailbox, queries.failures(connection, mailbox.id)))


def _idle(runtime: Runtime, mailbox: Mailbox, box: BaseMailBox, end: threading.Event) -> None:
    """Wait for news and take the mail that they tell of, until there is trouble or ``end`` is set.

    The mailbox is looked at once every IDLE has begun: of what came before it, the server may say nothing.
    """
    healthy = True
    while healthy and not end.is_set():
        box.idle.start()  # type: ignore[no-untyped-call]  # the library has no types here
        healthy = _look(runtime, mailbox)
        deadline = time.monotonic() + IDLE_SECONDS
        while healthy and not end.is_set() and time.monotonic() < deadline:
            if box.idle.poll(timeout=POLL_SECONDS):
                break
        box.idle.stop()  # type: ignore[no-untyped-call]  # as above
