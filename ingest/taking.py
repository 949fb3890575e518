"""Taking mails: raw bytes to the blob store, rows to the ledger, the next stage told, and only then the Seen flag.

A crash at any point leaves the mail unread in the mailbox, or in the ledger with its due time, or both; the ledger's
keys see to it that it is taken once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import structlog

from backbone import metrics
from backbone.catalogue.model import Mailbox
from backbone.contracts import MailReceived
from backbone.ledger import inbound
from backbone.ledger.states import Inbound
from backbone.routing import batches
from backbone.runtime import Runtime
from ingest.identity import identify
from ingest.imap import Folder
from ingest.settings import IngestSettings

log = structlog.get_logger(__name__)


def take(
    runtime: Runtime,
    mailbox: Mailbox,
    folder: Folder,
    uids: Sequence[int],
    own: IngestSettings,
    *,
    silent: bool = False,
) -> int:
    """Take one batch of mails, in pieces that fit the memory allowed; return how many were new.

    With ``silent`` nobody will be told of them.
    """
    store = partial(_store, runtime, mailbox, folder, silent=silent)
    with runtime.database.reading() as connection:
        known = inbound.known_uids(connection, mailbox.id, folder.name, folder.uid_validity, uids)
    if known:
        # In the ledger, yet unread: we died before the flag was set, or somebody marked them unread again.
        folder.mark_seen(sorted(known))
    sizes = folder.sizes([uid for uid in uids if uid not in known]) if len(known) < len(uids) else {}
    big = [uid for uid, size in sizes.items() if size > own.max_mail_bytes]
    taken = store(folder.headers(big), sizes, oversize=True) if big else 0
    small = {uid: size for uid, size in sizes.items() if size <= own.max_mail_bytes}
    for piece in _pieces(small, own.batch_bytes):
        taken += store(folder.bodies(piece), sizes, oversize=False)
    return taken


def _store(
    runtime: Runtime,
    mailbox: Mailbox,
    folder: Folder,
    contents: dict[int, bytes],
    sizes: dict[int, int],
    *,
    oversize: bool,
    silent: bool,
) -> int:
    if not contents:
        return 0
    seen = []
    for uid, raw in contents.items():
        dedup_key, message_id = identify(raw)
        seen.append(
            inbound.Seen(
                mailbox_id=mailbox.id,
                folder=folder.name,
                uid_validity=folder.uid_validity,
                uid=uid,
                dedup_key=dedup_key,
                message_id=message_id,
                raw_key=runtime.blobs.put(raw, durable=True),
                size=sizes[uid] if oversize else len(raw),
                oversize=oversize,
                silent=silent,
            )
        )
    with runtime.database.transaction() as connection:
        new = inbound.record(connection, seen, runtime.due())
    runtime.publisher.publish(*(MailReceived(mail_ids=ids) for ids in batches(new)))
    folder.mark_seen(sorted(contents))
    for mail in seen:
        log.info("mail.taken", mailbox_id=mailbox.id, correlation_id=mail.correlation_id, size=mail.size)
    metrics.MAILS.labels("ingest", Inbound.RECEIVED, "").inc(len(new))
    metrics.MAILS.labels("ingest", Inbound.DUPLICATE, "").inc(len(contents) - len(new))
    return len(new)


def _pieces(sizes: dict[int, int], limit: int) -> Iterator[list[int]]:
    """Cut mails into pieces whose sizes add up to ``limit`` at the most; a single mail may exceed it."""
    piece: list[int] = []
    total = 0
    for uid, size in sorted(sizes.items()):
        if piece and total + size > limit:
            yield piece
            piece, total = [], 0
        piece.append(uid)
        total += size
    if piece:
        yield piece
