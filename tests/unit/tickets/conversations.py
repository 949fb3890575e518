"""Two conversations of one mailbox and one of another, and the mails that may belong to them."""

from typing import Any

from backbone import tokens
from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Address, ParsedMail, Trust
from tests.support.things import mail, mailbox
from tickets.threading import Conversation, Facts, Stored, Thread, find

KEY, OLD = b"k" * 32, b"former key" * 4
IVAN, PETR, EVE = "ivan@customer.example", "petr@partner.example", "eve@elsewhere.example"
TICKET, OTHER = 17, 18
HOME, AWAY = 1, 2
VERIFIED = Trust(verdict="verified")
PEOPLE = frozenset({IVAN})
TALK = Conversation(TICKET, HOME, PEOPLE, PEOPLE | {PETR}, PEOPLE)
OTHERS = Conversation(OTHER, HOME, frozenset({EVE}), frozenset({EVE}), frozenset({EVE}))
ABROAD = Conversation(19, AWAY, PEOPLE, PEOPLE, PEOPLE)
NUMBERS = {"O1": TICKET, "O3": 19}


def token(ticket_id: int = TICKET, recipient: str = IVAN, mailbox_id: int = HOME, key: bytes = KEY) -> str:
    return tokens.make((key,), ticket_id=ticket_id, mailbox_id=mailbox_id, recipient=recipient)


def ours(ticket_id: int = TICKET, host: str = "postroom.test", **about: Any) -> str:
    return f"<{token(ticket_id, **about)}@{host}>"


def flipped(text: str) -> str:
    """Change one bit near the end of the signature."""
    place = text.rindex("@") - 2 if "@" in text else len(text) - 2
    return text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]


def thread(answer: ParsedMail, stored: dict[str, list[Stored]] | None = None, **outgoing: Any) -> Thread:
    facts = Facts(stored or {}, {one.ticket_id: one for one in (TALK, OTHERS, ABROAD)}, NUMBERS)
    return find(9, answer, mailbox=mailbox(outgoing=Outgoing(**outgoing)), keys=(KEY, OLD), facts=facts)


def verdicts(found: Thread) -> list[str]:
    return [step["verdict"] for step in found.steps]


def by(sender: str, **about: Any) -> ParsedMail:
    return mail(from_=Address(address=sender), **about)


def received(ticket_id: int | None = TICKET, mailbox_id: int = HOME, **about: Any) -> list[Stored]:
    return [Stored(mailbox_id, ticket_id, **about)]
