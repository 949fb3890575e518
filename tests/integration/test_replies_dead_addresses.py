"""Addresses that do not exist: what their servers' answers do to automatic mail, sent and still waiting."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.ledger import suppressions
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from replies import service
from replies.settings import ReplySettings
from tests.support.databases import Databases
from tests.support.house import House, house
from tests.support.sending import add_mailbox, owe, owed
from tests.support.smtp import Behaviour, SmtpServer

OWN = ReplySettings(timeout=10, answer_timeout=10)
IVAN = "ivan@customer.example"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        yield made


@pytest.mark.parametrize(
    ("answer", "dead"), [("550 5.1.1 No such user", True), ("550 5.7.1 Not wanted", False), ("551 Moved", False)]
)
def test_an_address_that_its_server_does_not_know_gets_nothing_automatic(
    office: House, smtp_server: SmtpServer, answer: str, dead: bool
) -> None:
    smtp_server.behave(Behaviour(IVAN, at="rcpt", answer=answer))
    box = add_mailbox(office, smtp_server)
    mail_id, later, written, elsewhere = owe(office, box, IVAN, IVAN, IVAN, "anna@customer.example")
    office.change(outbound, outbound.c.id != written, kind="ticket_created")
    service.send(office.runtime, [mail_id])
    assert owed(office, mail_id).state == Outbound.FAILED
    assert owed(office, later).state == (Outbound.CANCELLED if dead else Outbound.QUEUED)
    assert {owed(office, one).state for one in (written, elsewhere)} == {Outbound.QUEUED}
    with office.runtime.database.reading() as connection:
        assert suppressions.among(connection, [IVAN]) == ({IVAN} if dead else set())
