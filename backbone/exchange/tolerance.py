"""Reads headers that pika cannot: a moment beyond the calendar, which would end the connection at each delivery.

RabbitMQ passes on any 64 bits as a timestamp (AMQP 0-9-1 section 4.2.5.4), and pika raises on those after the year
9999. One such event would stop all that come after it.
"""

from __future__ import annotations

from typing import Any

import pika.data

_TIMESTAMP = b"T"
_SIZE = 9
"""Bytes of a timestamp in a table, its kind among them."""

_decode = pika.data.decode_value


def install() -> None:
    """Let pika read such a moment as None. Doing it again changes nothing."""
    pika.data.decode_value = _tolerant


def _tolerant(encoded: bytes, offset: int) -> tuple[Any, int]:
    try:
        value, end = _decode(encoded, offset)
    except (OverflowError, ValueError, OSError):
        if encoded[offset : offset + 1] != _TIMESTAMP:
            raise
        return None, offset + _SIZE
    return value, end
