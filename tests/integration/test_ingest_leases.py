"""A worker has a mailbox for itself for as long as its lease lasts, and asks the database little for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from backbone import clock
from backbone.runtime import Runtime
from ingest import queries, service
from ingest.identity import identify
from ingest.models import mailbox_states
from tests.support.mailboxes import Mailbox
from tests.support.mails import mixed
from tests.support.runtimes import add_mailbox, own_settings, runtime
from tests.support.waiting import wait_for

SECONDS = 30


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url) as made:
        yield made


def lease_end(opened: Runtime) -> datetime:
    with opened.database.reading() as connection:
        return connection.scalar(select(mailbox_states.c.lease_until)) or clock.now()


def test_a_lease_is_kept_alive_for_as_long_as_the_work_lasts(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_settings(monkeypatch, lease=10)
    mailbox.append(mixed(1, mailbox.address))
    box = add_mailbox(opened, mailbox)
    inside, go_on = threading.Event(), threading.Event()

    def wait_inside(raw: bytes) -> tuple[str, str | None]:
        inside.set()
        assert go_on.wait(SECONDS)
        return identify(raw)

    monkeypatch.setattr("ingest.taking.identify", wait_inside)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(service.fetch, opened, box)
        assert inside.wait(SECONDS)
        begun = lease_end(opened)
        wait_for(lambda: lease_end(opened) > begun, SECONDS, "the renewal of the lease")
        assert service.fetch(opened, box) == 0
        go_on.set()
        assert first.result(SECONDS) == 1
    with opened.database.reading() as connection:
        assert connection.scalar(select(mailbox_states.c.lease_token)) is None


def test_a_lease_belongs_to_its_token_until_it_lapses(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox)
    later = clock.after(60)
    with opened.database.transaction() as connection:
        queries.add_missing_states(connection)
        assert queries.lease(connection, box, "dead", later) == 0
        assert queries.lease(connection, box, "mine", later) is None
        connection.execute(update(mailbox_states).values(lease_until=clock.after(-1), failures=2))
        assert queries.lease(connection, box, "mine", later) == 2
        queries.release(connection, box, "dead")
        queries.complete(connection, box, "dead", later)
        assert not queries.renew(connection, box, "dead", later)
        assert queries.renew(connection, box, "mine", later)
        assert queries.lease(connection, box, "another's", later) is None
        assert connection.scalar(select(mailbox_states.c.failures)) == 2, "the end of a run that was late says nothing"


def test_a_lease_given_back_is_not_renewed_by_its_late_keeper(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox)
    with opened.database.transaction() as connection:
        queries.add_missing_states(connection)
        assert queries.lease(connection, box, "mine", clock.after(60)) is not None
        queries.release(connection, box, "mine")
        assert not queries.renew(connection, box, "mine", clock.after(60))
        assert queries.lease(connection, box, "another's", clock.after(60)) is not None


def test_a_run_takes_few_statements(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox)
    service.fetch(opened, box)
    mailbox.append(mixed(5, mailbox.address))
    asked: list[str] = []

    def note(*about: object) -> None:
        asked.append(str(about[2]))

    event.listen(opened.database.engine, "before_cursor_execute", note)
    assert service.fetch_due(opened, box, clock.now()) == 5
    assert len(asked) == 6, asked
