"""Mails seen in a mailbox are recorded once each, and known for duplicates of one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from backbone import clock
from backbone.database import Database
from backbone.ledger import inbound
from backbone.ledger.inbound import Seen
from backbone.ledger.tables import inbound as table
from tests.support.ledger import add_mailbox

THREADS = 12
MAIL = Seen(1, "INBOX", 7, 1, "same", "<one@customer.example>", "raw", 100)


def record(database: Database, *mails: Seen) -> list[int]:
    with database.transaction() as connection:
        return inbound.record(connection, mails, clock.now())


def rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        wanted = select(table.c.uid, table.c.state, table.c.duplicate_of).order_by(table.c.uid_validity, table.c.uid)
        return list(connection.execute(wanted))


def test_new_mails_are_received_in_order_and_due(database: Database) -> None:
    ids = record(database, *(replace(MAIL, uid=uid, dedup_key=str(uid)) for uid in (5, 3, 9)))
    assert len(ids) == 3
    assert ids == sorted(ids)
    assert {(row.uid, row.state) for row in rows(database)} == {(5, "received"), (3, "received"), (9, "received")}


def test_the_same_place_is_recorded_once(database: Database) -> None:
    assert record(database, MAIL)
    assert record(database, MAIL) == []
    assert len(rows(database)) == 1


def test_the_same_mail_twice_in_a_mailbox_is_a_duplicate_of_the_first(database: Database) -> None:
    (first,) = record(database, MAIL)
    assert len(record(database, replace(MAIL, uid=2), replace(MAIL, uid=3, dedup_key="other"))) == 1
    assert rows(database) == [
        (1, "received", None),
        (2, "duplicate", first),
        (3, "received", None),
    ]


def test_the_same_mail_twice_in_one_batch_is_a_duplicate_of_the_first(database: Database) -> None:
    assert len(record(database, MAIL, replace(MAIL, uid=2), replace(MAIL, uid=3))) == 1
    assert [row.state for row in rows(database)] == ["received", "duplicate", "duplicate"]


def test_one_mail_to_two_mailboxes_reaches_both(database: Database) -> None:
    other = add_mailbox(database)
    assert record(database, MAIL)
    assert record(database, replace(MAIL, mailbox_id=other))
    assert [row.state for row in rows(database)] == ["received", "received"]


def test_a_rebuilt_mailbox_brings_known_mails_as_duplicates(database: Database) -> None:
    (first,) = record(database, MAIL)
    assert record(database, replace(MAIL, uid_validity=8)) == []
    assert rows(database) == [(1, "received", None), (1, "duplicate", first)]


def test_known_uids_are_those_of_this_folder_and_validity(database: Database) -> None:
    record(database, MAIL, replace(MAIL, uid=4, dedup_key="4"))
    with database.reading() as connection:
        assert inbound.known_uids(connection, 1, "INBOX", 7, [1, 2, 4]) == {1, 4}
        assert inbound.known_uids(connection, 1, "INBOX", 8, [1, 2, 4]) == set()
        assert inbound.known_uids(connection, 1, "Spam", 7, [1, 2, 4]) == set()
        assert inbound.known_uids(connection, 2, "INBOX", 7, [1, 2, 4]) == set()
        assert inbound.known_uids(connection, 1, "INBOX", 7, []) == set()


def test_many_threads_record_the_same_mails_once(database: Database) -> None:
    batches = [[replace(MAIL, uid=uid, dedup_key=str(uid)) for uid in range(start, start + 5)] for start in range(12)]
    with ThreadPoolExecutor(THREADS) as pool:
        ids = [one for new in pool.map(lambda batch: record(database, *batch), batches) for one in new]
    assert len(ids) == len(set(ids)) == 16
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 16
