"""Headers of AMQP that no calendar knows."""

import struct
from datetime import UTC, datetime

import pika.data
import pytest

from backbone.exchange import tolerance


def encoded(*fields: tuple[str, bytes]) -> bytes:
    body = b"".join(bytes([len(name)]) + name.encode() + value for name, value in fields)
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize("moment", [2**62, 2**64 - 1, 253_402_300_800])
def test_a_moment_beyond_the_calendar_is_none(moment: int) -> None:
    tolerance.install()
    tolerance.install()
    table = encoded(
        ("far", struct.pack(">cQ", b"T", moment)),
        ("near", struct.pack(">cQ", b"T", 0)),
        ("inner", b"F" + encoded(("far", struct.pack(">cQ", b"T", moment)))),
        ("text", b"S" + struct.pack(">I", 2) + b"ok"),
    )
    found, end = pika.data.decode_table(table, 0)
    assert found == {"far": None, "near": datetime(1970, 1, 1, tzinfo=UTC), "inner": {"far": None}, "text": "ok"}
    assert end == len(table)
