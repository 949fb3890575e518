"""What stands in the quarantine of chat events with headers that look like ours."""

from pathlib import Path

import pika

from backbone.exchange.quarantine import REASON, SINCE
from backbone.exchange.topology import QUARANTINE, declare_chat
from tests.support.chat_events import depth, put_aside
from tests.support.runtimes import runtime
from tests.support.waiting import wait_for


def test_what_a_publisher_writes_in_our_headers_is_not_believed(
    tmp_path: Path, postgres_url: str, amqp_url: str
) -> None:
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        declare_chat(channel)
        properties = pika.BasicProperties(headers={REASON: "none of ours", SINCE: "yesterday"})
        channel.basic_publish("", QUARANTINE, b"{}", properties)
        wait_for(lambda: depth(amqp_url, QUARANTINE) == 1, 20, "the event")
    with runtime(tmp_path, postgres_url, amqp_url) as opened:
        (one,) = put_aside(opened)
    assert (one.reason, one.since) == ("delivery_limit", None)
