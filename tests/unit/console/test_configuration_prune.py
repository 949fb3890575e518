"""Removing what the files do not name: deleted, or kept for history and seen by nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from backbone import clock
from backbone.catalogue import tables
from backbone.catalogue.snapshot import load
from backbone.catalogue.tables import mailboxes, templates
from backbone.ledger import inbound
from backbone.ledger.inbound import Seen
from backbone.ledger.tables import rule_troubles
from console.configuration.kinds import KINDS
from tests.support import schema
from tests.support.configurations import PASSWORDS, Place, done
from tests.support.shell import Shell
from tickets.models import contacts, tickets

FILE = """\
customers: [{name: Ромашка, people: [{address: a@y.ru}]}, Вектор]
districts: [Север]
roles: [{name: Р, permissions: [create_tickets]}]
service_users: {api: {roles: [Р], districts: [Север]}}
work_types: [Ремонт, Уборка]
custom_fields: [shift]
blocked: ["*@spam.ru"]
objects:
  - {name: Склад, customer: Вектор, district: Север, work_types: [Ремонт, Уборка]}
templates:
  - {name: Почта, object: Склад, work_type: Ремонт}
mailboxes:
  - address: help@x.ru
    imap: {host: imap.x.ru, password: "${FIRST}"}
    senders: [{pattern: "*@y.ru", template: Почта}, {pattern: "*@*", template: Почта}]
"""
EMPTY = "customers: []\n"


def write_history(place: Place, *, mail: bool = False, contact: bool = False, ticket: bool = False) -> None:
    with place.database.transaction() as connection:
        if contact:
            customer = connection.scalar(select(tables.customers.c.id).where(tables.customers.c.name == "Вектор"))
            row = {"address": "b@y.ru", "customer_id": customer, "created_at": clock.now()}
            connection.execute(insert(contacts).values(row))
        if mail or ticket:
            box, template = (connection.execute(select(table.c.id)).scalar_one() for table in (mailboxes, templates))
            seen = Seen(box, "INBOX", 1, 1, "d", "<m>", "r", 1)
            (mail_id,) = inbound.record(connection, [seen], clock.now())
        if ticket:
            row = {"number": "O1", "mailbox_id": box, "inbound_id": mail_id, "template_id": template, "subject": ""}
            times = {"created_at": clock.now(), "updated_at": clock.now()}
            connection.execute(insert(tickets).values(row | times | {"description": "", "reply_by_chat": True}))


def values(place: Place, table: str, *columns: str) -> list[tuple[Any, ...]]:
    found = next(kind.table for kind in KINDS if kind.name == table)
    with place.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(*(found.c[name] for name in columns)))]


def test_without_prune_everything_stays(place: Place) -> None:
    place.apply(FILE)
    assert not place.plan(EMPTY)


def test_what_nothing_refers_to_is_deleted(place: Place) -> None:
    place.apply(FILE)
    seen = place.plan(EMPTY, prune=True)
    changes = place.apply(EMPTY, prune=True)
    assert seen == changes
    assert set(done(changes)) == {"removed"}
    assert [place.count(kind.table) for kind in KINDS] == [0] * len(KINDS)
    assert not place.apply(EMPTY, prune=True)


def test_only_what_is_not_named_goes(place: Place) -> None:
    place.apply(FILE)
    shorter = FILE.replace(', {pattern: "*@*", template: Почта}', "").replace("[Ремонт, Уборка]", "[Ремонт]")
    shorter = shorter.replace(", people: [{address: a@y.ru}]", "").replace("[shift]", "[shift, gate]")
    assert done(place.apply(shorter, prune=True)) == {
        "created": {("custom_fields", "gate")},
        "changed": {("objects", "Склад")},
        "removed": {("people", "a@y.ru"), ("work_types", "Уборка"), ("senders", "help@x.ru → *@*")},
    }


def test_a_mailbox_with_mails_is_switched_off_and_kept(place: Place) -> None:
    place.apply(FILE)
    write_history(place, mail=True)
    changes = place.apply(EMPTY, prune=True)
    assert done(changes)["switched off"] == {("mailboxes", "help@x.ru")}
    assert values(place, "mailboxes", "retired", "enabled") == [(True, False)]
    assert place.count(tables.sender_rules) == place.count(tables.templates) == 0
    assert not place.plan(EMPTY, prune=True)
    assert "help@x.ru" not in place.export()


def test_a_contact_keeps_its_customer(place: Place) -> None:
    place.apply(FILE)
    write_history(place, contact=True)
    changes = place.apply(EMPTY, prune=True)
    assert done(changes)["switched off"] == {("customers", "Вектор")}
    assert values(place, "customers", "name", "retired") == [("Вектор", True)]


def test_a_ticket_keeps_all_that_its_template_refers_to(place: Place) -> None:
    place.apply(FILE)
    write_history(place, ticket=True)
    found = done(place.apply(EMPTY, prune=True))
    assert found["switched off"] == {
        ("mailboxes", "help@x.ru"),
        ("templates", "Почта"),
        ("objects", "Склад"),
        ("customers", "Вектор"),
        ("work_types", "Ремонт"),
        ("work_types", "Уборка"),
    }
    assert ("districts", "Север") in found["removed"]
    assert values(place, "objects", "district_id", "retired") == [(None, True)]
    assert not place.plan(EMPTY, prune=True)
    assert place.export().endswith("\nmailboxes: []\n")
    assert ("objects", "Склад") in done(place.apply(FILE, prune=True))["created"]
    assert not place.plan(FILE, prune=True)


def test_what_comes_back_has_its_history(place: Place) -> None:
    place.apply(FILE)
    write_history(place, mail=True, contact=True)
    before = values(place, "mailboxes", "id")
    place.apply(EMPTY, prune=True)
    changes = place.apply(FILE)
    assert ("mailboxes", "help@x.ru") in done(changes)["created"]
    assert values(place, "mailboxes", "id", "retired", "enabled") == [(*before[0], False, True)]
    assert not place.plan(FILE, prune=True)
    with place.database.reading() as connection:
        found = load(connection, 1)
    assert [mailbox.enabled for mailbox in found.mailboxes.values()] == [True]
    assert {entry.name for entry in found.directory.customers.values()} == {"Ромашка", "Вектор"}


def test_the_id_of_a_removed_rule_is_never_given_again(place: Place) -> None:
    """Mails name the rule that let them in, by its id."""
    place.apply(FILE)
    before = {row[0] for row in values(place, "senders", "id")}
    with place.database.transaction() as connection:
        row = {"rule_id": max(before), "mailbox_id": 1, "failures": 1, "reason": "x", "mail_id": 1}
        connection.execute(insert(rule_troubles).values(row | {"failed_at": clock.now()}))
    place.apply(EMPTY, prune=True)
    assert place.count(rule_troubles) == 0
    place.apply(FILE)
    assert not before & {row[0] for row in values(place, "senders", "id")}


def test_prune_tells_plainly_when_nothing_is_left(shell: Shell, tmp_path: Path) -> None:
    schema.put(tmp_path)
    path = tmp_path / "mail.yml"
    path.write_text(FILE, encoding="utf-8")
    shell("apply", str(path), **PASSWORDS)
    path.write_text("customers: [Ромашка]\n", encoding="utf-8")
    shown = shell("plan", str(path), "--prune").out
    assert "- mailbox help@x.ru\n" in shown
    assert "Note: The files name no mailboxes: all 1 go.\n" in shown
    assert "Note: Without service users the pipeline may do everything.\n" in shown
    result = shell("apply", str(path), "--prune")
    assert "removed 2 senders: help@x.ru → *@y.ru, help@x.ru → *@*\n" in result.out
    assert result.out.endswith("Applied: 0 created, 0 changed, 14 removed, 1 as before.\n")
