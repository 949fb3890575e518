"""What a configuration file may hold. Names refer to one another; whether they exist is for ``references`` to say.

An example of a value, shown to whoever forgot a key, stands at each key that is required.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StrictBool, model_validator

from console.configuration.directory import (
    CannedReply,
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
from console.configuration.outgoing import Outgoing
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

    host: Host = Field(examples=["mail.example.ru"], description="Name or IP address of the server")
    port: Port = Field(0, description="Left out: 993 or 143 for IMAP; 465, 587 or 25 for SMTP, by the security")
    security: Security = Field("tls", description="tls from the first byte, starttls, or none")
    verify: StrictBool = Field(True, description="Whether the server's certificate must be valid")
    ca_file: Line = Field("", description="File with certificates that vouch for the server, in PEM")
    login: Line | None = Field(None, description="Left out: the mailbox's address for IMAP, the login of IMAP for SMTP")

    @model_validator(mode="after")
    def _choose_port(self) -> Self:
        self.port = self.port or self.ports[self.security]
        return self


class Imap(Server):
    """Where the mailbox's mail is collected; the login is the mailbox's address unless it says otherwise."""

    ports: ClassVar[dict[str, int]] = {"tls": 993, "starttls": 143, "none": 143}

    password: Password = Field(
        examples=["${MAIL_PASSWORD}"],
        description="Where the password is: ${NAME} for an environment variable, or file:/path",
    )
    folder: Name = Field("INBOX", description="Which folder is read")


class Smtp(Server):
    """Through which server answers leave; login and password are those of IMAP unless it says otherwise.

    An empty login means a server that asks for none.
    """

    ports: ClassVar[dict[str, int]] = {"tls": 465, "starttls": 587, "none": 25}

    password: Password | None = Field(None, description="Where the password is; left out, it is that of IMAP")


class Sender(Entry):
    """A sender rule: who may create tickets, and by which template.

    The first rule that lets a mail in decides what becomes of it; ``on_mismatch: next`` lets the one after it decide.
    """

    pattern: Pattern = Field(
        examples=['"*@example.ru"'],
        description="Who: an address, *@domain, or *@* for everybody; the most specific one is asked first",
    )
    to: Address = Field(
        "", description="Only mail to this alias or plus-address of the mailbox; such rules are asked first"
    )
    name: Line = Field("", description="Tells apart rules for the same senders")
    template: Name = Field(
        examples=["Заявка по почте"], description="The ticket template; it needs an object and a work type"
    )
    enabled: StrictBool = Field(True, description="false: as if the rule were not there")
    receive: StrictBool = Field(True, description="false: mails of these senders never become tickets")
    reply_by_chat: StrictBool = Field(True, description="false: chat messages do not leave as mail")
    forwarded_counts: StrictBool = Field(
        False, description="true: a mail that they pass on counts as one of its original sender"
    )
    trust: Literal["any", "verified"] = Field(
        "any", description="verified: only mail whose sender is proven; other mail is held"
    )
    subject_regex: Regex = Field(
        "", description="Regular expression for the subject; its named groups fill fields of the ticket"
    )
    message_regex: Regex = Field(
        "", description="Regular expression for the message; its named groups fill fields of the ticket"
    )
    match_against: Literal["html", "text"] = Field(
        "html", description="What message_regex reads: the HTML source if there is one, or the text"
    )
    on_mismatch: Literal["error", "skip", "template", "next"] = Field(
        "error",
        description="error: hold the mail; skip: no ticket; template: by the template alone; next: ask the next rule",
    )
    join_same_number: StrictBool = Field(
        False, description="true: a mail with an external number seen before joins that ticket"
    )
    samples: list[Sample] = Field(default_factory=list, description="Mails with the fields that the rule must fill")


class Mailbox(Entry):
    """A collection address with its servers and senders."""

    address: Address = Field(examples=["help@example.ru"], description="The collection address")
    aliases: list[Address] = Field(default_factory=list, description="Other addresses whose mail arrives here")
    enabled: StrictBool = Field(True, description="false: no mail is taken, and nothing is lost")
    name: Line = Field("", description="Shown to customers as the sender of our mail")
    language: Language = Field("ru", description="Of the notices: ru or en")
    time_zone: Zone = Field("UTC", description="IANA name, in which deadlines are read and times are written")
    poll_seconds: Annotated[int, Field(strict=True, ge=1, le=86_400)] = Field(
        60, description="Seconds between two looks into the mailbox"
    )
    authserv_ids: list[AuthservId] = Field(
        default_factory=list, description="Servers whose Authentication-Results are believed"
    )
    arc: StrictBool = Field(False, description="true: believe the ARC chains that these servers sealed, too")
    protocol: Protocol = Field("imap", description="IMAP is the only one")
    preset: Literal["yandex"] | None = Field(None, description="Fills in the servers of a known provider")
    imap: Imap = Field(
        examples=['{host: imap.example.ru, password: "${MAIL_PASSWORD}"}'], description="Where mail is collected"
    )
    smtp: Smtp | None = Field(None, description="Where answers leave; without it nothing is sent")
    outgoing: Outgoing | None = Field(None, description="How it writes: signature, texts, notices, limits")
    blocked: list[Pattern] = Field(
        default_factory=list, description="Senders whose mail is ignored here: addresses, *@domain"
    )
    senders: list[Sender] = Field(default_factory=list, description="Who may create tickets here")

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

    customers: Customers = Field(default_factory=list, description="Companies that tickets are for")
    districts: Districts = Field(default_factory=list, description="Parts of the territory")
    roles: list[Role] = Field(default_factory=list, description="What service users may do")
    service_users: ServiceUsers = Field(ServiceUsers(), description="On whose behalf programs act")
    work_types: Terms = Field(default_factory=list, description="Kinds of work")
    ticket_types: Terms = Field(default_factory=list, description="Kinds of tickets")
    criticalities: Terms = Field(default_factory=list, description="How urgent tickets are")
    canned_replies: list[CannedReply] = Field(default_factory=list, description="Answers kept ready")
    custom_fields: CustomFields = Field(default_factory=list, description="Own fields of tickets")
    objects: list[Object] = Field(default_factory=list, description="Places and pieces of equipment")
    templates: list[Template] = Field(default_factory=list, description="How new tickets look")
    blocked: list[Pattern] = Field(
        default_factory=list, description="Senders whose mail is ignored in every mailbox: addresses, *@domain"
    )
    mailboxes: list[Mailbox] = Field(default_factory=list, description="Collection addresses")
