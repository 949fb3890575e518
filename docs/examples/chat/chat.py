"""A chat system beside Postroom, in its smallest form: writes into the chat of a ticket, takes back, and listens.

Needs pika, and two variables: AMQP_URL=amqp://chat:password@rabbitmq.example.com:5672/%2F and POSTROOM_TOKEN=prt_...
Run it as: python chat.py say O2311000 "The engineer comes tomorrow at 10:00." - it prints the event_id
or as: python chat.py undo O2311000 EVENT_ID
or as: python chat.py listen
"""

import json
import os
import sys
from datetime import datetime, timezone
from uuid import uuid4

import pika

QUEUE = "my-chat"  # ours: it keeps the events while we are away


def say(channel, ticket, text):
    """Write to the customer of a ticket; he gets a mail."""
    # Or into the chat "team", which stays in the house; "also": True writes into both.
    publish(channel, "chat.message", ticket, {"text": text, "chat": "customer"})


def undo(channel, ticket, message_event_id):
    """Take back what was written; "message.undone" or "message.kept" tells what became of it."""
    publish(channel, "chat.undo", ticket, {"message_event_id": message_event_id})


def publish(channel, kind, ticket, more):
    """Publish an event, and print its event_id."""
    event = {
        "type": kind,
        "version": 1,
        "event_id": str(uuid4()),  # the same at every try, so that a repeat is harmless
        "occurred_at": datetime.now(timezone.utc).isoformat(),
        "ticket": ticket,
        "author": {"name": "Anna"},
        **more,
    }
    channel.confirm_delivery()  # from here on publishing raises when RabbitMQ did not take the event
    properties = pika.BasicProperties(
        content_type="application/json",
        delivery_mode=2,
        headers={"authorization": f"Bearer {os.environ['POSTROOM_TOKEN']}"},
    )
    channel.basic_publish("postroom.chat", kind, json.dumps(event), properties, mandatory=True)
    print(event["event_id"])


def listen(channel):
    """Print what happens. An event may come twice: whoever acts on it remembers the ids that he has seen."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    for what in ("ticket.*", "message.*", "reply.*"):
        channel.queue_bind(QUEUE, "postroom.events", what)
    for method, _, body in channel.consume(QUEUE):
        event = json.loads(body)
        print(event["time"], event["type"], event["subject"], event["data"], flush=True)
        channel.basic_ack(method.delivery_tag)  # only after it was dealt with


if __name__ == "__main__":
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        if sys.argv[1:2] == ["say"]:
            say(connection.channel(), sys.argv[2], sys.argv[3])
        elif sys.argv[1:2] == ["undo"]:
            undo(connection.channel(), sys.argv[2], sys.argv[3])
        else:
            listen(connection.channel())
