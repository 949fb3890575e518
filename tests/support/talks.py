"""A house with one ticket beside a chat system that speaks over RabbitMQ."""

from __future__ import annotations

from dataclasses import dataclass

from pika.exceptions import ChannelClosedByBroker
from sqlalchemy import select

from backbone.exchange.quarantine import Quarantined
from backbone.exchange.topology import CHAT, QUARANTINE
from tests.support import chat_events
from tests.support.chat_events import depth, publish, put_aside
from tests.support.house import House, letter
from tests.support.waiting import wait_for
from tickets.models import messages, tickets

SECONDS = 30


@dataclass(frozen=True)
class Talk:
    """A house with one ticket, and the chat system's side of it."""

    house: House
    amqp_url: str
    token: str
    number: str

    def publish(self, *bodies: bytes) -> None:
        """Publish events under the token."""
        publish(self.amqp_url, bodies, self.token)

    def said(self, number: str = "") -> list[str]:
        """Return the texts of a ticket's messages but the first, which is the customer's mail."""
        of = select(tickets.c.id).where(tickets.c.number == (number or self.number)).scalar_subquery()
        return [row.text for row in self.house.rows(messages, messages.c.ticket_id == of)][1:]

    def wait_for_texts(self, *texts: str) -> None:
        """Wait until these are the messages."""
        wait_for(lambda: self.said() == list(texts), SECONDS, f"the messages {texts}")

    def wait_until_taken(self) -> None:
        """Wait until every event is acknowledged or at least in hand."""
        wait_for(lambda: depth(self.amqp_url) == 0, SECONDS, "the end of the events")

    def aside(self, count: int = 1) -> list[Quarantined]:
        """Wait until so many events stand in the quarantine, and return them."""
        wait_for(lambda: depth(self.amqp_url, QUARANTINE) == count, SECONDS, f"{count} events in the quarantine")
        return put_aside(self.house.runtime)


def begun(office: House, amqp_url: str) -> Talk:
    """Let a house have a mailbox, a ticket and a token."""
    office.add_mailbox()
    return Talk(office, amqp_url, chat_events.token(office.runtime.database), ticket(office))


def ticket(office: House) -> str:
    """Open one more ticket; return its number."""
    (mail_id,) = office.take(letter())
    ticket_id = office.mail(mail_id).ticket_id
    return str(office.rows(tickets, tickets.c.id == ticket_id)[0].number)


def is_there(amqp_url: str, queue: str = CHAT) -> bool:
    """Whether a queue stands, and is empty."""
    try:
        return depth(amqp_url, queue) == 0
    except ChannelClosedByBroker:
        return False
