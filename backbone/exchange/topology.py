"""The exchanges and queues by which other systems meet Postroom, declared alike by everybody who needs them.

One consumer at a time gets the events of ``postroom.chat`` (single active consumer): only so the messages of a ticket
keep their order with any number of processes. The others take over when it ends. What RabbitMQ itself gives up after
:data:`DELIVERY_LIMIT` deliveries goes to the quarantine as well, and is not lost on the way there.
"""

from __future__ import annotations

from typing import Any

from backbone.exchange import tolerance

CHAT = "postroom.chat"
"""The exchange that chat systems publish to, and the queue behind it."""

QUARANTINE = "postroom.chat.quarantine"
EVENTS = "postroom.events"
"""The topic exchange on which Postroom tells what happened; the routing key is the type of the event."""

DELIVERY_LIMIT = 50
"""Deliveries of one event, each to a consumer that died with it, before it counts as what they died of."""

_NEVER = 1_000_000_000
"""A limit that is not reached: looking into the quarantine counts as a delivery of what stands there."""


def declare_chat(channel: Any) -> None:
    """Declare what chat events go through, and see to it that any of their headers can be read.

    Does nothing where all of it stands already.
    """
    tolerance.install()
    channel.exchange_declare(CHAT, exchange_type="topic", durable=True)
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": _NEVER}
    channel.queue_declare(QUARANTINE, durable=True, arguments=arguments)
    arguments = {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": QUARANTINE,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    channel.queue_declare(CHAT, durable=True, arguments=arguments)
    channel.queue_bind(CHAT, CHAT, routing_key="#")
