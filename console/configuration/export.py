"""The whole catalogue as a configuration file: what was applied once, in one order, without what goes without saying.

Two databases that hold the same give the same text, byte by byte: entries are sorted by their names, and sender rules
stand in the order in which they are asked. What has been retired is not in it.
"""

from __future__ import annotations

from backbone.addresses import readable
from console.configuration import written
from console.configuration.brief import Data, all_readable, by_name, short
from console.configuration.directory import (
    CannedReply,
    Closed,
    Customer,
    CustomField,
    District,
    Object,
    Person,
    Role,
    ServiceUser,
    Template,
    Term,
)
from console.configuration.export_mailboxes import Exporter, SampleWriter
from console.configuration.kinds import Row
from console.configuration.logos import LogoWriter, stored_logo
from console.configuration.stored import Stored
from console.configuration.values import ALL

_HEAD = """\
# Mail configuration of Postroom, written by 'postroom export'.
#
#   postroom plan FILE     shows what differs from the database
#   postroom apply FILE    writes it, all or nothing
#   postroom schema        tells an editor which keys there are
"""
_VARIABLES = """\
#
# Passwords are never exported: these variables of the environment stand for them. Where the database holds the
# mailbox already, those that are not set stay as they are stored; elsewhere set them to the passwords of that place.
#
"""


def stored_mail(sample: Data) -> Data:
    """Return what the file says of a sample whose mail stays in the blob store."""
    return {"mail": f"sha256:{sample['mail']}"}


def export(held: Stored, sample: SampleWriter = stored_mail, logo: LogoWriter = stored_logo) -> str:
    """Return the text of the file. ``sample`` says where the mails of pinned samples are, ``logo`` where logos are."""
    mailboxes = Exporter(held, sample, logo)
    data = _directory(held) | {"mailboxes": list(mailboxes.mailboxes())}
    shown = {key: value for key, value in data.items() if value} or {"mailboxes": []}
    variables = "".join(f"#   {name}\n" for name in mailboxes.variables)
    return f"{_HEAD}{_VARIABLES if variables else ''}{variables}\n{written.text(shown)}"


def _directory(held: Stored) -> Data:
    return {
        "customers": _customers(held),
        "districts": [by_name(short(District, row)) for row in held.in_use("districts")],
        "roles": [short(Role, row) for row in held.in_use("roles")],
        "service_users": {row["kind"]: _service_user(row) for row in held.in_use("service_users")},
        "work_types": _terms(held, "work_types"),
        "ticket_types": _terms(held, "ticket_types"),
        "criticalities": _terms(held, "criticalities"),
        "canned_replies": [_canned_reply(row) for row in held.in_use("canned_replies")],
        "custom_fields": [by_name(short(CustomField, row)) for row in held.in_use("custom_fields")],
        "objects": [_object(row) for row in held.in_use("objects")],
        "templates": [_template(row) for row in held.in_use("templates")],
        "blocked": [readable(row["pattern"]) for row in held.in_use("blocked")],
    }


def _terms(held: Stored, kind: str) -> list[str | Data]:
    return [by_name(short(Term, row)) for row in held.in_use(kind)]


def _canned_reply(row: Row) -> Data:
    return short(CannedReply, row | {"ticket_types": sorted(row["ticket_types"])})


def _customers(held: Stored) -> list[str | Data]:
    people: dict[str, list[Data]] = {}
    for row in held.in_use("people"):
        people.setdefault(row["customer_id"], []).append(short(Person, row | {"address": readable(row["address"])}))
    return [by_name(_customer(row, people.get(row["name"], []))) for row in held.in_use("customers")]


def _customer(row: Row, people: list[Data]) -> Data:
    return short(Customer, row | {"domains": all_readable(row["domains"]), "people": people})


def _service_user(row: Row) -> Data:
    districts = ALL if row["all_districts"] else sorted(row["districts"])
    return short(ServiceUser, row | {"roles": sorted(row["roles"]), "districts": districts})


def _object(row: Row) -> Data:
    named = {"customer": row["customer_id"], "district": row["district_id"], "work_types": sorted(row["work_types"])}
    return short(Object, row | named)


def _template(row: Row) -> Data:
    names = ("ticket_type", "customer", "object", "work_type", "criticality")
    closed = short(Closed, row)
    return short(Template, row | {name: row[f"{name}_id"] for name in names} | {"closed": closed or Closed()})
