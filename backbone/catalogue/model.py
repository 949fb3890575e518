"""The catalogue as the stages read it: plain objects. Passwords stay encrypted in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backbone.catalogue.outgoing import Outgoing


class Mismatch(StrEnum):
    """What becomes of a mail whose text the regular expressions of its sender rule do not fit.

    It is held and shown with the mailbox's errors; or no ticket is made; or one by the template alone; or the next
    rule that lets the sender in is asked.
    """

    ERROR = "error"
    SKIP = "skip"
    TEMPLATE = "template"
    NEXT = "next"


class Permission(StrEnum):
    """What a role lets a service user do."""

    CREATE_TICKETS = "create_tickets"
    ADD_MESSAGES = "add_messages"
    REOPEN_TICKETS = "reopen_tickets"
    READ_TICKETS = "read_tickets"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A sender rule: who may create tickets, and by which template. ``pattern`` is in its normalised form.

    ``recipient`` is the alias or plus-address of the mailbox that a mail must have come to, or empty for any. Of the
    rules for one sender the lower ``position`` is asked first. With ``forwarded_counts`` a mail that this sender passes
    on counts as one of its original sender. ``trust`` is any or verified, ``regex_source`` is html or text. With
    ``join_same_number`` a mail with an external number seen before from the same sender joins that ticket.
    """

    id: int
    pattern: str
    template_id: int
    enabled: bool = True
    receive: bool = True
    reply_by_chat: bool = True
    forwarded_counts: bool = False
    recipient: str = ""
    name: str = ""
    position: int = 0
    trust: str = "any"
    subject_regex: str = ""
    message_regex: str = ""
    regex_source: str = "html"
    mismatch: Mismatch = Mismatch.ERROR
    join_same_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A ticket template. Its closed tickets are opened again by an answer within ``reopen_days``."""

    id: int
    name: str
    ticket_type_id: int | None = None
    customer_id: int | None = None
    object_id: int | None = None
    work_type_id: int | None = None
    criticality_id: int | None = None
    description: str = ""
    assignee: str = ""
    number_prefix: str = ""
    reopen_days: int = 14


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A collection address with its servers and its sender rules.

    ``authserv_ids`` are the servers whose Authentication-Results are believed in its mail (RFC 8601), and with ``arc``
    also the chains they sealed (RFC 8617). ``aliases`` are the other addresses whose mail comes here, and ``blocked``
    the senders' patterns that are not let in, all normalised. ``outgoing`` is how it writes.
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
    aliases: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    outgoing: Outgoing = field(default_factory=Outgoing)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the directory: its name, and the other names declared for it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """A place or a piece of equipment, with the work that is done on it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()
    address: str = ""
    customer_id: int | None = None
    district_id: int | None = None
    work_type_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """A registered person: one of a customer's whose address we know beforehand."""

    address: str
    name: str
    phone: str
    language: str | None
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class CannedReply:
    """An answer kept ready; without ``ticket_type_ids`` it is for tickets of every type."""

    id: int
    name: str
    text: str
    ticket_type_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Directory:
    """What tickets are about. ``people`` are by normalised address, ``domains`` lead to the customer that has them."""

    customers: Mapping[int, Entry] = field(default_factory=dict)
    districts: Mapping[int, str] = field(default_factory=dict)
    objects: Mapping[int, Object] = field(default_factory=dict)
    work_types: Mapping[int, Entry] = field(default_factory=dict)
    ticket_types: Mapping[int, Entry] = field(default_factory=dict)
    criticalities: Mapping[int, Entry] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    domains: Mapping[str, int] = field(default_factory=dict)
    custom_fields: Mapping[str, str] = field(default_factory=dict)
    canned_replies: Mapping[str, CannedReply] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """On whose behalf a program acts; ``districts`` is None where it may act in all of them."""

    enabled: bool = True
    permissions: frozenset[str] = frozenset(Permission)
    districts: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that administrators have set, at one version.

    ``addresses`` are all of ours, aliases too. ``blocked`` are the senders' patterns that no mailbox lets in. The
    pipeline acts as the ``api_user``, which may do everything until an administrator says otherwise.
    """

    version: int
    mailboxes: Mapping[int, Mailbox]
    templates: Mapping[int, Template]
    addresses: frozenset[str]
    directory: Directory = field(default_factory=Directory)
    blocked: frozenset[str] = frozenset()
    api_user: ServiceUser = field(default_factory=ServiceUser)
