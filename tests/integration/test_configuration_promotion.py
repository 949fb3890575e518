"""A configuration taken from one environment to another, over both databases; and an apply that is killed half-way."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from backbone import clock
from backbone.catalogue.tables import customers, mailboxes
from backbone.ledger import inbound
from backbone.ledger.inbound import Seen
from backbone.vault import new_key
from console.configuration.kinds import KINDS
from tests.support.configurations import EVERY_KEY, PASSWORDS, Place, done, place
from tests.support.databases import Databases
from tests.support.pipeline import ROOT

HALF_WAY = """
import sys
from sqlalchemy import Engine, event
from console.cli import main

@event.listens_for(Engine, "before_cursor_execute")
def stop(connection, cursor, statement, *rest):
    if "INSERT INTO sender_rules" in statement:
        print("half-way", flush=True)
        sys.stdin.read()

sys.argv = ["postroom", "apply", sys.argv[1]]
main()
"""


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def two(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[tuple[Place, Place]]:
    url = postgres_databases.create()
    urls = [""] * 2
    urls[0 if request.param.startswith("postgresql") else 1] = url
    with ExitStack() as stack:
        first, second = (stack.enter_context(place(tmp_path / str(at), url)) for at, url in enumerate(urls))
        assert first.database.embedded != second.database.embedded
        yield first, second
    postgres_databases.drop(url)


def test_what_is_exported_here_is_the_same_there(two: tuple[Place, Place]) -> None:
    staging, production = two
    production.apply("customers: [Старый]\nwork_types: [Уборка]\n")
    staging.apply(EVERY_KEY)
    text = staging.export()
    for digest in re.findall(r"sha256:(\w+)", text):
        production.blobs.put(staging.blobs.get(digest))
    passwords = {name: f"own {name}" for name in re.findall(r"\$\{(\w+)\}", text)}
    assert done(production.plan(text, passwords, prune=True))["removed"] == {
        ("customers", "Старый"),
        ("work_types", "Уборка"),
    }
    production.apply(text, passwords, prune=True)
    assert not production.plan(text, passwords, prune=True)
    assert not production.plan(text, {}, prune=True)
    assert not staging.plan(text, {}, prune=True)
    assert production.export() == text
    assert not any(secret in text for secret in (*PASSWORDS.values(), *passwords.values()))


def test_a_mailbox_with_mails_is_kept_switched_off_on_both(two: tuple[Place, Place]) -> None:
    for here in two:
        here.apply(EVERY_KEY)
        with here.database.transaction() as connection:
            box = connection.scalar(select(mailboxes.c.id).where(mailboxes.c.address == "quiet@example.ru"))
            assert box
            inbound.record(connection, [Seen(box, "INBOX", 1, 1, "d", "<m>", "r", 1)], clock.now())
        changes = here.apply("customers: [Ромашка]\n", prune=True)
        assert done(changes)["switched off"] == {("mailboxes", "quiet@example.ru")}
        assert not here.plan("customers: [Ромашка]\n", prune=True)
        assert [here.count(kind.table) for kind in KINDS if here.count(kind.table)] == [1, 1]


def test_an_apply_that_is_killed_leaves_nothing(two: tuple[Place, Place]) -> None:
    for here in two:
        environment = (
            os.environ
            | PASSWORDS
            | {
                "POSTROOM_DATA_DIR": str(here.folder),
                "POSTROOM_DATABASE_URL": here.database.url.render_as_string(hide_password=False),
                "POSTROOM_SECRET_KEY": new_key(),
                "PYTHONPATH": str(ROOT),
            }
        )
        with subprocess.Popen(
            [sys.executable, "-c", HALF_WAY, str(EVERY_KEY)],
            cwd=here.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == "half-way\n"
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert [here.count(kind.table) for kind in KINDS] == [0] * len(KINDS)
        here.apply(EVERY_KEY)
        assert here.count(customers) == 2
