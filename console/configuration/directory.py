"""The directory in a configuration file: what tickets are about, whom they are for, and who may do what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool

from backbone.catalogue.model import Permission
from console.configuration.entry import (
    Address,
    Alias,
    Canned,
    Description,
    Domain,
    Entry,
    Identifier,
    Invitation,
    Language,
    Line,
    Name,
    Permitted,
    Phone,
    Prefix,
    by_name,
)
from console.configuration.faults import wrong
from console.configuration.values import ALL, MAX_REOPEN_DAYS, district_name


class Person(Entry):
    """A registered person of a customer: one whose address is known beforehand."""

    address: Address = Field(examples=["ivan@example.ru"], description="Mail address")
    name: Line = Field("", description="Full name")
    phone: Phone = Field("", description="Phone number")
    language: Language | None = Field(None, description="Of mails to this person; left out, that of the mailbox")


class Customer(Entry):
    """A company that tickets are for, with the domains that its mail comes from."""

    name: Name = Field(examples=["Ромашка"], description="Unique name")
    domains: list[Domain] = Field(default_factory=list, description="Mail from these domains is this customer's")
    people: list[Person] = Field(default_factory=list, description="Registered people")


class District(Entry):
    """A part of the territory; an object belongs to one, or to none."""

    name: Annotated[Name, BeforeValidator(district_name)] = Field(examples=["Север"], description="Unique name")


class Role(Entry):
    """What somebody is allowed to do."""

    name: Name = Field(examples=["Приём почты"], description="Unique name")
    permissions: list[Permitted] = Field(examples=[f"[{', '.join(Permission)}]"], description="What it allows")


def _all_or_some(value: Any) -> Any:
    if isinstance(value, str) and value != ALL:
        raise wrong(f"'districts' cannot be {value!r}", f"write 'districts: {ALL}', or a list of districts")
    return [ALL] if value == ALL else value


class ServiceUser(Entry):
    """On whose behalf a program acts. ``districts`` is ``[ALL]`` for one who may act in every one of them."""

    enabled: StrictBool = Field(True, description="false: nothing is done on its behalf, and mails wait")
    roles: list[Name] = Field(examples=["[Приём почты]"], description="Names of roles; their permissions add up")
    districts: Annotated[
        list[Name], BeforeValidator(_all_or_some, json_schema_input_type=Literal["all"] | list[str])
    ] = Field(examples=[ALL], description="Where it may act: all, or names of districts")


class ServiceUsers(Entry):
    """The pipeline acts as ``api``; whoever sends a ticket from the page behind a QR code as ``anonymous``."""

    api: ServiceUser | None = Field(
        None, description="Acts for the mail pipeline and for programs; left out, everything is allowed"
    )
    anonymous: ServiceUser | None = Field(
        None, description="Acts for people who send a ticket from a page without being registered"
    )

    def extend(self, other: ServiceUsers) -> None:
        """Take over what another file says; that both speak of one user is for ``references`` to refuse."""
        self.api = other.api or self.api
        self.anonymous = other.anonymous or self.anonymous


class Term(Entry):
    """A work type, a ticket type or a criticality, with the other names that mails have for it."""

    name: Name = Field(examples=["Ремонт"], description="Unique name")
    aliases: list[Alias] = Field(default_factory=list, description="Other names that mails have for it")


class CannedReply(Entry):
    """An answer kept ready; fields in braces, such as ``{number}``, are filled in from the ticket."""

    name: Name = Field(examples=["Мастер выехал"], description="Unique name")
    text: Canned = Field(examples=["Мастер выехал по заявке {number}."], description="What is sent; {{ is a brace")
    ticket_types: list[Name] = Field(
        default_factory=list, description="For which types of tickets; left out, for all of them"
    )


class CustomField(Entry):
    """A field of our own on tickets; a regular expression fills it by a group called ``custom_<name>``."""

    name: Identifier = Field(examples=["pass_number"], description="A letter, then letters, figures and _")
    label: Line = Field("", description="What people read")


class Object(Entry):
    """A place or a piece of equipment that tickets are about, with the work that is done on it."""

    name: Name = Field(examples=["Для почты"], description="Unique name")
    aliases: list[Alias] = Field(default_factory=list, description="Other names that mails have for it")
    address: Description = Field("", description="Where it is")
    customer: Name | None = Field(None, description="Whose it is; left out, everybody's")
    district: Name | None = Field(None, description="In which district it is")
    work_types: list[Name] = Field(
        default_factory=list, description="The work done on it; a template may use only these"
    )


class Closed(Entry):
    """What an answer to a closed ticket does: it opens the ticket again for so many days, later it makes a new one."""

    reopen_days: Annotated[int, Field(strict=True, ge=0, le=MAX_REOPEN_DAYS)] = Field(
        14, description="Days; 0 for never"
    )


class Template(Entry):
    """A ticket template; mail needs one with an object and a work type."""

    name: Name = Field(examples=["Заявка по почте"], description="Unique name")
    published: StrictBool = Field(True, description="false: the page behind its QR code shows nothing")
    web_submission: StrictBool = Field(
        False, description="true: people may send a ticket from the page behind its QR code"
    )
    ticket_type: Name | None = Field(None, description="Type of the tickets")
    customer: Name | None = Field(None, description="Whose tickets; left out, a general template")
    object: Name | None = Field(None, description="What the tickets are about; mail needs one")
    work_type: Name | None = Field(None, description="One of the object's; mail needs one")
    criticality: Name | None = Field(None, description="Of the tickets")
    description: Description = Field("", description="Left out: the mail's text")
    assignee: Line = Field("", description="Who gets the tickets")
    invitation: Invitation = Field("", description="Text on the page behind the QR code")
    number_prefix: Prefix = Field("", description="Letters before the number; left out, the default")
    closed: Closed = Field(Closed(), description="What an answer to a closed ticket does")


Customers = list[Annotated[Customer, BeforeValidator(by_name, json_schema_input_type=str | Customer)]]
Districts = list[Annotated[District, BeforeValidator(by_name, json_schema_input_type=str | District)]]
Terms = list[Annotated[Term, BeforeValidator(by_name, json_schema_input_type=str | Term)]]
CustomFields = list[Annotated[CustomField, BeforeValidator(by_name, json_schema_input_type=str | CustomField)]]
