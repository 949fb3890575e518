"""The headers of a chat event: whose word it is, and what of them is kept when it is put aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pika.data
from pika.exceptions import AMQPError

OURS = "x-postroom-"
AUTHORIZATION = "authorization"
DELIVERIES = "x-delivery-count"
"""How often RabbitMQ has given an event to a consumer before; it says so from the second time on."""

MOST_BYTES = 16_000
"""Bytes of headers that are kept; with ours they have to fit into one frame (AMQP 0-9-1 section 4.2.6)."""

LONGEST_AUTHORIZATION = 500
_THE_BROKERS = ("x-death", "x-first-death", "x-last-death", DELIVERIES, "x-acquired")


def authorization(headers: Mapping[str, Any]) -> str:
    """Return the header authorization, however it is capitalised; empty when there is none, or one that is no text."""
    found = (value for name, value in headers.items() if _is_authorization(name))
    value = next(found, "")
    return value if isinstance(value, str) and len(value) <= LONGEST_AUTHORIZATION else ""


def deliveries(headers: Mapping[str, Any]) -> int:
    """Return how often the event was delivered before."""
    count = headers.get(DELIVERIES, 0)
    return count if isinstance(count, int) else 0


def kept(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the publisher set beside the authorization; nothing when it is too much or cannot be sent again."""
    theirs = {
        name: value
        for name, value in headers.items()
        if isinstance(name, str) and not name.startswith((OURS, *_THE_BROKERS)) and not _is_authorization(name)
    }
    try:
        size = pika.data.encode_table([], theirs)
    except (AMQPError, ArithmeticError, ValueError, TypeError, RecursionError):
        return {}
    return theirs if size <= MOST_BYTES else {}


def _is_authorization(name: object) -> bool:
    return isinstance(name, str) and name.casefold() == AUTHORIZATION
