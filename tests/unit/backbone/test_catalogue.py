"""The catalogue in memory is that of one version, also while somebody applies another."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, insert, select, text, update

from backbone.catalogue import snapshot
from backbone.catalogue.snapshot import CatalogueCache
from backbone.catalogue.tables import customers, mailboxes, sender_rules, templates, version
from backbone.database import Database
from tests.support.ledger import add_mailbox

ROUNDS = 25


def change(connection: Connection, address: str) -> None:
    """Rename the mailbox and its rule, as ``apply`` does: with a new version, in one transaction."""
    connection.execute(update(mailboxes).where(mailboxes.c.id == 1).values(address=address))
    connection.execute(update(sender_rules).values(pattern=address))
    connection.execute(update(version).values(number=version.c.number + 1))


def add_rule(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(insert(templates).values(id=1, name="Почта"))
        connection.execute(insert(sender_rules).values(mailbox_id=1, pattern="first", template_id=1))
        change(connection, "first")


def test_it_is_loaded_once_for_each_version(database: Database) -> None:
    cache = CatalogueCache()
    add_rule(database)
    with database.reading() as connection:
        first = cache.current(connection)
        assert cache.current(connection) is first
    with database.transaction() as connection:
        change(connection, "second")
    with database.reading() as connection:
        second = cache.current(connection)
    assert (first.mailboxes[1].address, second.mailboxes[1].address) == ("first", "second")
    assert second.version == first.version + 1


def test_threads_never_see_half_of_a_change(database: Database) -> None:
    add_rule(database)
    cache = CatalogueCache()
    done = threading.Event()
    torn: list[str] = []

    def read() -> None:
        while not done.is_set():
            with database.reading() as connection:
                held = cache.current(connection)
            box = held.mailboxes[1]
            if box.address != box.rules[0].pattern:
                torn.append(f"{box.address} {box.rules[0].pattern}")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(ROUNDS):
        with database.transaction() as connection:
            change(connection, str(number))
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
    with database.reading() as connection:
        assert cache.current(connection).mailboxes[1].address == str(ROUNDS - 1)


def test_a_mailbox_without_smtp_and_a_new_one_are_there(database: Database) -> None:
    other = add_mailbox(database, smtp_host="127.0.0.1", smtp_port=465, smtp_security="tls")
    with database.reading() as connection:
        held = snapshot.load(connection, 1)
        connection.execute(select(customers.c.id))
        connection.execute(text("SELECT 1"))
    assert held.mailboxes[1].smtp is None
    assert held.mailboxes[other].smtp is not None
    assert len(held.addresses) == 2
