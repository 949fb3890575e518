"""The directory in a configuration file: what tickets are about, whom they are for, and who may do what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool

from backbone.catalogue.model import Permission
from console.configuration.entry import (
    Address,
    Alias,
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

    address: Address = Field(examples=["ivan@example.ru"])
    name: Line = ""
    phone: Phone = ""
    language: Language | None = None


class Customer(Entry):
    """A company that tickets are for, with the domains that its mail comes from."""

    name: Name = Field(examples=["Ромашка"])
    domains: list[Domain] = Field(default_factory=list)
    people: list[Person] = Field(default_factory=list)


class District(Entry):
    """A part of the territory; an object belongs to one, or to none."""

    name: Annotated[Name, BeforeValidator(district_name)] = Field(examples=["Север"])


class Role(Entry):
    """What somebody is allowed to do."""

    name: Name = Field(examples=["Приём почты"])
    permissions: list[Permitted] = Field(examples=[f"[{', '.join(Permission)}]"])


def _all_or_some(value: Any) -> Any:
    if isinstance(value, str) and value != ALL:
        raise wrong(f"'districts' cannot be {value!r}", f"write 'districts: {ALL}', or a list of districts")
    return [ALL] if value == ALL else value


class ServiceUser(Entry):
    """On whose behalf a program acts. ``districts`` is ``[ALL]`` for one who may act in every one of them."""

    enabled: StrictBool = True
    roles: list[Name] = Field(examples=["[Приём почты]"])
    districts: Annotated[
        list[Name], BeforeValidator(_all_or_some, json_schema_input_type=Literal["all"] | list[str])
    ] = Field(examples=[ALL])


class ServiceUsers(Entry):
    """The pipeline acts as ``api``; whoever sends a ticket from the page behind a QR code as ``anonymous``."""

    api: ServiceUser | None = None
    anonymous: ServiceUser | None = None

    def extend(self, other: ServiceUsers) -> None:
        """Take over what another file says; that both speak of one user is for ``references`` to refuse."""
        self.api = other.api or self.api
        self.anonymous = other.anonymous or self.anonymous


class Term(Entry):
    """A work type, a ticket type or a criticality, with the other names that mails have for it."""

    name: Name = Field(examples=["Ремонт"])
    aliases: list[Alias] = Field(default_factory=list)


class CustomField(Entry):
    """A field of our own on tickets; a regular expression fills it by a group called ``custom_<name>``."""

    name: Identifier = Field(examples=["pass_number"])
    label: Line = ""


class Object(Entry):
    """A place or a piece of equipment that tickets are about, with the work that is done on it."""

    name: Name = Field(examples=["Для почты"])
    aliases: list[Alias] = Field(default_factory=list)
    address: Description = ""
    customer: Name | None = None
    district: Name | None = None
    work_types: list[Name] = Field(default_factory=list)


class Closed(Entry):
    """What an answer to a closed ticket does: it opens the ticket again for so many days, later it makes a new one."""

    reopen_days: Annotated[int, Field(strict=True, ge=0, le=MAX_REOPEN_DAYS)] = 14


class Template(Entry):
    """A ticket template; mail needs one with an object and a work type."""

    name: Name = Field(examples=["Заявка по почте"])
    published: StrictBool = True
    web_submission: StrictBool = False
    ticket_type: Name | None = None
    customer: Name | None = None
    object: Name | None = None
    work_type: Name | None = None
    criticality: Name | None = None
    description: Description = ""
    assignee: Line = ""
    invitation: Invitation = ""
    number_prefix: Prefix = ""
    closed: Closed = Closed()


Customers = list[Annotated[Customer, BeforeValidator(by_name, json_schema_input_type=str | Customer)]]
Districts = list[Annotated[District, BeforeValidator(by_name, json_schema_input_type=str | District)]]
Terms = list[Annotated[Term, BeforeValidator(by_name, json_schema_input_type=str | Term)]]
CustomFields = list[Annotated[CustomField, BeforeValidator(by_name, json_schema_input_type=str | CustomField)]]
