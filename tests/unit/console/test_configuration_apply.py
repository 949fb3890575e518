"""Applying a configuration: once, twice, half-way, and at the size of a large company."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select

from backbone import clock
from backbone.blobs import Blobs
from backbone.catalogue import tables
from backbone.catalogue.model import Catalogue
from backbone.catalogue.snapshot import load
from backbone.database import Database, metadata
from backbone.ledger.tables import rule_troubles
from backbone.vault import Vault, new_key
from console.configuration.apply import apply as write
from console.configuration.apply import plan
from console.configuration.changes import Action, Changes
from console.configuration.directory import Customer
from console.configuration.model import Configuration
from console.configuration.read import read
from tests.support.configurations import Place

EXAMPLE = Path(__file__).parents[3] / "docs/examples/mail.yml"
ENTRIES = 42
PASSWORDS = {"POSTROOM_HELP_PASSWORD": "Correct Horse", "POSTROOM_OFFICE_PASSWORD": "Battery Staple"}
ONE_RULE = """\
work_types: [Ремонт]
objects: [{{name: Склад, work_types: [Ремонт]}}]
templates: [{{name: Почта, object: Склад, work_type: Ремонт}}]
mailboxes:
  - address: help@x.ru
    imap: {{host: imap.x.ru, password: "${{FIRST}}"}}
    senders: [{{pattern: "*@y.ru", template: Почта, subject_regex: "{}"}}]
"""


@pytest.fixture
def vault() -> Vault:
    return Vault((new_key(),))


def example(**passwords: str) -> Configuration:
    return read([EXAMPLE], PASSWORDS | passwords)


def catalogue(database: Database) -> Catalogue:
    with database.reading() as connection:
        return load(connection, connection.scalar(select(tables.version.c.number)) or 0)


def apply(database: Database, vault: Vault, configuration: Configuration) -> Changes:
    return write(database, vault, blobs(database), configuration)


def blobs(database: Database) -> Blobs:
    return Blobs(f"file://{Path(str(database.url.database)).parent}/blobs")


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def changed(changes: Changes) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(step.kind, step.title, step.fields) for step in changes.steps if step.action is Action.CHANGED]


def test_the_example_is_what_the_stages_read(database: Database, vault: Vault) -> None:
    changes = apply(database, vault, example())
    found = catalogue(database)
    assert (changes.count(Action.CREATED), changes.count(Action.CHANGED), found.version) == (ENTRIES, 0, 1)
    first, second = sorted(found.mailboxes.values(), key=lambda mailbox: mailbox.id)
    assert (first.address, first.imap.host, first.imap.port, first.language) == (
        "help@example.ru",
        "imap.yandex.ru",
        993,
        "ru",
    )
    assert vault.decrypt(first.imap.password) == "Correct Horse"
    assert first.smtp
    assert vault.decrypt(first.smtp.password) == "Correct Horse"
    assert [(rule.pattern, found.templates[rule.template_id].name, rule.reply_by_chat) for rule in first.rules] == [
        ("*@*", "Вектор, аварии", True),
        ("dispatcher@vector.example", "Вектор, аварии", True),
        ("*@romashka.example", "Ромашка по почте", True),
        ("*@xn--80a1acny.xn--p1ai", "Ромашка по почте", False),
        ("*@*", "Почта, общая", True),
    ]
    assert second.smtp
    assert (second.smtp.port, second.smtp.security, second.smtp.login) == (587, "starttls", "office")


def test_no_password_is_stored_or_shown_in_clear(database: Database, vault: Vault) -> None:
    changes = apply(database, vault, example())
    for text in (str(everything(database)), repr(changes), repr(example())):
        assert "Correct Horse" not in text
        assert "Battery Staple" not in text


def test_applying_again_changes_nothing(database: Database, vault: Vault) -> None:
    apply(database, vault, example())
    before = everything(database)
    changes = apply(database, vault, example())
    assert not changes
    assert changes.count(Action.UNCHANGED) == ENTRIES
    assert everything(database) == before


def test_only_what_differs_is_changed(database: Database, vault: Vault) -> None:
    apply(database, vault, example())
    edited = example(POSTROOM_HELP_PASSWORD="Tr0ub4dor")
    edited.objects[0].work_types.append("Ремонт")
    edited.templates[0].number_prefix = "ПО"
    edited.mailboxes[1].smtp = None
    edited.mailboxes[1].senders[0].enabled = False
    edited.customers.append(Customer(name="Новый"))
    seen = plan(database, vault, blobs(database), edited)
    changes = apply(database, vault, edited)
    assert seen == changes
    assert changes.names("customers", Action.CREATED) == ("Новый",)
    assert changed(changes) == [
        ("objects", "Для почты", ("work_types",)),
        ("templates", "Почта, общая", ("number_prefix",)),
        ("mailboxes", "help@example.ru", ("imap_password", "smtp_password")),
        (
            "mailboxes",
            "office@example.com",
            ("smtp_host", "smtp_port", "smtp_security", "smtp_ca_file", "smtp_login", "smtp_password"),
        ),
        ("senders", "office@example.com → *@northwind.example → orders", ("enabled",)),
    ]
    found = catalogue(database)
    assert found.version == 2
    assert vault.decrypt(found.mailboxes[1].imap.password) == "Tr0ub4dor"
    assert found.mailboxes[2].smtp is None
    assert not apply(database, vault, edited)


def test_what_the_file_does_not_name_stays(database: Database, vault: Vault) -> None:
    apply(database, vault, example())
    before = everything(database)
    assert not apply(database, vault, Configuration())
    shorter = example()
    del shorter.mailboxes[0].senders[1:]
    del shorter.mailboxes[1]
    assert not apply(database, vault, shorter)
    assert everything(database) == before


def test_an_address_in_another_spelling_is_the_same_mailbox(database: Database, vault: Vault) -> None:
    apply(database, vault, example())
    edited = example()
    edited.mailboxes[0].address = "Help@Example.ru"
    assert changed(apply(database, vault, edited)) == [("mailboxes", "Help@Example.ru", ("address",))]
    assert len(catalogue(database).mailboxes) == 2


def test_passwords_whose_key_is_lost_are_written_anew(database: Database, vault: Vault) -> None:
    apply(database, Vault((new_key(),)), example())
    assert [step[2] for step in changed(apply(database, vault, example()))] == [("imap_password", "smtp_password")] * 2
    assert vault.decrypt(catalogue(database).mailboxes[1].imap.password) == "Correct Horse"


def test_a_failure_half_way_leaves_nothing(database: Database, vault: Vault) -> None:
    before = everything(database)

    def fail(*arguments: object) -> None:
        if "INSERT INTO sender_rules" in str(arguments[2]):
            raise RuntimeError("the machine stops")

    event.listen(database.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="the machine stops"):
        apply(database, vault, example())
    event.remove(database.engine, "before_cursor_execute", fail)
    assert everything(database) == before
    assert apply(database, vault, example()).count(Action.CREATED) == ENTRIES


def test_a_thousand_mailboxes_take_seconds_and_few_statements(
    tmp_path: Path, database: Database, vault: Vault, counted: Callable[[], int]
) -> None:
    path = tmp_path / "large.yml"
    mailboxes = "".join(
        f"  - address: box{number}@example.ru\n"
        "    imap: {host: imap.example.ru, password: '${SECRET}'}\n"
        "    smtp: {host: smtp.example.ru}\n"
        "    senders:\n"
        f"      - {{pattern: '*@client{number}.ru', template: Почта}}\n"
        "      - {pattern: '*@*', template: Почта}\n"
        for number in range(1000)
    )
    path.write_text(
        "work_types: [Ремонт]\nobjects: [{name: Склад, work_types: [Ремонт]}]\n"
        f"templates: [{{name: Почта, object: Склад, work_type: Ремонт}}]\nmailboxes:\n{mailboxes}",
        encoding="utf-8",
    )
    began = time.process_time()
    configuration = read([path], {"SECRET": "Correct Horse"})
    assert apply(database, vault, configuration).count(Action.CREATED) == 3003
    assert not apply(database, vault, configuration)
    assert time.process_time() - began < 20
    assert counted() < 64
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.sender_rules)) == 2000


@pytest.fixture
def counted(database: Database) -> Callable[[], int]:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    return lambda: len(statements)


def test_a_rule_whose_regex_changes_has_no_troubles_any_more(place: Place) -> None:
    text = ONE_RULE.format("a+")
    place.apply(text)
    with place.database.transaction() as connection:
        rule = connection.scalar(select(tables.sender_rules.c.id))
        trouble = {"rule_id": rule, "mailbox_id": 1, "failures": 3, "reason": "regex_timeout", "mail_id": 1}
        connection.execute(insert(rule_troubles).values(trouble | {"failed_at": clock.now()}))
    place.apply(text.replace("name: Склад,", "name: Склад, address: Химки,"))
    assert place.count(rule_troubles) == 1
    place.apply(ONE_RULE.format("b+"))
    assert place.count(rule_troubles) == 0
