"""Blobs in an S3 store, and a catalogue in PostgreSQL that changes under those who read it."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import insert, update

from backbone.blobs import BlobMissingError, Blobs, StoreUnavailableError
from backbone.catalogue.snapshot import CatalogueCache
from backbone.catalogue.tables import mailboxes, sender_rules, templates, version
from backbone.database import Database
from tests.support.buckets import Bucket
from tests.support.ledger import add_mailbox

CONTENT = bytes(range(256)) * 50


def test_the_same_bytes_come_back_and_are_stored_once(s3_bucket: Bucket) -> None:
    blobs = Blobs(s3_bucket.url, s3_bucket.options)
    key = blobs.put(CONTENT, durable=True)
    assert blobs.put(CONTENT) == key
    assert blobs.get(key) == CONTENT
    assert blobs.get(blobs.put(b"")) == b""


def test_a_missing_blob_is_told_from_a_missing_bucket(s3_bucket: Bucket) -> None:
    with pytest.raises(BlobMissingError):
        Blobs(s3_bucket.url, s3_bucket.options).get("0" * 64)
    wrong = Blobs("s3://no-such-bucket-here", s3_bucket.options)
    with pytest.raises(StoreUnavailableError):
        wrong.get("0" * 64)
    with pytest.raises(StoreUnavailableError):
        wrong.put(CONTENT)


def test_a_store_that_cannot_be_reached_is_told_soon(s3_bucket: Bucket) -> None:
    away = Blobs(s3_bucket.url, s3_bucket.options | {"endpoint": "http://127.0.0.1:1"})
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        away.put(CONTENT)
    assert time.monotonic() - started < 15


def test_nobody_sees_half_of_a_change_to_the_catalogue(postgres_url: str) -> None:
    with closing(Database(postgres_url)) as database:
        add_mailbox(database, address="first")
        with database.transaction() as connection:
            connection.execute(insert(templates).values(id=1, name="Почта"))
            connection.execute(insert(sender_rules).values(mailbox_id=1, pattern="first", template_id=1))
            connection.execute(insert(version).values(id=1, number=1))
        done = threading.Event()
        seen = 0
        torn: list[str] = []

        def change() -> None:
            number = 0
            while not done.is_set():
                number += 1
                with database.transaction() as connection:
                    connection.execute(update(mailboxes).values(address=str(number)))
                    connection.execute(update(sender_rules).values(pattern=str(number)))
                    connection.execute(update(version).values(number=version.c.number + 1))
                done.wait(0.002)

        writer = threading.Thread(target=change)
        writer.start()
        cache = CatalogueCache()
        try:
            end = time.monotonic() + 30
            while seen < 100 and time.monotonic() < end:
                with database.reading() as connection:
                    box = cache.current(connection).mailboxes[1]
                seen += 1
                if box.address != box.rules[0].pattern:
                    torn.append(f"{box.address} {box.rules[0].pattern}")
        finally:
            done.set()
            writer.join()
    assert seen == 100
    assert torn == []
