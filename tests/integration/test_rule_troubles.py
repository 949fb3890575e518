"""Rules' troubles are counted on both databases, also by many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backbone.ledger import troubles
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import rule_troubles
from backbone.ledger.troubles import Trouble
from tests.support.databases import Databases
from tests.support.house import House, house, letter


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, threads=8, database_url=url) as made:
        made.add_mailbox()
        yield made


def test_many_batches_count_the_same_rules_in_any_order(office: House) -> None:
    def record(number: int) -> None:
        rules = range(1, 9) if number % 2 else range(8, 0, -1)
        with office.runtime.database.transaction() as connection:
            troubles.record(
                connection,
                [Trouble(rule, 1, 100 * rule + number, InboundReason.REGEX_TIMEOUT) for rule in (*rules, 1)],
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
    rows = office.rows(rule_troubles)
    assert {row.rule_id: row.failures for row in rows} == {rule: 80 if rule == 1 else 40 for rule in range(1, 9)}
    assert all(row.mail_id // 100 == row.rule_id for row in rows)


def test_nothing_is_written_where_nothing_went_wrong(office: House) -> None:
    with office.runtime.database.transaction() as connection:
        troubles.record(connection, ())
    (mail_id,) = office.read(letter())
    row = office.mail(mail_id)
    assert (row.state, row.selection["verdict"], row.selection["rule_id"]) == (Inbound.PARSED, "open", row.rule_id)
    assert office.rows(rule_troubles) == []
