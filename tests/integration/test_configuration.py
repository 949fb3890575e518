"""A configuration in PostgreSQL: every key of the examples, and the size of a large company."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from backbone.blobs import Blobs
from backbone.catalogue.snapshot import load
from backbone.database import Database
from backbone.vault import Vault, new_key
from console.configuration.apply import apply, plan
from console.configuration.changes import Action
from console.configuration.read import read

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
PASSWORDS = {"POSTROOM_HELP_PASSWORD": "Correct Horse", "POSTROOM_OFFICE_PASSWORD": "Battery Staple"}
SECONDS = 20
"""What a file with a thousand mailboxes may take, from reading it to the commit; of our own time on the processor, as
tests run beside others."""


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with closing(Database(postgres_url)) as opened:
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs")


@pytest.mark.parametrize("name", ["mail.yml", "regex-mail.yml"])
def test_an_example_is_stored_whole_and_applying_it_again_changes_nothing(
    database: Database, blobs: Blobs, name: str
) -> None:
    vault, asked = Vault((new_key(),)), read([EXAMPLES / name], PASSWORDS)
    assert apply(database, vault, blobs, asked)
    assert not apply(database, vault, blobs, asked)
    assert not plan(database, vault, blobs, asked)
    with database.reading() as connection:
        rules = load(connection, 1).mailboxes[1].rules
    assert [rule.pattern for rule in rules] == [sender.pattern for sender in asked.mailboxes[0].senders]


def test_a_thousand_mailboxes_take_seconds_and_few_statements(tmp_path: Path, database: Database, blobs: Blobs) -> None:
    path = tmp_path / "large.yml"
    path.write_text("\n".join([*_directory(), "mailboxes:", *map(_mailbox, range(1000))]), encoding="utf-8")
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *about: statements.append(about[2]))
    vault = Vault((new_key(),))
    began = time.process_time()
    asked = read([path], {"SECRET": "Correct Horse"})
    assert apply(database, vault, blobs, asked).count(Action.CREATED) == 7003
    assert time.process_time() - began < SECONDS
    assert len(statements) < 80
    assert not plan(database, vault, blobs, asked)


def _directory() -> Iterator[str]:
    yield "work_types: [{name: Ремонт, aliases: [починка]}]"
    yield "objects: [{name: Склад, work_types: [Ремонт]}]"
    yield "templates: [{name: Почта, object: Склад, work_type: Ремонт}]"
    yield "customers:"
    for number in range(1000):
        yield f"  - name: Клиент {number}\n    domains: [client{number}.ru]\n    people: [{{address: i@p{number}.ru}}]"


def _mailbox(number: int) -> str:
    return f"""\
  - address: box{number}@example.ru
    aliases: [alias{number}@example.ru]
    imap: {{host: imap.example.ru, password: '${{SECRET}}'}}
    smtp: {{host: smtp.example.ru}}
    senders:
      - pattern: '*@client{number}.ru'
        template: Почта
        message_regex: 'номер (?<taskNumber>\\d+)((.|\\n)*)срок: (?<taskDeadline>.*?)<br>((.|\\n)*){number}'
        join_same_number: true
      - {{pattern: '*@*', to: alias{number}@example.ru, template: Почта}}
      - {{pattern: 'head@client{number}.ru', template: Почта}}
      - {{pattern: '*@*', template: Почта}}"""
