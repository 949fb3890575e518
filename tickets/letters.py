"""Mails that the tickets stage owes a customer: rows of the ledger, with everything that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backbone import tokens
from backbone.addresses import domain_of, normalise, normalise_domain
from backbone.catalogue.model import Mailbox
from backbone.contracts import NULL_SENDER, Entry, Letter

MOST_REFERENCES = 20
LONGEST_QUOTED = 100_000
"""Characters of the conversation that a mail shows; a long one would double in size with every answer."""

LONGEST_LOCAL_PART = 64
"""Octets before the @ (RFC 5321 section 4.5.3.1.1); a plus-address of a long name may have no room for a token."""
LONGEST_ADDRESS = 254
"""Octets of a whole address (RFC 5321 section 4.5.3.1.3, without the angle brackets)."""


def outbound_row(
    letter: Letter,
    *,
    keys: tuple[bytes, ...],
    mailbox: Mailbox,
    ticket_id: int | None,
    chat_message_id: int | None,
    correlation_id: str,
) -> dict[str, Any]:
    """Return the ledger row of ``letter``, with the signed Message-ID under which it will always be sent.

    The same token also stands in its Reply-To and its text, where the mailbox wants that and there is a ticket; without
    one the token names the ticket 0, which is none. Its envelope sender then has a token of its own.
    """
    recipient, outgoing = normalise(letter.to.address), mailbox.outgoing
    token = tokens.make(keys, ticket_id=ticket_id or 0, mailbox_id=mailbox.id, recipient=recipient)
    message_id = f"<{token}@{domain_of(mailbox.address)}>"
    marked = {
        "reply_to": _plus_address(mailbox.address, token) if ticket_id and outgoing.reply_to_token else None,
        "marker": token if ticket_id and outgoing.body_marker else None,
        "returns_to": returns_to(letter, keys, mailbox, ticket_id, message_id) if ticket_id else None,
    }
    return {
        "mailbox_id": mailbox.id,
        "kind": letter.kind,
        "ticket_id": ticket_id,
        "chat_message_id": chat_message_id,
        "recipient": recipient,
        "message_id": message_id,
        "letter": letter.model_copy(update=marked).model_dump(mode="json"),
        "correlation_id": correlation_id,
    }


def returns_to(
    letter: Letter, keys: tuple[bytes, ...], mailbox: Mailbox, ticket_id: int, message_id: str
) -> str | None:
    """Return the plus-address that the mail is sent from and that its reports come to.

    None if that is the mailbox's own: the mailbox has no plus-addresses, or a name too long for one; or nobody's.
    """
    if letter.kind in NULL_SENDER or not mailbox.outgoing.reply_to_token:
        return None
    token = tokens.make_return(keys, ticket_id=ticket_id, mailbox_id=mailbox.id, message_id=message_id)
    return _plus_address(mailbox.address, token)


def _plus_address(address: str, token: str) -> str | None:
    local, _, domain = address.rpartition("@")
    tagged = f"{local}+{token}"
    on_the_wire = f"{tagged}@{normalise_domain(domain)}"
    fits = len(tagged.encode()) <= LONGEST_LOCAL_PART and len(on_the_wire.encode()) <= LONGEST_ADDRESS
    return f"{tagged}@{domain}" if fits else None


def shown(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries, newest first, that fit into a mail; the last of them may be cut."""
    chosen: list[Entry] = []
    room = LONGEST_QUOTED
    for entry in entries:
        if room <= 0:
            break
        cut = len(entry.text) > room
        chosen.append(entry.model_copy(update={"text": entry.text[:room] + " …"}) if cut else entry)
        room -= len(entry.text)
    return tuple(chosen)


def references(chain: list[str]) -> tuple[str, ...]:
    """Return the References of an answer: the first of the thread and the newest (RFC 5322 section 3.6.4)."""
    unique = list(dict.fromkeys(chain))
    return tuple(unique[:1] + unique[1:][-(MOST_REFERENCES - 1) :])
