"""The quarantine of chat events: what is put aside with its reason, and how a person looks at it and sends it again.

The body and the headers of an event stay as they came, its token too, so that it can be sent again as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import pika
from pika.exceptions import AMQPError

from backbone import clock
from backbone.broker import connection_urls
from backbone.errors import UserError
from backbone.exchange.messages import QuarantineReason, RefusedError
from backbone.exchange.topology import CHAT, QUARANTINE, declare_chat
from backbone.settings import Settings

OURS = "x-postroom-"
REASON, SENTENCE, SINCE = f"{OURS}reason", f"{OURS}sentence", f"{OURS}since"
AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event in the quarantine. ``id`` is made of its bytes, so that it is the same at every look."""

    id: str
    reason: str
    sentence: str
    since: datetime | None
    body: bytes
    headers: Mapping[str, Any]


Wanted = Callable[[Quarantined], bool]


def put(channel: Any, body: bytes, headers: Mapping[str, Any], refused: RefusedError) -> None:
    """Put an event aside; ``channel`` confirms, so that it has been taken when this returns."""
    why = {REASON: refused.reason.value, SENTENCE: str(refused), SINCE: clock.now().isoformat()}
    channel.basic_publish("", QUARANTINE, body, _lasting({**_theirs(headers), **why}), mandatory=True)


def look(settings: Settings) -> list[Quarantined]:
    """Return what stands in the quarantine, the oldest first, and leave it there."""
    with _channel(settings) as channel:
        return [one for _tag, one in _all(channel)]


def replay(settings: Settings, wanted: Wanted, token: str | None = None) -> list[Quarantined]:
    """Send those that are ``wanted`` through again, with another ``token`` if one is given; return them."""
    with _channel(settings) as channel:
        chosen = [(tag, one) for tag, one in _all(channel) if wanted(one)]
        for tag, one in chosen:
            headers = _theirs(one.headers) | ({AUTHORIZATION: f"Bearer {token}"} if token else {})
            channel.basic_publish(CHAT, "replay", one.body, _lasting(headers), mandatory=True)
            channel.basic_ack(tag)
    return [one for _tag, one in chosen]


def remove(settings: Settings, wanted: Wanted) -> list[Quarantined]:
    """Take those that are ``wanted`` out for good; return them."""
    with _channel(settings) as channel:
        chosen = [(tag, one) for tag, one in _all(channel) if wanted(one)]
        for tag, _one in chosen:
            channel.basic_ack(tag)
    return [one for _tag, one in chosen]


@contextmanager
def _channel(settings: Settings) -> Iterator[Any]:
    """Open a channel that confirms; what was taken and not acknowledged on it goes back when it is closed."""
    try:
        connection = pika.BlockingConnection([pika.URLParameters(url) for url in connection_urls(settings)])
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            declare_chat(channel)
            yield channel
        finally:
            if connection.is_open:
                connection.close()
    except (AMQPError, OSError) as error:
        raise UserError(
            f"RabbitMQ did not let us look into the quarantine ({type(error).__name__}: {error}); check that it runs, "
            "POSTROOM_AMQP_URL, and the rights of its user."
        ) from None


def _all(channel: Any) -> Iterator[tuple[int, Quarantined]]:
    while True:
        method, properties, body = channel.basic_get(QUARANTINE)
        if method is None:
            return
        yield method.delivery_tag, _read(dict(properties.headers or {}), body)


def _read(headers: dict[str, Any], body: bytes) -> Quarantined:
    reason, sentence, since = headers.get(REASON), headers.get(SENTENCE), _moment(headers.get(SINCE))
    if reason not in list(QuarantineReason) or since is None:  # RabbitMQ put it here, not we
        reason = QuarantineReason.DELIVERY_LIMIT.value
        sentence = "Its consumer died again and again while it had this event; the log of 'worker chat' says of what."
        since = (headers.get("x-death") or [{}])[0].get("time")
    return Quarantined(
        sha256(body).hexdigest()[:12],
        str(reason),
        str(sentence),
        since,
        body,
        headers,
    )


def _moment(written: object) -> datetime | None:
    """Return the time that we wrote; None for what a publisher made up."""
    try:
        return datetime.fromisoformat(str(written))
    except ValueError:
        return None


def _theirs(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers that the publisher set."""
    return {
        name: value
        for name, value in headers.items()
        if not name.startswith((OURS, "x-death", "x-first-death", "x-last-death", "x-delivery-count", "x-acquired"))
    }


def _lasting(headers: dict[str, Any]) -> pika.BasicProperties:
    return pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=headers)
