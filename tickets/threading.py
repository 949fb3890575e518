"""Which ticket a mail belongs to: our signed token, then a stored Message-ID, then the number in the subject.

Pure: what the ledger knows of the ids is handed in. Every candidate, taken or refused, becomes a step of the mail's
decision. A sender who is not the one that a token or conversation belongs to joins as a guest, whom only staff see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backbone import tokens
from backbone.addresses import normalise
from backbone.contracts import ParsedMail

MOST_REFERENCES = 32
_TAG = re.compile(r"\[#([^\s\]\[]{1,80})\]")


@dataclass(frozen=True, slots=True)
class Known:
    """A Message-ID of the ledger: its ticket, the mailbox it went through, and our recipient when we sent it.

    ``participants`` are the normalised addresses that belong to the conversation. ``pending`` is the ledger's id of a
    mail that is still on its way through the pipeline, so that its ticket is not known yet; ``held`` says why that mail
    waits for a change of the catalogue, if it does.
    """

    ticket_id: int
    mailbox_id: int
    recipient: str | None
    participants: frozenset[str] = frozenset()
    pending: int | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket a mail joins, or None; whether as a guest; which of its tags are ours; and what was considered.

    Where the mail that it answers has no ticket yet, it has to ``wait``; or it is ``held`` like that one.
    """

    ticket_id: int | None
    guest: bool = False
    wait: bool = False
    held: str | None = None
    our_numbers: frozenset[str] = frozenset()
    steps: tuple[dict[str, Any], ...] = field(default=())


def referenced(mail: ParsedMail) -> list[str]:
    """Return the Message-IDs that ``mail`` answers, nearest first (RFC 5322 section 3.6.4)."""
    ids = [mail.in_reply_to] if mail.in_reply_to else []
    ids += [reference for reference in reversed(mail.references[-MOST_REFERENCES:]) if reference not in ids]
    return ids


def tagged(mail: ParsedMail) -> list[str]:
    """Return the ticket numbers in the subject's tags."""
    return _TAG.findall(mail.subject[:1000])


def find(
    mail: ParsedMail,
    *,
    mailbox_id: int,
    keys: tuple[bytes, ...],
    known: Mapping[str, Sequence[Known]],
    by_number: Mapping[str, Known],
) -> Thread:
    """Return the thread of ``mail``, which came to ``mailbox_id``.

    One mail may have come to several mailboxes, so that ``known`` has several answers for its Message-ID.
    """
    sender = normalise(mail.from_.address) if mail.from_ else ""
    steps: list[dict[str, Any]] = []
    for message_id in referenced(mail):
        hit = _nearest(known.get(message_id, ()), mailbox_id)
        verdict = _judge(message_id, hit, mailbox_id, keys, sender)
        steps.append({"step": "thread", "by": "message_id", "candidate": message_id, "verdict": verdict})
        if hit and verdict == "pending":
            return Thread(None, wait=hit.held is None, held=hit.held, steps=tuple(steps))
        if hit and verdict in ("joined", "guest"):
            return Thread(hit.ticket_id, guest=verdict == "guest", steps=tuple(steps))
    for number in tagged(mail):
        hit = by_number.get(number)
        verdict = "unknown" if hit is None else _participation(hit, mailbox_id, sender)
        steps.append({"step": "thread", "by": "subject_tag", "candidate": number, "verdict": verdict})
        if hit and verdict == "joined":
            return Thread(hit.ticket_id, steps=tuple(steps))
    return Thread(None, our_numbers=frozenset(tagged(mail)) & by_number.keys(), steps=tuple(steps))


def _nearest(hits: Sequence[Known], mailbox_id: int) -> Known | None:
    return next((hit for hit in hits if hit.mailbox_id == mailbox_id), hits[0] if hits else None)


def _judge(message_id: str, hit: Known | None, mailbox_id: int, keys: tuple[bytes, ...], sender: str) -> str:
    token = tokens.find(message_id)
    if hit is None:
        return "token_unknown" if token else "unknown"
    if hit.mailbox_id != mailbox_id:
        return "other_mailbox"
    if hit.pending is not None:
        return "pending"
    if hit.recipient is not None:
        bound = token and token.ticket_id == hit.ticket_id
        if not token or not bound or not tokens.verify(keys, token, mailbox_id=mailbox_id, recipients=[hit.recipient]):
            return "bad_signature"
    return "joined" if sender in hit.participants or sender == hit.recipient else "guest"


def _participation(hit: Known, mailbox_id: int, sender: str) -> str:
    if hit.mailbox_id != mailbox_id:
        return "other_mailbox"
    return "joined" if sender in hit.participants else "not_a_participant"
