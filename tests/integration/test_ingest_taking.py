"""Mail is taken from a real IMAP server into a real database: every mail, byte for byte, once, and only then Seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from backbone import clock, stage
from backbone.blobs import StoreUnavailableError
from backbone.contracts import MailboxDue
from backbone.ledger import inbound as ledger
from backbone.ledger.tables import inbound
from backbone.runtime import Runtime
from ingest import queries, service, taking
from ingest.identity import identify
from ingest.imap import Folder
from ingest.models import mailbox_states
from tests.support.mailboxes import Mailbox
from tests.support.mails import make, mixed
from tests.support.runtimes import add_mailbox, change_mailbox, count, mails, own_settings, runtime


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url) as made:
        yield made


def state(opened: Runtime, mailbox_id: int) -> tuple[object, ...]:
    with opened.database.reading() as connection:
        row = connection.execute(select(mailbox_states).where(mailbox_states.c.mailbox_id == mailbox_id)).one()
    return (row.lease_token, row.failures, row.last_error)


def test_every_mail_is_taken_as_it_is_and_once(opened: Runtime, mailbox: Mailbox) -> None:
    sent = list(mixed(60, mailbox.address))
    mailbox.append(sent)
    box = add_mailbox(opened, mailbox)
    assert service.fetch(opened, box) == 60
    rows = mails(opened)
    assert [opened.blobs.get(row.raw_key) for row in rows] == sent
    assert {row.state for row in rows} == {"received"}
    assert [row.size for row in rows] == [len(mail) for mail in sent]
    assert all(row.due_at <= clock.now() for row in rows)
    assert mailbox.unseen() == 0
    assert service.fetch(opened, box) == 0
    assert count(opened) == 60
    assert state(opened, box) == (None, 0, None)


def test_a_mail_stays_unread_until_it_is_in_the_ledger(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(mixed(3, mailbox.address))
    box = add_mailbox(opened, mailbox)
    unread_at_commit: list[int] = []
    record = ledger.record

    def look_and_record(connection: Connection, seen: Sequence[ledger.Seen], due_at: datetime) -> list[int]:
        unread_at_commit.append(mailbox.unseen())
        return record(connection, seen, due_at)

    monkeypatch.setattr(ledger, "record", look_and_record)
    assert service.fetch(opened, box) == 3
    assert (unread_at_commit, mailbox.unseen()) == ([3], 0)


def test_a_store_that_is_away_leaves_mail_unread_and_the_mailbox_free(opened: Runtime, mailbox: Mailbox) -> None:
    mailbox.append(mixed(3, mailbox.address))
    box = add_mailbox(opened, mailbox)
    folder = opened.settings.data_dir / "blobs"
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")
    with pytest.raises(StoreUnavailableError):
        service.fetch(opened, box)
    assert (mailbox.unseen(), count(opened), state(opened, box)) == (3, 0, (None, 0, None))
    folder.unlink()
    folder.with_name("away").rename(folder)
    assert service.fetch(opened, box) == 3


def test_a_bug_is_written_down_and_holds_the_mailbox_back(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(mixed(1, mailbox.address))
    box = add_mailbox(opened, mailbox)
    with monkeypatch.context() as patched:
        patched.setattr(taking, "identify", lambda raw: raw.missing)
        assert service.fetch(opened, box) == 0
    lease, failures, sentence = state(opened, box)
    assert (lease, failures) == (None, 1)
    assert "fault of this program (AttributeError)" in str(sentence)
    assert service.fetch(opened, box) == 1
    assert state(opened, box) == (None, 0, None)


def test_one_mail_to_two_mailboxes_reaches_both_and_twice_in_one_is_a_duplicate(
    opened: Runtime, mailbox_factory: Callable[[], Mailbox]
) -> None:
    one, other = mailbox_factory(), mailbox_factory()
    mail = make("plain_ru", 1, one.address)
    one.append([mail, b"Received: by another way\r\n" + mail])
    other.append([mail])
    boxes = [add_mailbox(opened, box) for box in (one, other)]
    assert [service.fetch(opened, box) for box in boxes] == [1, 1]
    rows = mails(opened)
    assert [(row.mailbox_id, row.state) for row in rows] == [
        (boxes[0], "received"),
        (boxes[0], "duplicate"),
        (boxes[1], "received"),
    ]
    assert rows[1].duplicate_of == rows[0].id
    assert rows[0].raw_key == rows[2].raw_key
    assert (one.unseen(), other.unseen()) == (0, 0)


def test_a_folder_made_anew_brings_no_known_mail_twice_and_hides_no_new_one(opened: Runtime, mailbox: Mailbox) -> None:
    known = list(mixed(5, mailbox.address))
    with mailbox.open().login(mailbox.address, mailbox.password) as client:
        client.folder.create("Tickets")
        mailbox.append(known, "Tickets")
        box = add_mailbox(opened, mailbox, imap_folder="Tickets")
        assert service.fetch(opened, box) == 5
        client.folder.set("INBOX")
        client.folder.delete("Tickets")
        client.folder.create("Tickets")
    mailbox.append([make("plain_ru", 100, mailbox.address), *known], "Tickets")
    assert service.fetch(opened, box) == 1
    rows = mails(opened)
    assert len({row.uid_validity for row in rows}) == 2
    assert sorted(row.state for row in rows) == ["duplicate"] * 5 + ["received"] * 6
    assert mailbox.unseen("Tickets") == 0


def test_mails_marked_unread_again_are_not_taken_again(opened: Runtime, mailbox: Mailbox) -> None:
    mailbox.append(mixed(4, mailbox.address))
    box = add_mailbox(opened, mailbox)
    assert service.fetch(opened, box) == 4
    with mailbox.open().login(mailbox.address, mailbox.password) as client:
        client.flag(client.uids(), "\\Seen", value=False)
    mailbox.append([make("plain_ru", 99, mailbox.address)])
    assert service.fetch(opened, box) == 1
    assert (count(opened), mailbox.unseen()) == (5, 0)


def test_of_a_mail_over_the_limit_only_the_headers_are_taken(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = make("plain_ru", 1, mailbox.address), make("attachment", 2, mailbox.address)
    own_settings(monkeypatch, max_mail_bytes=len(large) - 1)
    mailbox.append([small, large])
    box = add_mailbox(opened, mailbox)
    assert service.fetch(opened, box) == 2
    first, second = mails(opened)
    assert (first.oversize, first.size) == (False, len(small))
    assert (second.oversize, second.size) == (True, len(large))
    assert second.message_id == "<attachment.2@customer.example>"
    head = large[: large.index(b"\r\n\r\n") + 4]
    assert opened.blobs.get(second.raw_key) == head
    assert mailbox.unseen() == 0


def test_large_mailboxes_are_read_in_small_pieces(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = list(mixed(25, mailbox.address))
    mailbox.append(sent)
    pieces: list[int] = []
    bodies = Folder.bodies

    def count_and_fetch(folder: Folder, uids: Sequence[int]) -> dict[int, bytes]:
        found = bodies(folder, uids)
        pieces.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(Folder, "bodies", count_and_fetch)
    own_settings(monkeypatch, batch_mails=10, batch_bytes=4000)
    assert service.fetch(opened, add_mailbox(opened, mailbox)) == 25
    assert sum(pieces) == sum(map(len, sent))
    assert max(pieces) <= max(4000, *map(len, sent))
    assert len(pieces) > 3


def test_a_run_that_takes_too_long_lets_others_first(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(mixed(6, mailbox.address))
    own_settings(monkeypatch, batch_mails=2, longest_run=1e-9)
    box = add_mailbox(opened, mailbox)
    service.fetch(opened, box)
    with opened.database.transaction() as connection:
        assert queries.take_due(connection, 60) == [box]
    own_settings(monkeypatch, batch_mails=2)
    service.fetch(opened, box)
    assert count(opened) == 6


def test_a_process_that_is_asked_to_end_stops_after_the_batch_in_hand(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(mixed(6, mailbox.address))
    own_settings(monkeypatch, batch_mails=2)
    box = add_mailbox(opened, mailbox)

    def identify_and_be_asked(raw: bytes) -> tuple[str, str | None]:
        stage.stopping.set()
        return identify(raw)

    monkeypatch.setattr("ingest.taking.identify", identify_and_be_asked)
    assert service.fetch(opened, box) == 2
    stage.stopping.clear()
    assert len(service.due_mailboxes(opened)) == 1


def test_many_workers_at_once_take_each_mail_once(opened: Runtime, mailbox: Mailbox) -> None:
    mailbox.append(mixed(40, mailbox.address))
    box = add_mailbox(opened, mailbox)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: service.fetch(opened, box), range(4)))
    assert sum(taken) == count(opened) == 40


def test_workers_whose_leases_lapse_take_each_mail_once(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without leases at all, the ledger's keys still see to it."""
    mailbox.append(mixed(40, mailbox.address))
    box = add_mailbox(opened, mailbox)
    monkeypatch.setattr(queries, "lease", lambda *_: True)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: service.fetch(opened, box), range(4)))
    assert sum(taken) == count(opened) == 40
    assert {row.state for row in mails(opened)} == {"received"}


def test_a_mailbox_that_is_off_or_gone_is_left_alone(opened: Runtime, mailbox: Mailbox) -> None:
    mailbox.append(mixed(1, mailbox.address))
    box = add_mailbox(opened, mailbox, enabled=False)
    assert (service.fetch(opened, box), service.fetch(opened, 10**9)) == (0, 0)
    assert service.due_mailboxes(opened) == []
    change_mailbox(opened, box, enabled=True)
    assert len(service.due_mailboxes(opened)) == 1
    assert service.fetch(opened, box) == 1


def test_of_several_events_of_one_mailbox_one_is_carried_out(opened: Runtime, mailbox: Mailbox) -> None:
    """A queue that is long holds the same mailbox several times."""
    box = add_mailbox(opened, mailbox)
    published = clock.now()
    mailbox.append(mixed(1, mailbox.address))
    assert service.fetch_due(opened, box, published) == 1
    mailbox.append([make("plain_ru", 77, mailbox.address)])
    assert service.fetch_due(opened, box, published) == 0
    assert service.fetch_due(opened, box, clock.now()) == 1


def test_a_mailbox_is_due_again_after_its_pause_and_when_its_event_is_lost(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox, poll_seconds=30)
    (event,) = service.due_mailboxes(opened)
    assert isinstance(event, MailboxDue)
    assert event.mailbox_id == box
    assert service.due_mailboxes(opened) == []
    before = clock.now()
    service.fetch(opened, box)
    with opened.database.transaction() as connection:
        due = connection.scalar(select(mailbox_states.c.due_at)) or clock.now()
        assert before <= due - timedelta(seconds=30) <= clock.now()
        connection.execute(update(mailbox_states).values(due_at=clock.now()))
        connection.execute(delete(inbound))
    assert len(service.due_mailboxes(opened)) == 1
