"""Which ticket a mail belongs to, in the order of what proves most. Pure: what the ledger knows is handed in.

First our signed tokens, in a plus-address and in the Message-IDs that the mail answers; then Message-IDs as they are
stored; then tokens in the text; last the number in the subject. Never Thread-Index, by which Outlook mixes tickets.
Every candidate, taken or refused, becomes a step of the mail's decision. A token counts whether or not the ledger knows
the Message-ID around it, as some providers write their own. A sender to whom the conversation does not belong joins as
a guest, whom only staff see. A token whose signature is not ours opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backbone import tokens
from backbone.addresses import domain_of, normalise
from backbone.catalogue.model import Mailbox
from backbone.contracts import ParsedMail
from backbone.domains import same_organisation
from backbone.tokens import Token
from tickets.candidates import addressed, marked, referenced, tagged

_GUESTS = ("guest", "suspect")
"""Verdicts by which a mail joins, but not as of somebody to whom the conversation belongs."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket, and whose it is; all addresses are normalised.

    ``requesters`` wrote first or get the answers, ``participants`` are these and those whom staff have confirmed,
    ``recipients`` all to whom we have written.
    """

    ticket_id: int
    mailbox_id: int
    requesters: frozenset[str] = frozenset()
    participants: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Stored:
    """A mail of the ledger: where it went through, and its ticket.

    ``recipient`` is whom we sent it to, if we did. ``pending`` is the ledger's id of a mail that is still on its way
    through the pipeline, so that its ticket is not known yet; ``held`` says why that mail waits for a change of the
    catalogue, if it does.
    """

    mailbox_id: int
    ticket_id: int | None
    recipient: str | None = None
    pending: int | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger knows: mails by Message-ID, of which one may have come to several mailboxes, and tickets."""

    stored: Mapping[str, Sequence[Stored]] = field(default_factory=dict)
    tickets: Mapping[int, Conversation] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket a mail joins, or None; whether as a guest; which of its tags are ours; and what was considered.

    Where the mail that it answers has no ticket yet, it has to ``wait``; or it is ``held`` like that one. ``forged``:
    it joins nothing, and one of its tokens names a key of ours but was not signed by it.
    """

    ticket_id: int | None
    guest: bool = False
    wait: bool = False
    held: str | None = None
    forged: bool = False
    our_numbers: frozenset[str] = frozenset()
    steps: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Look:
    """A candidate, and what became of it."""

    by: str
    candidate: str
    verdict: str
    ticket_id: int | None = None
    held: str | None = None
    forged: bool = False


def find(mail_id: int, mail: ParsedMail, *, mailbox: Mailbox, keys: tuple[bytes, ...], facts: Facts) -> Thread:
    """Return the thread of ``mail``, which came to ``mailbox``; ``keys`` are those that sign our tokens."""
    steps: list[dict[str, Any]] = []
    forged = False
    for look in _Search(mail_id, mail, mailbox, keys, facts).looks():
        steps.append({"step": "thread", "by": look.by, "candidate": look.candidate, "verdict": look.verdict})
        forged = forged or look.forged
        if look.verdict == "pending":
            return Thread(None, wait=look.held is None, held=look.held, steps=tuple(steps))
        if look.verdict in ("joined", "colleague", *_GUESTS):
            return Thread(look.ticket_id, guest=look.verdict in _GUESTS, steps=tuple(steps))
    return Thread(None, forged=forged, our_numbers=_our_numbers(mail, facts), steps=tuple(steps))


def as_new(mail: ParsedMail, facts: Facts, said: Mapping[str, Any]) -> Thread:
    """Return the thread of a mail that a person takes for a new one, whatever it answers; ``said`` is who and when."""
    return Thread(None, our_numbers=_our_numbers(mail, facts), steps=({"step": "as_new", **said},))


def _our_numbers(mail: ParsedMail, facts: Facts) -> frozenset[str]:
    return frozenset(tagged(mail)) & facts.numbers.keys()


class _Search:
    """The candidates of one mail, looked at one after the other."""

    def __init__(self, mail_id: int, mail: ParsedMail, mailbox: Mailbox, keys: tuple[bytes, ...], facts: Facts) -> None:
        self.mail_id, self.mail, self.mailbox, self.keys, self.facts = mail_id, mail, mailbox, keys, facts
        self.sender = normalise(mail.from_.address) if mail.from_ else ""
        self.verified = mail.trust.verdict == "verified"

    def looks(self) -> Iterator[_Look]:
        for address, token in addressed(self.mail, self.mailbox).items():
            yield self._by_token("plus_address", address, token)
        left: list[tuple[str, _Look | None]] = []
        for message_id in referenced(self.mail):
            held = tokens.find(message_id)
            look = self._by_token("message_id", message_id, held) if held else None
            if look is None or look.verdict == "unknown_key" or (look.verdict == "bad_signature" and not look.forged):
                left.append((message_id, look))
            else:
                yield look
        for message_id, look in left:
            yield self._by_stored(message_id, look)
        for token in marked(self.mail):
            yield self._by_token("body_marker", str(token), token)
        for number in tagged(self.mail):
            yield self._by_tag(number)

    def _by_token(self, by: str, candidate: str, token: Token) -> _Look:
        if token.ticket_id == 0:
            return _Look(by, candidate, "no_ticket")  # of a notice that was about no ticket
        if not tokens.by_known_key(self.keys, token):
            return _Look(by, candidate, "unknown_key")
        ticket = self.facts.tickets.get(token.ticket_id)
        mailbox_id = ticket.mailbox_id if ticket else self.mailbox.id
        people = {self.sender} | (ticket.recipients | ticket.participants if ticket else set())
        recipient = tokens.verify(self.keys, token, mailbox_id=mailbox_id, recipients=people)
        if recipient is None:
            # In a Message-ID of another host it may be another Postroom's, whose key has the same short name.
            ours = by != "message_id" or domain_of(candidate.strip("<>")) == domain_of(self.mailbox.address)
            return _Look(by, candidate, "bad_signature", forged=ours)
        if ticket is None:
            return _Look(by, candidate, "no_ticket")
        if mailbox_id != self.mailbox.id:
            return _Look(by, candidate, "other_mailbox")
        return _Look(by, candidate, self._standing(ticket, {recipient}), ticket.ticket_id)

    def _by_stored(self, message_id: str, refused: _Look | None) -> _Look:
        """Look for a mail of the ledger; ``refused`` is what became of the token in its Message-ID."""
        hits = [
            hit
            for hit in self.facts.stored.get(message_id, ())
            # A mail waits only for one that came before it, so that no two ever wait for each other.
            if hit.pending is None or hit.pending < self.mail_id
        ]
        hit = next((one for one in hits if one.mailbox_id == self.mailbox.id), hits[0] if hits else None)
        if hit is None:
            return refused or _Look("message_id", message_id, "unknown")
        if hit.mailbox_id != self.mailbox.id:
            return _Look("message_id", message_id, "other_mailbox")
        if hit.pending is not None:
            return _Look("message_id", message_id, "pending", held=hit.held)
        ticket = self.facts.tickets.get(hit.ticket_id) if hit.ticket_id is not None else None
        if ticket is None:
            return _Look("message_id", message_id, "no_ticket")
        owners = ticket.requesters if hit.recipient is None else {hit.recipient}
        return _Look("message_id", message_id, self._standing(ticket, owners), ticket.ticket_id)

    def _by_tag(self, number: str) -> _Look:
        wanted = self.mailbox.outgoing.subject_tag
        ticket = self.facts.tickets.get(self.facts.numbers.get(number, 0))
        if wanted == "off":
            verdict = "switched_off"
        elif ticket is None:
            verdict = "unknown"
        elif ticket.mailbox_id != self.mailbox.id:
            verdict = "other_mailbox"
        elif self.sender not in ticket.participants:
            verdict = "not_a_participant"
        elif self.mail.trust.verdict == "suspect" or (wanted == "verified" and not self.verified):
            verdict = "not_verified"
        else:
            return _Look("subject_tag", number, "joined", ticket.ticket_id)
        return _Look("subject_tag", number, verdict)

    def _standing(self, ticket: Conversation, owners: frozenset[str] | set[str]) -> str:
        """Return as what the sender may join, when the candidate was made for ``owners`` or came from them.

        Whose own provider denies that he wrote may have copied a token that he saw: he is nobody of the conversation.
        """
        if self.mail.trust.verdict == "suspect":
            return "suspect"
        if self.sender in owners or self.sender in ticket.participants:
            return "joined"
        domain = domain_of(self.sender)
        if self.verified and any(same_organisation(domain, domain_of(one)) for one in owners):
            return "colleague"
        return "guest"
