"""Turns raw samples into what the classifiers read, by two ways: one without any module of ours, and the real one."""

from __future__ import annotations

import email
import email.header
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from textwrap import dedent
from time import process_time

from parse.mime.decode import decode
from parse.model import Headers, Mail, Part

MOST_SECONDS = 2.0
"""Of CPU time for any hostile megabyte, with much room for slow machines."""


@contextmanager
def quick() -> Iterator[None]:
    """Hold the body to bounded CPU time; the clock on the wall would depend on the neighbours."""
    begun = process_time()
    yield
    assert process_time() - begun < MOST_SECONDS


def decoded(raw: str) -> Mail:
    """Return a Mail made of an indented sample by the decode layer itself."""
    return decode(dedent(raw).lstrip("\n").replace("\n", "\r\n").encode())


def mail_of(raw: str) -> Mail:
    """Return a Mail made of an indented sample by the standard library."""
    message = email.message_from_bytes(dedent(raw).lstrip("\n").encode())
    return Mail(
        headers=_headers(message),
        parts=tuple(_leaves(message, ())),
        content_type=message.get_content_type(),
        params=_params(message),
    )


def _headers(message: Message) -> Headers:
    return Headers(tuple((name, _decoded(" ".join(str(value).split()))) for name, value in message.items()))


def _decoded(value: str) -> str:
    raw = value.encode("ascii", "surrogateescape").decode("utf-8", "replace") if not value.isascii() else value
    return str(email.header.make_header(email.header.decode_header(raw))) if "=?" in raw else raw


def _params(message: Message) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), str(value)) for name, value in message.get_params(failobj=[])[1:])


def _leaves(message: Message, inside: tuple[str, ...]) -> list[Part]:
    kind = message.get_content_type()
    payload = message.get_payload()
    if isinstance(payload, list) and kind.startswith("multipart/"):
        return [leaf for child in payload if isinstance(child, Message) for leaf in _leaves(child, (*inside, kind))]
    if isinstance(payload, list):
        content = b"\n".join(child.as_bytes() for child in payload if isinstance(child, Message))
    else:
        decoded = message.get_payload(decode=True)
        content = decoded if isinstance(decoded, bytes) else b""
    text = content.decode(message.get_content_charset("utf-8"), "replace") if kind.startswith("text/") else None
    return [
        Part(
            content_type=kind,
            content=content,
            headers=_headers(message),
            params=_params(message),
            text=text,
            disposition=message.get_content_disposition(),
            filename=message.get_filename(),
            inside=inside,
        )
    ]
