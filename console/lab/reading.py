"""Mails for the lab: files, and those that the ledger holds; each read as its mailbox would read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backbone.addresses import normalise
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import ParsedMail
from backbone.errors import UserError
from backbone.ledger import reports
from backbone.runtime import Runtime
from backbone.settings import Settings, load
from parse import service
from parse.reader import read_mail
from tickets import queries


@dataclass(frozen=True, slots=True)
class LabMail:
    """A mail to try rules on. ``mailbox`` is the address it came to, where that is known; ``became`` what it became."""

    name: str
    raw: bytes = field(repr=False)
    mailbox: str = ""
    became: str = ""


def from_files(paths: Iterable[Path]) -> list[LabMail]:
    """Return the mails in these files, called as they were; raise UserError for one that cannot be read."""
    mails = []
    for path in paths:
        try:
            mails.append(LabMail(str(path), path.read_bytes()))
        except OSError as error:
            raise UserError(f"The file {path} cannot be read ({error.strerror}); check its name and rights.") from None
    return mails


def from_ledger(runtime: Runtime, addresses: Sequence[str], limit: int) -> Iterator[LabMail]:
    """Yield the newest ``limit`` mails of the mailboxes with these addresses, or of all, oldest first.

    Each is read when its turn comes, as together they may be larger than the memory; those whose raw bytes are gone
    are left out.
    """
    with runtime.database.reading() as connection:
        rows = reports.newest(connection, [normalise(one) for one in addresses], limit)
        numbers = queries.numbers_of(connection, {row.ticket_id for row in rows if row.ticket_id})
    for row in reversed(rows):
        try:
            raw = runtime.blobs.get(row.raw_key)
        except BlobMissingError:
            continue
        became = " ".join(filter(None, [row.state, row.reason and f"({row.reason})", numbers.get(row.ticket_id)]))
        yield LabMail(f"{row.id} {row.subject or ''}".strip(), raw, row.address, became)


def parsed(raw: bytes, mailbox: Mailbox, catalogue: Catalogue) -> ParsedMail:
    """Return the mail as the parse stage reads it for ``mailbox``."""
    return service.read_as(raw, mailbox, catalogue, load(Settings).instance).parsed


def mailbox_of(mail: LabMail, catalogue: Catalogue, wanted: str) -> Mailbox | None:
    """Return the mailbox that ``mail`` came to: the ``wanted`` one, its own, the only one, or one it is written to."""
    boxes = catalogue.mailboxes.values()
    if address := mail.mailbox or wanted:
        return next((box for box in boxes if normalise(address) in {normalise(box.address), *box.aliases}), None)
    if len(catalogue.mailboxes) == 1:
        return next(iter(boxes))
    facts = read_mail(mail.raw).parsed
    written = {normalise(one.address) for one in (*facts.to, *facts.cc)} | set(map(normalise, facts.delivered_to))
    fitting = [box for box in boxes if written & {normalise(box.address), *box.aliases}]
    return fitting[0] if len(fitting) == 1 else None
