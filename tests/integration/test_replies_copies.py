"""Copies to the Sent folder of a real IMAP server: one of each mail, whatever happens, and no second send for it."""

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backbone import clock
from backbone.catalogue.tables import mailboxes
from backbone.ledger import copies, trace
from backbone.ledger.states import Outbound
from backbone.ledger.tables import sent_copies
from replies import copying, service
from replies.settings import ReplySettings
from tests.support.databases import Databases
from tests.support.house import House, house
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline, pipeline
from tests.support.sending import add_mailbox, owe, owed, set_outgoing
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for

OWN = ReplySettings(timeout=10, answer_timeout=10, first_retry=60, give_up_after=100)
SENT = "Отправленные"
IVAN = "ivan@customer.example"
SECONDS = 30


@pytest.fixture
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases, own_settings: None
) -> Iterator[House]:
    del own_settings
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, threads=8, database_url=url) as made:
        yield made


def add_box(office: House, smtp: SmtpServer, box: Mailbox, folder: str = SENT) -> int:
    """Add the mailbox ``box`` of the IMAP server, which has the folder ``SENT``."""
    with box.open().login(box.address, box.password) as opened:
        opened.folder.create(SENT)
    made = add_mailbox(office, smtp, box.address)
    office.change(
        mailboxes,
        mailboxes.c.id == made,
        imap_host=box.host,
        imap_port=box.port,
        imap_security="tls",
        imap_ca_file=str(box.ca_file),
        imap_password=office.runtime.vault.encrypt(box.password),
    )
    set_outgoing(office, made, sent_folder=folder)
    return made


def stored(box: Mailbox) -> list[Any]:
    """Return the mails in the Sent folder."""
    with box.open().login(box.address, box.password, initial_folder=SENT) as opened:
        return list(opened.fetch(mark_seen=False))


def lapse(office: House) -> None:
    """Let the time pass until every copy is due and no lease holds any more, and do what is due."""
    office.change(sent_copies, sent_copies.c.due_at.is_not(None), due_at=clock.after(-1), leased_until=clock.after(-1))
    for event in copying.due_copies(office.runtime):
        copying.copy(office.runtime, event.outbound_ids)  # type: ignore[attr-defined]  # only such events come


def test_what_was_sent_is_copied_as_read(office: House, smtp_server: SmtpServer, mailbox: Mailbox) -> None:
    box = add_box(office, smtp_server, mailbox)
    ids = owe(office, box, IVAN, "petr@customer.example")
    service.send(office.runtime, ids)
    assert [row.copied_at for row in office.rows(sent_copies)] == [None, None]
    assert stored(mailbox) == []
    lapse(office)
    found = stored(mailbox)
    assert {mail.headers["message-id"][0] for mail in found} == {owed(office, one).message_id for one in ids}
    assert all("\\Seen" in mail.flags for mail in found)
    sent = message_from_bytes(smtp_server.mails()[0].content)
    copied = next(mail for mail in found if mail.headers["message-id"][0] == sent["Message-ID"])
    assert copied.obj["Date"] == sent["Date"]
    assert all(row.copied_at and row.due_at is None for row in office.rows(sent_copies))
    lapse(office)
    copying.copy(office.runtime, ids)
    assert len(stored(mailbox)) == 2


def test_no_copy_is_owed_where_none_is_wanted(office: House, smtp_server: SmtpServer, mailbox: Mailbox) -> None:
    box = add_box(office, smtp_server, mailbox, folder="")
    service.send(office.runtime, owe(office, box, IVAN))
    assert office.rows(sent_copies) == []
    set_outgoing(office, box, sent_folder=SENT)
    service.send(office.runtime, owe(office, box, IVAN))
    set_outgoing(office, box)
    lapse(office)
    assert (office.rows(sent_copies), stored(mailbox)) == ([], [])


def test_a_copy_whose_record_was_lost_is_not_made_again(
    office: House, smtp_server: SmtpServer, mailbox: Mailbox
) -> None:
    box = add_box(office, smtp_server, mailbox)
    service.send(office.runtime, owe(office, box, IVAN))
    lapse(office)
    office.change(sent_copies, copied_at=None, due_at=clock.now())
    lapse(office)
    assert len(stored(mailbox)) == 1
    assert office.rows(sent_copies)[0].copied_at


def test_a_copy_under_way_is_made_by_nobody_else(office: House, smtp_server: SmtpServer, mailbox: Mailbox) -> None:
    box = add_box(office, smtp_server, mailbox)
    (mail_id,) = owe(office, box, IVAN)
    service.send(office.runtime, [mail_id])
    with office.runtime.database.transaction() as connection:
        assert copies.lease(connection, [mail_id], clock.after(60))
        assert copies.lease(connection, [mail_id], clock.after(60)) == []
    copying.copy(office.runtime, [mail_id])
    assert stored(mailbox) == []


def test_a_folder_that_is_not_there_is_told_and_given_up_at_last(
    office: House, smtp_server: SmtpServer, mailbox: Mailbox
) -> None:
    box = add_box(office, smtp_server, mailbox, folder="No such")
    (mail_id,) = owe(office, box, IVAN)
    service.send(office.runtime, [mail_id])
    lapse(office)
    row = office.rows(sent_copies)[0]
    assert "'No such' for sent mail cannot be opened" in row.error
    assert 50 < (row.due_at - clock.now()).total_seconds() <= 60
    for _ in range(3):
        lapse(office)
    row = office.rows(sent_copies)[0]
    assert (row.due_at, row.copied_at, row.attempts) == (None, None, 3)
    with office.runtime.database.reading() as connection:
        (shown,) = trace.stuck(connection, 9)
    assert (shown["ledger"], shown["id"], shown["reason"], shown["what"]) == (
        "sent_copy",
        mail_id,
        "no_copy",
        row.error,
    )
    # The mail itself was sent, once, and a person may have the copy tried again.
    assert owed(office, mail_id).state == Outbound.SENT
    set_outgoing(office, box, sent_folder=SENT)
    with office.runtime.database.transaction() as connection:
        assert copies.renew(connection, [mail_id]) == [mail_id]
    lapse(office)
    assert len(stored(mailbox)) == 1
    assert len(smtp_server.mails()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"imap_port": 1}, "Nothing answers"),
        ({"imap_password": "sealed by nobody"}, "POSTROOM_SECRET_KEY"),
        ({"imap_ca_file": ""}, "is not accepted"),
    ],
)
def test_a_server_that_cannot_be_used(
    office: House, smtp_server: SmtpServer, mailbox: Mailbox, changes: dict[str, Any], words: str
) -> None:
    box = add_box(office, smtp_server, mailbox)
    service.send(office.runtime, owe(office, box, IVAN, IVAN))
    office.change(mailboxes, **changes)
    set_outgoing(office, box, sent_folder=SENT)
    lapse(office)
    for row in office.rows(sent_copies):
        assert (words in row.error, row.attempts, row.copied_at) == (True, 1, None)


@pytest.fixture
def running(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Pipeline]:
    """A pipeline whose leases are over after three seconds."""
    with pipeline(tmp_path, database_url=postgres_url, amqp_url=amqp_url, sending_lease="3", requeue_after="1") as made:
        yield made


def test_a_worker_killed_between_the_copy_and_its_record_leaves_one_copy(
    tmp_path: Path, running: Pipeline, smtp_server: SmtpServer, mailbox: Mailbox
) -> None:
    names = ("database_url", "secret_key", "blob_url")
    shared: dict[str, Any] = {name: running.environment[f"POSTROOM_{name.upper()}"] for name in names}
    with (
        house(tmp_path, **shared) as office,
        psycopg.connect(shared["database_url"].replace("+psycopg", ""), autocommit=True) as gate,
    ):
        box = add_box(office, smtp_server, mailbox)
        gate.execute(
            "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END'"
        )
        gate.execute(
            "CREATE TRIGGER gate BEFORE UPDATE ON sent_copies FOR EACH ROW WHEN (NEW.copied_at IS NOT NULL) "
            "EXECUTE FUNCTION wait_at_gate()"
        )
        gate.execute("SELECT pg_advisory_lock(4711)")
        running.start("scheduler", "scheduler")
        running.start("replies", "worker", "replies")
        owe(office, box, IVAN)
        wait_for(lambda: len(stored(mailbox)) == 1, SECONDS, "the copy in the folder")
        assert office.rows(sent_copies)[0].copied_at is None
        running.kill("replies")
        gate.execute("SELECT pg_advisory_unlock(4711)")
        gate.execute("DROP TRIGGER gate ON sent_copies")
        running.start("replies", "worker", "replies")
        wait_for(lambda: office.rows(sent_copies)[0].copied_at, SECONDS, "the record of the copy")
        assert office.rows(sent_copies)[0].attempts == 2
        assert len(stored(mailbox)) == 1
        assert len(smtp_server.mails()) == 1
