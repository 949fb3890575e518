"""What a configuration file may hold. Names refer to one another; whether they exist is for ``references`` to say.

An example of a value, shown to whoever forgot a key, stands at each key that is required.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    model_validator,
)

from console.configuration import values
from console.configuration.passwords import resolve

Name = Annotated[str, AfterValidator(values.name)]
Line = Annotated[str, AfterValidator(values.line)]
AuthservId = Annotated[str, AfterValidator(values.authserv_id)]
Description = Annotated[str, AfterValidator(values.description)]
Prefix = Annotated[str, AfterValidator(values.prefix)]
Address = Annotated[str, AfterValidator(values.address)]
Pattern = Annotated[str, AfterValidator(values.pattern)]
Host = Annotated[str, AfterValidator(values.host)]
Zone = Annotated[str, AfterValidator(values.time_zone)]
Protocol = Annotated[str, AfterValidator(values.protocol)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Password = Annotated[SecretStr, BeforeValidator(resolve)]
Security = Literal["tls", "starttls", "none"]

PRESETS: dict[str, dict[str, dict[str, str]]] = {
    "yandex": {
        "imap": {"host": "imap.yandex.ru", "security": "tls"},
        "smtp": {"host": "smtp.yandex.ru", "security": "tls"},
    }
}


class Entry(BaseModel):
    """A mapping in the file. A key with nothing behind it counts as not written."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = cls.model_fields
        return cls.filled({key: value for key, value in data.items() if value is not None or key not in known})

    @classmethod
    def filled(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return ``data`` with what follows from its other keys."""
        return data


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
    """A sender rule: who may create tickets, and by which template."""

    pattern: Pattern = Field(examples=['"*@example.ru"'])
    template: Name = Field(examples=["Заявка по почте"])
    enabled: StrictBool = True
    receive: StrictBool = True
    reply_by_chat: StrictBool = True
    forwarded_counts: StrictBool = False


class Mailbox(Entry):
    """A collection address with its servers and senders."""

    address: Address = Field(examples=["help@example.ru"])
    enabled: StrictBool = True
    name: Line = ""
    language: Literal["ru", "en"] = "ru"
    time_zone: Zone = "UTC"
    poll_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = 60
    authserv_ids: list[AuthservId] = []
    arc: StrictBool = False
    protocol: Protocol = "imap"
    preset: Literal["yandex"] | None = None
    imap: Imap = Field(examples=['{host: imap.example.ru, password: "${MAIL_PASSWORD}"}'])
    smtp: Smtp | None = None
    senders: list[Sender] = []

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


class Object(Entry):
    """A place or a piece of equipment that tickets are about, with the work that is done on it."""

    name: Name = Field(examples=["Для почты"])
    address: Description = ""
    customer: Name | None = None
    work_types: list[Name] = []


class Template(Entry):
    """A ticket template; mail needs one with an object and a work type."""

    name: Name = Field(examples=["Заявка по почте"])
    published: StrictBool = True
    ticket_type: Name | None = None
    customer: Name | None = None
    object: Name | None = None
    work_type: Name | None = None
    criticality: Name | None = None
    description: Description = ""
    number_prefix: Prefix = ""


class Configuration(Entry):
    """A whole file, or several put together."""

    customers: list[Name] = []
    work_types: list[Name] = []
    ticket_types: list[Name] = []
    criticalities: list[Name] = []
    objects: list[Object] = []
    templates: list[Template] = []
    mailboxes: list[Mailbox] = []
