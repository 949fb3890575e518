"""Which reports of failed delivery prove themselves: those that come to the very address that our mail was sent from.

A mail with a ticket leaves a mailbox that uses plus-addresses with an envelope sender of its own, signed for it. Who
has only seen the mail, a copy or a forward of it cannot make that address from its Message-ID. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backbone import tokens
from backbone.catalogue.model import Mailbox
from backbone.contracts import ParsedMail
from tickets.candidates import returned

Sent = Mapping[tuple[int, int], Sequence[str]]
"""The Message-IDs of our mails on a ticket from a mailbox, by the ids of both."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the return token says that a report came with: the Message-ID of our mail, or None if it fits none."""

    message_id: str | None

    def of(self, mail: ParsedMail) -> ParsedMail:
        """Return the report as one about the mail that is proven, whatever it names itself."""
        if mail.bounce is None or self.message_id is None:
            return mail
        bounce = mail.bounce.model_copy(update={"original_message_id": self.message_id})
        return mail.model_copy(update={"bounce": bounce})


def prove(mail: ParsedMail, mailbox: Mailbox, keys: tuple[bytes, ...], sent: Sent) -> Proof | None:
    """Return what proves the report ``mail``, which came to ``mailbox``; None if it bears no return token."""
    borne = returned(mail)
    for token in borne:
        for message_id in sent.get((token.ticket_id, mailbox.id), ()):
            if tokens.verify_return(keys, token, mailbox_id=mailbox.id, message_id=message_id):
                return Proof(message_id)
    return Proof(None) if borne else None
