"""What in a mail may lead to its ticket: tokens in addresses, Message-IDs and text, and the subject's tags. Pure.

And what may lead a report to the mail of ours that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from backbone import tokens
from backbone.addresses import normalise
from backbone.catalogue.model import Mailbox
from backbone.contracts import ParsedMail
from backbone.tokens import ReturnToken, Token

MOST_REFERENCES = 32
MOST_ADDRESSES = 8
MOST_MARKERS = 4
LARGEST_ID = 2**63 - 1
"""What a database takes for an id; a token may claim more."""

_TAG = re.compile(r"\[#([^\s\]\[]{1,80})\]")


def addressed(mail: ParsedMail, mailbox: Mailbox) -> dict[str, Token]:
    """Return the plus-addresses of ``mailbox`` that the mail came to and that hold a token, envelope before header."""
    found = ((address, token) for address, tag in _tags(mail, mailbox) if (token := tokens.find(tag)))
    return dict(islice(found, MOST_ADDRESSES))


def returned(mail: ParsedMail) -> list[ReturnToken]:
    """Return the return tokens in the addresses that the mail came to, envelope before header.

    Servers on the way sign a sender of their own about ours (BATV) or pass it on under another domain (SRS), and some
    undo that in the envelope alone. So it does not matter whose the address is: the token itself names the mailbox.
    """
    found = dict.fromkeys(token for address in _came_to(mail) if (token := tokens.find_return(address)))
    return list(islice((token for token in found if token.ticket_id <= LARGEST_ID), MOST_ADDRESSES))


def _came_to(mail: ParsedMail) -> Iterable[str]:
    return dict.fromkeys((*mail.delivered_to, *(person.address for person in (*mail.to, *mail.cc))))


def _tags(mail: ParsedMail, mailbox: Mailbox) -> Iterator[tuple[str, str]]:
    """Yield the plus-addresses of ``mailbox`` that the mail came to, each with its tag."""
    own = {normalise(mailbox.address), *mailbox.aliases}
    for address in _came_to(mail):
        local, _, domain = normalise(address).rpartition("@")
        name, plus, tag = local.rpartition("+")
        if plus and f"{name}@{domain}" in own:
            yield address, tag


def referenced(mail: ParsedMail) -> list[str]:
    """Return the Message-IDs that ``mail`` answers, nearest first (RFC 5322 section 3.6.4)."""
    ids = [mail.in_reply_to] if mail.in_reply_to else []
    ids += [reference for reference in reversed(mail.references[-MOST_REFERENCES:]) if reference not in ids]
    return ids


def marked(mail: ParsedMail) -> list[Token]:
    """Return the tokens that stand in the text, or else in the HTML, as our mails end with them."""
    return tokens.find_marked(mail.text, MOST_MARKERS) or tokens.find_marked(mail.html or "", MOST_MARKERS)


def tagged(mail: ParsedMail) -> list[str]:
    """Return the ticket numbers in the subject's tags."""
    return _TAG.findall(mail.subject[:1000])


def all_tokens(mail: ParsedMail, mailbox: Mailbox) -> list[Token]:
    """Return every token of the mail that may name a ticket."""
    in_ids = (tokens.find(message_id) for message_id in referenced(mail))
    found = (*addressed(mail, mailbox).values(), *(token for token in in_ids if token), *marked(mail))
    return [token for token in found if 0 < token.ticket_id <= LARGEST_ID]
