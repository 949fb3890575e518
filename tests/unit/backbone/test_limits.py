"""How many mails may leave: what is counted, what is put off, and until when."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from backbone.catalogue.outgoing import Limits
from backbone.database import Database
from backbone.ledger import limits
from backbone.ledger.limits import Over
from backbone.ledger.tables import send_counts

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def take(database: Database, wanted: Limits, seconds: float = 0, domain: str = "a.example") -> Over | None:
    with database.transaction() as connection:
        return limits.take(connection, limits.of(wanted, 1, domain), START + timedelta(seconds=seconds))


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        rows = connection.execute(select(send_counts)).all()
    return {row[0]: row[2] for row in rows}


def test_an_unlimited_mailbox_has_nothing_to_count() -> None:
    assert limits.of(Limits(), 1, "a.example") == []


def test_as_many_as_the_limit_go_in_each_window(database: Database) -> None:
    wanted = Limits(per_minute=3)
    assert [take(database, wanted, second) for second in (0, 30, 59)] == [None] * 3
    over = take(database, wanted, 59)
    assert over
    assert (over.limit.kind, over.until) == ("minute", START + timedelta(minutes=1))
    assert take(database, wanted, 60) is None
    assert len(counts(database)) == 1


def test_those_put_off_are_spread_over_the_windows_to_come(database: Database) -> None:
    wanted = Limits(per_minute=10)
    untils = [over.until for _ in range(45) if (over := take(database, wanted))]
    assert untils == sorted(untils)
    windows = Counter((until - START) // timedelta(minutes=1) for until in untils)
    assert windows == {1: 10, 2: 10, 3: 10, 4: 5}
    assert len(set(untils)) == len(untils)


def test_a_domain_has_its_own_limit(database: Database) -> None:
    wanted = Limits(per_domain_minute=1)
    assert take(database, wanted) is None
    over = take(database, wanted)
    assert over
    assert over.limit.kind == "domain_minute"
    assert take(database, wanted, domain="b.example") is None


def test_a_mail_put_off_by_one_limit_uses_up_no_other(database: Database) -> None:
    wanted = Limits(per_minute=2, per_hour=100)
    for _ in range(10):
        take(database, wanted)
    assert counts(database) == {"h:1": 2, "m:1": 10}


def test_the_limit_that_holds_up_for_longest_decides(database: Database) -> None:
    wanted = Limits(per_minute=1, per_hour=1)
    assert take(database, wanted) is None
    over = take(database, wanted)
    assert over
    assert (over.limit.kind, over.until) == ("hour", START + timedelta(hours=1))
