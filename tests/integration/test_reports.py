"""Reports on PostgreSQL: the newest mail and ticket of each rule are found by an index, however many there are."""

from pathlib import Path

from sqlalchemy import func, insert, literal, select, text

from backbone import clock
from backbone.catalogue.tables import sender_rules, templates
from backbone.ledger import reports
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound, rule_troubles
from tests.support.house import House, house, letter
from tickets import queries as ticket_queries
from tickets.models import tickets

MAILS = 20_000


def fill(office: House) -> None:
    """Write many mails that rules of another mailbox decided, without their stages."""
    number = func.generate_series(1, MAILS).column_valued("number")
    moment = literal(clock.now(), inbound.c.created_at.type)
    columns = ["mailbox_id", "folder", "uid_validity", "uid", "dedup_key", "raw_key", "size", "state", "rule_id"]
    key = func.concat("many ", number)
    row = (literal(1), literal("Many"), literal(1), number, key, literal("raw"), literal(1), literal("ignored"))
    many = select(*row, 10 + number % 50, literal(""), moment, moment)
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(inbound).from_select([*columns, "correlation_id", "created_at", "updated_at"], many))
        connection.execute(text("ANALYZE"))


def test_the_newest_of_each_rule(tmp_path: Path, postgres_url: str) -> None:
    with house(tmp_path, migrate=False, database_url=postgres_url) as office:
        office.add_mailbox(senders=("*@customer.example", "*@quiet.example"))
        fill(office)
        mail_ids = office.take(letter(), letter())
        with office.runtime.database.reading() as connection:
            calls = reports.last_calls(connection, 1)
            opened = ticket_queries.last_tickets(connection, 1)
            listed = reports.rules(connection, 1)
        assert {rule: row.id for rule, row in calls.items()} == {1: mail_ids[-1]}
        assert {rule: row.number for rule, row in opened.items()} == {1: office.rows(tickets)[-1].number}
        assert [(row.id, row.template) for row in listed] == [(1, "Почта"), (2, "Почта")]
        newest = select(func.max(inbound.c.id)).where(inbound.c.rule_id == 1)
        with office.runtime.database.reading() as connection:
            query = newest.compile(connection, compile_kwargs={"literal_binds": True})
            plan = "\n".join(connection.scalars(text(f"EXPLAIN {query}")))
        assert "ix_inbound_mails_rule_id_id" in plan, plan


def test_what_rules_hold_and_where_they_fail(tmp_path: Path, postgres_url: str) -> None:
    with house(tmp_path, migrate=False, database_url=postgres_url) as office:
        office.add_mailbox()
        (held,) = office.read(letter())
        values = {"state": Inbound.HELD, "reason": InboundReason.NOT_VERIFIED, "rule_id": 1, "due_at": None}
        office.change(inbound, inbound.c.id == held, **values)
        row = {"rule_id": 1, "mailbox_id": 1, "failures": 2, "reason": "regex_memory", "mail_id": held}
        with office.runtime.database.transaction() as connection:
            connection.execute(insert(rule_troubles).values(row | {"failed_at": clock.now()}))
            connection.execute(insert(templates).values(name="Другая"))
        begin, end = clock.after(-60), clock.after(60)
        with office.runtime.database.reading() as connection:
            mails = reports.held_by_rules(connection, [1], begin, end, 10)
            failing = reports.rules_in_trouble(connection, [1], begin, end)
            assert reports.troubled_mailboxes(connection, begin) == {1: 1}
        assert [(one.id, one.pattern) for one in mails] == [(held, "*@customer.example")]
        assert [(one.rule_id, one.failures, one.mail_id) for one in failing] == [(1, 2, held)]
        assert office.rows(sender_rules)[0].id == 1
