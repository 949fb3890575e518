"""The catalogue as the stages read it: plain objects. Passwords stay encrypted in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach a mail server: ``security`` is tls, starttls or none; ``password`` is encrypted."""

    host: str
    port: int
    security: str
    verify: bool
    ca_file: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A sender rule: who may create tickets, and by which template. ``pattern`` is in its normalised form.

    With ``forwarded_counts`` a mail that this sender passes on counts as one of its original sender.
    """

    id: int
    pattern: str
    template_id: int
    enabled: bool
    receive: bool
    reply_by_chat: bool
    forwarded_counts: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A ticket template, as far as the filling of tickets needs it."""

    id: int
    name: str
    ticket_type_id: int | None
    customer_id: int | None
    object_id: int | None
    work_type_id: int | None
    criticality_id: int | None
    description: str
    number_prefix: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A collection address with its servers and its sender rules.

    ``authserv_ids`` are the servers whose Authentication-Results are believed in its mail (RFC 8601), and with ``arc``
    also the chains they sealed (RFC 8617).
    """

    id: int
    address: str
    enabled: bool
    name: str
    language: str
    time_zone: str
    poll_seconds: int
    folder: str
    imap: Server
    smtp: Server | None
    rules: tuple[Rule, ...] = ()
    authserv_ids: frozenset[str] = frozenset()
    arc: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that administrators have set, at one version."""

    version: int
    mailboxes: Mapping[int, Mailbox]
    templates: Mapping[int, Template]
    addresses: frozenset[str]
