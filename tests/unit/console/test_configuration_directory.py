"""What applying makes of the directory, the service users, the rules and their samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, select, update

from backbone.blobs import Blobs, key_of
from backbone.catalogue import tables
from backbone.catalogue.directory import load_service_user
from backbone.catalogue.model import Catalogue, Mismatch
from backbone.catalogue.snapshot import load
from backbone.database import Database, metadata
from backbone.errors import UserError
from backbone.vault import Vault, new_key
from console.configuration.apply import apply
from console.configuration.changes import Action, Changes
from console.configuration.read import read

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
PASSWORDS = {"POSTROOM_HELP_PASSWORD": "Correct Horse", "POSTROOM_OFFICE_PASSWORD": "Battery Staple"}


class Office:
    """A database and a store, and configurations applied to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder}/postroom.db")
        metadata.create_all(self.database.engine)
        self.blobs = Blobs(f"file://{folder}/blobs")
        self.vault = Vault((new_key(),))

    def apply(self, text: str) -> Changes:
        path = self.folder / "mail.yml"
        path.write_text(text, encoding="utf-8")
        return self.apply_file(path)

    def apply_file(self, path: Path) -> Changes:
        return apply(self.database, self.vault, self.blobs, read([path], PASSWORDS))

    def catalogue(self) -> Catalogue:
        with self.database.reading() as connection:
            return load(connection, 1)

    def column(self, table: Table, name: str) -> list[object]:
        with self.database.reading() as connection:
            return list(connection.scalars(select(table.c[name]).order_by(table.c.id)))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.database.close()


RULE = """\
work_types: [Ремонт]
objects: [{name: Склад, work_types: [Ремонт]}]
templates: [{name: Почта, object: Склад, work_type: Ремонт}]
mailboxes:
  - address: help@example.ru
    imap: {host: imap.example.ru, password: '${POSTROOM_HELP_PASSWORD}'}
    senders:
      - pattern: "*@*"
        template: Почта
        subject_regex: заявка (?<taskNumber>\\d+)
"""


def changed(changes: Changes) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.kind, step.title, step.fields) for step in changes.steps if step.action is Action.CHANGED]


def test_the_stages_read_the_directory(office: Office) -> None:
    office.apply_file(EXAMPLES / "mail.yml")
    found = office.catalogue()
    directory = found.directory
    names = {entry.name: key for key, entry in directory.customers.items()}
    assert {domain: directory.customers[key].name for domain, key in directory.domains.items()} == {
        "romashka.example": "Ромашка",
        "xn--80a1acny.xn--p1ai": "Ромашка",
    }
    anna = directory.people["anna@romashka.example"]
    assert (anna.name, anna.phone, anna.language, anna.customer_id) == (
        "Анна Соколова",
        "+7 900 000-00-01",
        "ru",
        names["Ромашка"],
    )
    assert directory.people["anna.sokolova@gmail.com"].language is None
    assert {entry.name: entry.aliases for entry in directory.work_types.values()}["Ремонт"] == (
        "Repair",
        "Ремонтные работы",
    )
    assert directory.custom_fields == {"pass_number": "Номер пропуска", "floor": ""}
    office_object = next(item for item in directory.objects.values() if item.name == "Ромашка, главный офис")
    assert office_object.aliases == ("Офис на Лесной, 5", "Ромашка ГО")
    assert office_object.district_id
    template = next(item for item in found.templates.values() if item.name == "Ромашка по почте")
    assert (template.assignee, template.reopen_days) == ("Смена 1", 30)
    assert found.blocked == {"*@casino.example", "spammer@mail.example"}


def test_the_stages_read_service_users_and_rules(office: Office) -> None:
    office.apply_file(EXAMPLES / "mail.yml")
    found = office.catalogue()
    assert found.api_user.permissions == {"create_tickets", "add_messages", "reopen_tickets"}
    assert (found.api_user.enabled, found.api_user.districts) == (True, None)
    with office.database.reading() as connection:
        anonymous = load_service_user(connection, "anonymous")
    assert anonymous.permissions == {"create_tickets"}
    assert not anonymous.enabled
    assert len(anonymous.districts or ()) == 1
    first, second = found.mailboxes[1], found.mailboxes[2]
    assert first.aliases == {"support@example.ru", "112@example.ru"}
    assert second.blocked == {"*@newsletter.example"}
    assert [(rule.recipient, rule.position) for rule in first.rules[:2]] == [("help+avaria@example.ru", 0), ("", 1)]
    orders = second.rules[0]
    assert (orders.name, orders.trust, orders.regex_source, orders.mismatch, orders.join_same_number) == (
        "orders",
        "verified",
        "text",
        Mismatch.NEXT,
        True,
    )
    assert orders.subject_regex == r"Order (?<taskNumber>[A-Z]{2}-\d+)"


def test_a_template_keeps_the_code_that_it_was_made_with(office: Office) -> None:
    office.apply(RULE)
    (code,) = office.column(tables.templates, "code")
    assert len(str(code)) == 22
    changes = office.apply(RULE.replace("work_type: Ремонт}]", "work_type: Ремонт, assignee: Иванов}]"))
    assert changed(changes) == [("templates", "Почта", ("assignee",))]
    assert office.column(tables.templates, "code") == [code]


def test_what_was_retired_comes_back_when_a_file_names_it(office: Office) -> None:
    office.apply(RULE)
    with office.database.transaction() as connection:
        for table in (tables.objects, tables.mailboxes):
            connection.execute(update(table).values(retired=True))
    assert changed(office.apply(RULE)) == [
        ("objects", "Склад", ("retired",)),
        ("mailboxes", "help@example.ru", ("retired",)),
    ]
    assert office.column(tables.objects, "retired") == [False]
    assert not office.apply(RULE)


def test_lists_without_an_order_compare_by_what_is_in_them(office: Office) -> None:
    text = (
        "districts: [Север, Юг]\n"
        "roles: [{name: А, permissions: [add_messages, create_tickets]}, {name: Б, permissions: []}]\n"
        "service_users: {api: {roles: [А, Б], districts: [Север]}}\n"
        "customers: [{name: Ромашка, domains: [б.рф, a.example]}]\n"
    )
    office.apply(text)
    assert not office.apply(
        text.replace("[add_messages, create_tickets]", "[create_tickets, add_messages, create_tickets]")
        .replace("[А, Б]", "[Б, А]")
        .replace("[б.рф, a.example]", "[A.example, Б.рф]")
    )
    assert changed(office.apply(text.replace("districts: [Север]}", "districts: all}").replace("[А, Б]", "[А]"))) == [
        ("service_users", "api", ("all_districts", "roles", "districts"))
    ]
    assert office.catalogue().api_user.districts is None
    assert office.catalogue().api_user.permissions == {"create_tickets", "add_messages"}


def test_rules_of_one_sender_are_told_apart_and_may_change_places(office: Office) -> None:
    passing = RULE + "        on_mismatch: next\n"
    second = '      - {pattern: "*@*", template: Почта, name: прочее}\n'
    office.apply(passing + second)
    assert [rule.name for rule in office.catalogue().mailboxes[1].rules] == ["", "прочее"]
    moved = '      - {pattern: "*@*", template: Почта, to: help@example.ru}\n'
    office.apply(passing.replace("    senders:\n", "    senders:\n" + moved) + second)
    rules = sorted(office.catalogue().mailboxes[1].rules, key=lambda rule: rule.position)
    assert [(rule.recipient, rule.name) for rule in rules] == [("help@example.ru", ""), ("", ""), ("", "прочее")]


def test_samples_are_kept_with_the_rule_and_their_mails_in_the_store(office: Office) -> None:
    raw = b"From: anna@example.com\r\nSubject: =?utf-8?q?=D0=B7=D0=B0=D1=8F=D0=B2=D0=BA=D0=B0?= 17\r\n\r\nhello\r\n"
    (office.folder / "order.eml").write_bytes(raw)
    text = RULE + "        samples:\n          - {file: order.eml, expect: {external_number: 17}}\n"
    office.apply(text)
    expected = {"name": "order.eml", "mail": key_of(raw), "expect": {"external_number": "17"}}
    assert office.column(tables.sender_rules, "samples") == [[expected]]
    assert office.blobs.get(key_of(raw)) == raw
    same = f"name: order.eml, mail: 'sha256:{key_of(raw)}'"
    assert not office.apply(text.replace("file: order.eml", same))
    assert changed(office.apply(text.replace("{external_number: 17}", "{}"))) == [
        ("senders", "help@example.ru → *@*", ("samples",))
    ]


def test_a_sample_that_the_store_has_not_stops_everything(office: Office) -> None:
    key = "0" * 64
    with pytest.raises(UserError) as caught:
        office.apply(RULE + f"        samples: [{{mail: '{key}'}}]\n")
    assert str(caught.value) == (
        f"Nothing was applied, as the store has no mail sha256:{key}, which is a sample of the sender *@* of "
        "help@example.ru; give the mail as a 'file', or take it out."
    )
    assert office.column(tables.mailboxes, "id") == []
