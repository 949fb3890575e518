"""What the parse stage works on: the decoded mail as plain dataclasses, before it becomes a contract.

``mime`` makes a :class:`Mail` out of bytes; everything else in this package reads it. Nothing here does any work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Headers:
    """The header fields of a message or part, in the order they came, decoded to text.

    ``fields`` holds ``(name, value)`` with the name as sent and the value unfolded and decoded (RFC 2047, raw 8-bit).
    Look-ups ignore case (RFC 5322 section 1.2.2).
    """

    fields: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The values by lower-case name, topmost first, made once, as tables of rules ask for many names."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name.lower(), []).append(value)
        return found

    def get(self, name: str) -> str | None:
        """Return the first value of ``name``, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of ``name``, topmost first."""
        return tuple(self.by_name.get(name.lower(), ()))


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the MIME tree (RFC 2046), transfer encoding undone.

    ``inside`` names the content types of the enclosing containers, outermost first, and ``path`` the part's place in
    each of them, counted from 0. ``text`` is set for text parts, decoded by their real charset; ``content`` always
    holds the decoded bytes. A ``message/rfc822`` is a leaf: its bytes are ``content``.
    """

    content_type: str
    content: bytes
    headers: Headers = field(default_factory=Headers)
    params: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    charset: str | None = None
    disposition: str | None = None
    filename: str | None = None
    content_id: str | None = None
    inside: tuple[str, ...] = ()
    path: tuple[int, ...] = ()

    def param(self, name: str) -> str | None:
        """Return a parameter of Content-Type by its lower-case name, or None."""
        return next((value for key, value in self.params if key == name), None)


@dataclass(frozen=True, slots=True)
class Mail:
    """A decoded message: its headers and its leaves in the order they came, with the defects met on the way."""

    headers: Headers
    parts: tuple[Part, ...]
    content_type: str
    params: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
    level: str = "full"
