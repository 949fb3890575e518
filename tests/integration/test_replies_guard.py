"""Limits and breakers on both databases: at most the configured number leaves, then mails wait for time or a person."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backbone import clock
from backbone.ledger import breakers
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound, send_breakers
from replies import guard, places, service
from replies.settings import ReplySettings
from tests.support.databases import Databases
from tests.support.house import House, house
from tests.support.ledger import add_inbound
from tests.support.sending import add_mailbox, let_time_pass, owe, owed, set_outgoing, states
from tests.support.smtp import Behaviour, SmtpServer

OWN = ReplySettings(timeout=30, answer_timeout=30)
IVAN = "ivan@customer.example"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)
    monkeypatch.setattr(guard, "FRESH", 0.0)
    monkeypatch.setattr(places, "PATIENCE", 60.0)  # a busy machine may take longer to get through to a server


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, threads=8, database_url=url) as made:
        yield made


def resume(office: House, mailbox_id: int, mails: int | None) -> list[int] | None:
    with office.runtime.database.transaction() as connection:
        return breakers.resume(connection, mailbox_id, "customer.example", mails, clock.now())


@pytest.mark.usefixtures("half_past")
def test_a_limit_puts_mails_off_to_the_next_window_and_no_further(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server, limits={"per_hour": 5})
    free = add_mailbox(office, smtp_server, "other@postroom.test")
    ids = owe(office, box, *[IVAN] * 8)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: service.send(office.runtime, [one]), [*ids, *owe(office, free, IVAN)]))
    late = [row for row in office.owed() if row.state == Outbound.DEFERRED]
    assert len(smtp_server.mails()) == 6
    assert len(late) == 3
    for row in late:
        assert (row.reason, row.tries) == (OutboundReason.RATE_LIMITED, 0)
        assert 0 < (row.due_at - clock.now()).total_seconds() <= 7200
    set_outgoing(office, box, limits={})
    service.send(office.runtime, [row.id for row in late])
    assert len(smtp_server.mails()) == 6
    let_time_pass(office, *[row.id for row in late])
    service.send(office.runtime, [row.id for row in late])
    assert len(smtp_server.mails()) == 9


def test_a_burst_trips_the_breaker_of_its_domain_alone(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server, breaker={"burst": 5})
    service.send(office.runtime, owe(office, box, *[IVAN] * 9, ticket_id=None))
    (elsewhere,) = owe(office, box, "anna@elsewhere.example")
    service.send(office.runtime, [elsewhere])
    held = [row for row in office.owed() if row.state == Outbound.HELD]
    assert len(smtp_server.mails()) == 6
    assert len(held) == 4
    assert {row.reason for row in held} == {OutboundReason.BREAKER}
    assert "postroom breaker resume help@postroom.test customer.example" in held[0].answer
    assert owed(office, elsewhere).state == Outbound.SENT
    with office.runtime.database.reading() as connection:
        (found,) = breakers.shown(connection)
        assert breakers.count_open(connection) == 1
    assert (found["mailbox"], found["domain"], found["reason"]) == ("help@postroom.test", "customer.example", "burst")
    assert (found["held"], [mail["id"] for mail in found["samples"]]) == (4, [row.id for row in held])


def test_a_breaker_is_resumed_in_steps(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server, breaker={"burst": 2})
    ids = owe(office, box, *[IVAN] * 6)
    service.send(office.runtime, ids)
    assert resume(office, box, 1) == [ids[2]]
    service.send(office.runtime, [ids[2]])
    (new,) = owe(office, box, IVAN)
    service.send(office.runtime, [new])
    assert (owed(office, ids[2]).state, owed(office, new).state) == (Outbound.SENT, Outbound.HELD)
    assert resume(office, box, None) == [*ids[3:], new]
    # Counted anew from here on: those held were queued before, and do not trip it again.
    service.send(office.runtime, [*ids[3:], new])
    assert set(states(office).values()) == {Outbound.SENT}
    assert resume(office, box, None) is None
    service.send(office.runtime, owe(office, box, *[IVAN] * 3))
    assert list(states(office).values()).count(Outbound.HELD) == 1


def test_what_was_let_through_passes_however_often_it_is_tried(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server, breaker={"burst": 1})
    ids = owe(office, box, *[IVAN] * 3)
    service.send(office.runtime, ids)
    assert resume(office, box, 1) == [ids[1]]
    smtp_server.behave(Behaviour.refuse(IVAN, "451 4.7.1 Greylisted"))
    service.send(office.runtime, [ids[1]])
    assert owed(office, ids[1]).state == Outbound.DEFERRED
    smtp_server.control.behave_well()
    let_time_pass(office, ids[1])
    service.send(office.runtime, [ids[1], ids[2], *owe(office, box, IVAN)])
    assert [row.state for row in office.owed()] == [Outbound.SENT, Outbound.SENT, Outbound.HELD, Outbound.HELD]


def test_a_new_mail_takes_no_place_of_those_let_through(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server, breaker={"burst": 1})
    ids = owe(office, box, *[IVAN] * 3)
    service.send(office.runtime, ids)
    assert resume(office, box, 5) == ids[1:]
    new = owe(office, box, *[IVAN] * 2)
    service.send(office.runtime, new + ids)
    found = states(office)
    assert [found[one] for one in ids] == [Outbound.SENT] * 3
    assert [found[one] for one in new] == [Outbound.HELD] * 2
    # Sent again by a person, a mail is one like any other.
    with office.runtime.database.transaction() as connection:
        ledger.reopen(connection, new, clock.now())
    service.send(office.runtime, new)
    assert [owed(office, one).state for one in new] == [Outbound.HELD] * 2


def test_a_breaker_closed_elsewhere_holds_nothing_here(
    office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "FRESH", 600.0)
    box = add_mailbox(office, smtp_server, breaker={"burst": 1})
    ids = owe(office, box, *[IVAN] * 2)
    service.send(office.runtime, ids)
    assert resume(office, box, None) == [ids[1]]
    service.send(office.runtime, [ids[1]])
    assert (owed(office, ids[1]).state, owed(office, ids[1]).tries) == (Outbound.QUEUED, 0)
    monkeypatch.setattr(guard, "FRESH", 0.0)
    service.send(office.runtime, [ids[1]])
    assert owed(office, ids[1]).state == Outbound.SENT


def test_who_holds_a_mail_waits_for_who_closes_the_breaker(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server)
    (mail_id,) = owe(office, box, IVAN)
    database = office.runtime.database
    with database.transaction() as connection:
        breakers.trip(connection, box, "customer.example", breakers.Trip.BURST)
        claimed = ledger.claim(connection, mail_id, clock.after(60))
        assert claimed

    def hold() -> bool:
        with database.transaction() as connection:
            return breakers.hold(connection, claimed, "too many", clock.now())

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            assert breakers.resume(connection, box, "customer.example", None, clock.now()) == []
            held = pool.submit(hold)
            assert wait([held], timeout=0.3).not_done
        assert held.result(30) is False
    assert owed(office, mail_id).state == Outbound.QUEUED


@pytest.mark.parametrize(
    ("recipient", "sender"),
    [
        (IVAN, "Ivan@customer.example"),
        ("ivan@xn--80a1acny.xn--p1ai", "ivan@почта.рф"),
        ("answers@customer.example", "robot@machines.example"),  # from one address, with Reply-To the other
    ],
)
def test_mails_back_and_forth_on_one_ticket_trip_the_breaker(
    office: House, smtp_server: SmtpServer, recipient: str, sender: str
) -> None:
    box = add_mailbox(office, smtp_server, breaker={"ping_pong": 3})

    def round_trip(ticket_id: int, answers: int = 1) -> str:
        for _ in range(answers):
            add_inbound(office.runtime.database, box, ticket_id=ticket_id, sender=sender)
        (mail_id,) = owe(office, box, recipient, ticket_id=ticket_id)
        service.send(office.runtime, [mail_id])
        return str(owed(office, mail_id).state)

    # Five mails that nobody answers are a dispatcher who writes much; three with many answers, customers who do.
    assert [round_trip(1, answers=0) for _ in range(5)] == [Outbound.SENT] * 5
    assert [round_trip(2, answers=4) for _ in range(3)] == [Outbound.SENT] * 3
    assert office.rows(send_breakers) == []
    assert [round_trip(3) for _ in range(5)] == [Outbound.SENT] * 3 + [Outbound.HELD] * 2
    assert office.rows(send_breakers)[0].reason == "ping_pong"


def test_a_breaker_that_another_process_tripped_holds_here_too(office: House, smtp_server: SmtpServer) -> None:
    box = add_mailbox(office, smtp_server)
    with office.runtime.database.transaction() as connection:
        breakers.trip(connection, box, "customer.example", breakers.Trip.BURST)
    ids = owe(office, box, IVAN)
    service.send(office.runtime, ids)
    assert owed(office, ids[0]).state == Outbound.HELD
    assert smtp_server.mails() == []


def _noting(opened: list[str], kind: str, usual: Callable[[], Any]) -> Callable[[], Any]:
    def note() -> Any:
        opened.append(kind)
        return usual()

    return note


def test_an_ordinary_mail_costs_a_claim_and_an_outcome(
    office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither limits nor breakers nor places ask the database anything while nothing is wrong."""
    box = add_mailbox(office, smtp_server)
    database = office.runtime.database
    opened: list[str] = []
    for kind in ("statement", "transaction", "reading"):
        monkeypatch.setattr(database, kind, _noting(opened, kind, getattr(database, kind)))
    ids = owe(office, box, *[IVAN] * 10, ticket_id=None)
    opened.clear()
    service.send(office.runtime, ids)
    assert opened == ["reading"] + ["statement"] * 20
    monkeypatch.undo()
    with database.reading() as connection:
        assert set(connection.scalars(select(outbound.c.state))) == {Outbound.SENT}
