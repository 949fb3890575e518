"""Copying sent mail to the mailbox's Sent folder: a step of its own, which can never cause a second send.

A copy that stands in the folder already, by its Message-ID, is not made again: so a crash between the server's taking
it and our commit leaves one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import clock, metrics, stage, telemetry
from backbone.catalogue.model import Mailbox
from backbone.contracts import Event
from backbone.errors import UserError
from backbone.ledger import copies, due
from backbone.runtime import Runtime
from backbone.tls import ServerTroubleError
from replies import sent_folder, service
from replies.compose import Offers
from replies.connections import places
from replies.places import NoPlaceError
from replies.policy import copy_again
from replies.sent_folder import NotTakenError, SentFolder
from replies.smtp import SendError
from replies.writing import writer

PAUSE_WITHOUT_PLACE = 5.0
"""Seconds until a copy is looked at again for which its server had no place."""

log = structlog.get_logger(__name__)


def due_copies(runtime: Runtime) -> Sequence[Event]:
    """Return the events of copies that are owed, or owed again."""
    with runtime.database.transaction() as connection:
        return copies.overdue(connection, due.CLAIM, runtime.settings.requeue_after)


def copy(runtime: Runtime, outbound_ids: Sequence[int]) -> None:
    """Copy sent mails to the Sent folders of their mailboxes, and record what became of each copy."""
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
    with runtime.database.transaction() as connection:
        rows = copies.lease(connection, outbound_ids, clock.after(runtime.settings.sending_lease))
    of_mailbox: dict[int, list[Row[Any]]] = {}
    for row in rows:
        of_mailbox.setdefault(row.mailbox_id, []).append(row)
    for mailbox_id, mails in of_mailbox.items():
        _copy_of_one(runtime, catalogue.mailboxes.get(mailbox_id), mails)


def _copy_of_one(runtime: Runtime, mailbox: Mailbox | None, rows: list[Row[Any]]) -> None:
    """Copy the mails of one mailbox; ``rows`` is emptied as they are done."""
    if mailbox is None or not mailbox.outgoing.sent_folder:
        with runtime.database.transaction() as connection:
            copies.forget(connection, [row.id for row in rows])
        return
    own = service.own_settings()
    half = max(1, runtime.threads // 2)
    try:
        with (
            places.taken(("imap", mailbox.id), most=1, slow_most=half, slow_after=own.slow_after),
            sent_folder.opened(
                mailbox.imap, runtime.vault.decrypt(mailbox.imap.password), mailbox.outgoing.sent_folder, own.timeout
            ) as folder,
        ):
            while rows and not stage.stopping.is_set():
                _copy_one(runtime, mailbox, folder, rows[0])
                del rows[0]
    except (ServerTroubleError, UserError) as error:
        for row in rows:
            _failed(runtime, row, str(error))
        return
    except NoPlaceError:
        pass
    with runtime.database.transaction() as connection:
        copies.give_back(connection, [row.id for row in rows], clock.after(PAUSE_WITHOUT_PLACE))


def _copy_one(runtime: Runtime, mailbox: Mailbox, folder: SentFolder, row: Row[Any]) -> None:
    with telemetry.correlated(row.correlation_id, outbound_id=row.id):
        try:
            mail = writer(runtime, row, mailbox)(Offers(eight_bit=True, utf8=True))
        except Exception as error:
            if stage.is_away(error):
                raise
            if not isinstance(error, SendError):
                telemetry.report(error)
            _failed(runtime, row, str(error) or repr(error))
            return
        try:
            if not folder.holds(row.message_id):
                folder.append(mail.message, row.sent_at)
        except NotTakenError as error:
            _failed(runtime, row, str(error))
            return
        with runtime.database.transaction() as connection:
            copies.made(connection, [row.id])
        metrics.COPIES.labels("made").inc()


def _failed(runtime: Runtime, row: Row[Any], error: str) -> None:
    retry_at = copy_again(row.copy_attempts, now=clock.now(), settings=service.own_settings())
    with runtime.database.transaction() as connection:
        copies.failed(connection, row.id, error, retry_at)
    metrics.COPIES.labels("deferred" if retry_at else "given_up").inc()
    log.warning("copy.failed", outbound_id=row.id, error=error, retry_at=retry_at)
