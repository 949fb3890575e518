"""Watching mailboxes by IMAP IDLE (RFC 2177): new mail is taken within seconds, and without the broker.

One thread a mailbox holds the connection; the taking itself is that of the queue's worker, under the same lease. So
``postroom watch`` also keeps accepting mail while RabbitMQ is down.
"""

from __future__ import annotations

import imaplib
import threading
from collections.abc import Callable

import structlog
from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

from backbone.catalogue.model import Mailbox
from backbone.errors import UserError
from backbone.runtime import Runtime
from backbone.stage import is_away
from backbone.tls import ServerTroubleError
from ingest import service
from ingest.imap import opened

IDLE_SECONDS = 5.0
"""How long one wait lasts, so that a stop is heard; the IDLE itself is renewed long before RFC 2177's 29 minutes."""

RENEW_AFTER = 120
"""Waits after which the connection is made anew, and the mailbox is looked at in any case."""

PAUSE = 15.0
"""Seconds between tries while a server is in trouble."""

log = structlog.get_logger(__name__)


def run(runtime: Runtime, stopping: threading.Event) -> None:
    """Watch every enabled mailbox until ``stopping`` is set; mailboxes that are added or switched off are followed."""
    watched: dict[int, tuple[Mailbox, threading.Thread, threading.Event]] = {}
    while not stopping.is_set():
        with runtime.database.reading() as connection:
            boxes = {box.id: box for box in runtime.catalogue.current(connection).mailboxes.values() if box.enabled}
        for box_id, (box, _thread, end) in list(watched.items()):
            if boxes.get(box_id) != box:
                end.set()
                del watched[box_id]
        for box_id, box in boxes.items():
            if box_id not in watched:
                end = threading.Event()
                thread = threading.Thread(target=_watch, args=(runtime, box, end), name=f"watch-{box_id}", daemon=True)
                watched[box_id] = (box, thread, end)
                thread.start()
        stopping.wait(PAUSE)
    for _box, _thread, end in watched.values():
        end.set()
    for _box, thread, _end in watched.values():
        thread.join(IDLE_SECONDS * 2)


def _watch(runtime: Runtime, mailbox: Mailbox, end: threading.Event) -> None:
    while not end.is_set():
        try:
            service.fetch(runtime, mailbox.id)
            password = runtime.vault.decrypt(mailbox.imap.password)
            with opened(mailbox.imap, password, service.own_settings().timeout) as box:
                box.folder.set(mailbox.folder)
                _idle(box, end, lambda: service.fetch(runtime, mailbox.id))
        except (ServerTroubleError, UserError, ImapToolsError, imaplib.IMAP4.error, OSError) as error:
            log.warning("watch.trouble", mailbox_id=mailbox.id, error=type(error).__name__)
            end.wait(PAUSE)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("store.away", error=type(error).__name__, retry_in=PAUSE)
            end.wait(PAUSE)


def _idle(box: BaseMailBox, end: threading.Event, take: Callable[[], int]) -> None:
    """Wait for news, and take the mail that they tell of."""
    for _ in range(RENEW_AFTER):
        if end.is_set():
            return
        if box.idle.wait(timeout=IDLE_SECONDS):
            take()
