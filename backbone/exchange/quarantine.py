"""The quarantine of chat events: what is put aside with its reason, and how a person looks at it and sends it again.

The body of an event stays as it came, and so do its headers, as far as they are few. Its token is sealed, so that it
can be sent again as it was and nobody who looks into the queue reads it. Only what RabbitMQ itself puts here, because
no consumer could even read it, keeps it open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from backbone.exchange.headers import AUTHORIZATION, OURS, authorization, kept
from backbone.exchange.messages import QuarantineReason, RefusedError
from backbone.exchange.topology import CHAT, QUARANTINE, declare_chat
from backbone.settings import Settings
from backbone.vault import Vault, open_vault

REASON, SENTENCE, SINCE, SEALED = (f"{OURS}{name}" for name in ("reason", "sentence", "since", "authorization"))
DEADLY = "Its consumer died again and again while it had this event; the log of 'worker chat' says of what."


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


def put(channel: Any, vault: Vault, body: bytes, headers: Mapping[str, Any], refused: RefusedError) -> None:
    """Put an event aside; ``channel`` confirms, so that it has been taken when this returns."""
    why = {REASON: refused.reason.value, SENTENCE: str(refused), SINCE: clock.now().isoformat()}
    word = authorization(headers)
    sealed = {SEALED: vault.encrypt(word)} if word else {}
    channel.basic_publish("", QUARANTINE, body, _lasting(kept(headers) | why | sealed), mandatory=True)


def look(settings: Settings) -> list[Quarantined]:
    """Return what stands in the quarantine, the oldest first, and leave it there."""
    with _channel(settings) as channel:
        return [one for _tag, one in _all(channel)]


def replay(settings: Settings, wanted: Wanted, token: str | None = None) -> list[Quarantined]:
    """Send those that are ``wanted`` through again, with another ``token`` if one is given; return them.

    Raises UserError, and has sent none, when the token of one cannot be opened.
    """
    with _channel(settings) as channel:
        chosen = [(tag, one) for tag, one in _all(channel) if wanted(one)]
        words = [f"Bearer {token}" for _ in chosen] if token else _authorizations(settings, [one for _, one in chosen])
        for (tag, one), word in zip(chosen, words, strict=True):
            headers = kept(one.headers) | ({AUTHORIZATION: word} if word else {})
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
        sentence, since = DEADLY, _died(headers.get("x-death"))
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


def _died(deaths: object) -> datetime | None:
    """Return when RabbitMQ moved an event here, by its header x-death; None when a publisher made that up."""
    match deaths:
        case [{"time": datetime() as moment}, *_]:
            return moment
        case _:
            return None


def _authorizations(settings: Settings, events: Sequence[Quarantined]) -> list[str]:
    """Return the header authorization of each event; raise UserError that names those whose seal no key of ours fits.

    That is so after a key was taken away, and of what a publisher has made up.
    """
    vault = open_vault(settings)
    words, lost = [], []
    for one in events:
        sealed = one.headers.get(SEALED)
        try:
            words.append(vault.decrypt(str(sealed)) if sealed else authorization(one.headers))
        except UserError:
            lost.append(one.id)
    if lost:
        raise UserError(
            f"No key in POSTROOM_SECRET_KEY opens the token of {', '.join(lost)}; put the former key behind the new "
            "one, or replay these with another token as CHAT_TOKEN, and the others by their ids."
        )
    return words


def _lasting(headers: dict[str, Any]) -> pika.BasicProperties:
    return pika.BasicProperties(content_type="application/json", delivery_mode=2, headers=headers)
