"""What a configuration file may hold. Names refer to one another; whether they exist is for ``references`` to say.

An example of a value, shown to whoever forgot a key, stands at each key that is required.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StrictBool, model_validator

from console.configuration.directory import (
    Customers,
    CustomFields,
    Districts,
    Object,
    Role,
    ServiceUsers,
    Template,
    Terms,
)
from console.configuration.entry import (
    Address,
    AuthservId,
    Entry,
    Host,
    Language,
    Line,
    Name,
    Password,
    Pattern,
    Port,
    Protocol,
    Regex,
    Security,
    Zone,
)
from console.configuration.samples import Sample

PRESETS: dict[str, dict[str, dict[str, str]]] = {
    "yandex": {
        "imap": {"host": "imap.yandex.ru", "security": "tls"},
        "smtp": {"host": "smtp.yandex.ru", "security": "tls"},
    }
}


class Server(Entry):
    """How to reach a mail server. ``login`` and ``password`` are filled in from elsewhere when they are left out."""

    ports: ClassVar[dict[str, int]]

    host: Host = Field(examples=["mail.example.ru"])
    port: Port = 0
    security: Security = "tls"
    verify: StrictBool = True
    ca_file: Line = ""
    login: Line | None = None

    @model_validator(mode="after")
    def _choose_port(self) -> Self:
        self.port = self.port or self.ports[self.security]
        return self


class Imap(Server):
    """Where the mailbox's mail is collected; the login is the mailbox's address unless it says otherwise."""

    ports: ClassVar[dict[str, int]] = {"tls": 993, "starttls": 143, "none": 143}

    password: Password = Field(examples=["${MAIL_PASSWORD}"])
    folder: Name = "INBOX"


class Smtp(Server):
    """Through which server answers leave; login and password are those of IMAP unless it says otherwise.

    An empty login means a server that asks for none.
    """

    ports: ClassVar[dict[str, int]] = {"tls": 465, "starttls": 587, "none": 25}

    password: Password | None = None


class Sender(Entry):
    """A sender rule: who may create tickets, and by which template.

    The first rule that lets a mail in decides what becomes of it; ``on_mismatch: next`` lets the one after it decide.
    """

    pattern: Pattern = Field(examples=['"*@example.ru"'])
    to: Address = ""
    name: Line = ""
    template: Name = Field(examples=["Заявка по почте"])
    enabled: StrictBool = True
    receive: StrictBool = True
    reply_by_chat: StrictBool = True
    forwarded_counts: StrictBool = False
    trust: Literal["any", "verified"] = "any"
    subject_regex: Regex = ""
    message_regex: Regex = ""
    match_against: Literal["html", "text"] = "html"
    on_mismatch: Literal["error", "skip", "template", "next"] = "error"
    join_same_number: StrictBool = False
    samples: list[Sample] = Field(default_factory=list)


class Mailbox(Entry):
    """A collection address with its servers and senders."""

    address: Address = Field(examples=["help@example.ru"])
    aliases: list[Address] = Field(default_factory=list)
    enabled: StrictBool = True
    name: Line = ""
    language: Language = "ru"
    time_zone: Zone = "UTC"
    poll_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = 60
    authserv_ids: list[AuthservId] = Field(default_factory=list)
    arc: StrictBool = False
    protocol: Protocol = "imap"
    preset: Literal["yandex"] | None = None
    imap: Imap = Field(examples=['{host: imap.example.ru, password: "${MAIL_PASSWORD}"}'])
    smtp: Smtp | None = None
    blocked: list[Pattern] = Field(default_factory=list)
    senders: list[Sender] = Field(default_factory=list)

    @classmethod
    def filled(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Put in the servers of the preset, under what the file says of them."""
        name = data.get("preset")
        preset = PRESETS.get(name, {}) if isinstance(name, str) else {}
        for side, known in preset.items():
            own = data.get(side, {})
            if isinstance(own, dict):
                data[side] = known | {key: value for key, value in own.items() if value is not None}
        return data

    @model_validator(mode="after")
    def _fill_logins(self) -> Self:
        self.imap.login = self.imap.login or self.address
        if self.smtp is not None:
            self.smtp.login = self.imap.login if self.smtp.login is None else self.smtp.login
            if self.smtp.login and self.smtp.password is None:
                self.smtp.password = self.imap.password
        return self


class Configuration(Entry):
    """A whole file, or several put together."""

    customers: Customers = Field(default_factory=list)
    districts: Districts = Field(default_factory=list)
    roles: list[Role] = Field(default_factory=list)
    service_users: ServiceUsers = ServiceUsers()
    work_types: Terms = Field(default_factory=list)
    ticket_types: Terms = Field(default_factory=list)
    criticalities: Terms = Field(default_factory=list)
    custom_fields: CustomFields = Field(default_factory=list)
    objects: list[Object] = Field(default_factory=list)
    templates: list[Template] = Field(default_factory=list)
    blocked: list[Pattern] = Field(default_factory=list)
    mailboxes: list[Mailbox] = Field(default_factory=list)
