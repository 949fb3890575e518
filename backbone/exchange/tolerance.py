"""Reads headers that pika cannot, each of which would end the connection at every delivery.

RabbitMQ passes on any 64 bits as a timestamp (AMQP 0-9-1 section 4.2.5.4) and tables in tables to any depth; pika fails
on moments after the year 9999 and at Python's limit of recursion. One such event would stop all that come after it.
"""

from __future__ import annotations

import struct
from typing import Any

import pika.data

_MOMENT, _COUNTED = b"T", (b"A", b"F")
"""Kinds of values: a timestamp; a list and a table, which begin with the number of their bytes."""

_decode = pika.data.decode_value


def install() -> None:
    """Let pika read such a value as None. Doing it again changes nothing."""
    pika.data.decode_value = _tolerant


def _tolerant(encoded: bytes, offset: int) -> tuple[Any, int]:
    try:
        value, end = _decode(encoded, offset)
    except (OverflowError, ValueError, OSError, RecursionError):
        kind, start = encoded[offset : offset + 1], offset + 1
        if kind == _MOMENT:
            return None, start + 8
        if kind in _COUNTED:
            (size,) = struct.unpack_from(">I", encoded, start)
            return None, start + 4 + int(size)
        raise
    return value, end
