"""Addresses that do not exist: what their servers' answers do to automatic mail, sent and still waiting."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select, text

from backbone import clock
from backbone.ledger import outbound as ledger
from backbone.ledger import suppressions
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound
from replies import outcomes, service
from replies.settings import ReplySettings
from tests.support.databases import both
from tests.support.house import HELP, House, house, letter
from tests.support.post import returned
from tests.support.sending import add_mailbox, let_time_pass, owe, owed
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for
from tickets import service as deciding

OWN = ReplySettings(timeout=30, answer_timeout=30)
IVAN = "ivan@customer.example"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, threads=8, database_url=database_url) as made:
        yield made


@both
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


@both
@pytest.mark.parametrize("kind", ["ticket_created", "chat_message"])
def test_an_automatic_mail_whose_address_died_while_it_was_sent_is_not_tried_again(
    office: House, smtp_server: SmtpServer, kind: str
) -> None:
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN)
    office.change(outbound, kind=kind)
    smtp_server.behave(Behaviour.hold(IVAN, "rcpt", "451 4.7.1 Later"))
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(service.send, office.runtime, [mail_id])
        wait_for(lambda: owed(office, mail_id).state == Outbound.SENDING, OWN.timeout, "the claim", pause=0.01)
        with office.runtime.database.transaction() as connection:
            suppressions.suppress(connection, {IVAN: "5.1.1"}, clock.after(60))
        smtp_server.control.behave_well()
        sending.result(OWN.timeout)
    row = owed(office, mail_id)
    if kind == "chat_message":
        assert (row.state, row.reason) == (Outbound.DEFERRED, OutboundReason.TRY_LATER)
    else:
        assert (row.state, row.reason, row.due_at) == (Outbound.CANCELLED, OutboundReason.SUPPRESSED, None)
    let_time_pass(office, mail_id)
    service.send(office.runtime, [mail_id])
    assert owed(office, mail_id).attempts == (2 if kind == "chat_message" else 1)


def test_sender_and_reader_never_wait_for_each_other_crosswise(office: House) -> None:
    """One has the mail and wants its address's suppression; the other lifts that, and reads a report about the mail."""
    (mail_id,) = owe(office, office.add_mailbox(), IVAN, ticket_id=None)
    batch = office.read(letter(From=IVAN), returned(owed(office, mail_id), HELP))
    database = office.runtime.database
    with database.transaction() as connection:
        row = ledger.claim(connection, mail_id, clock.after(60))
        suppressions.suppress(connection, {IVAN: "5.1.1"}, clock.after(60))
    assert row is not None

    def waiting() -> int:
        with database.reading() as connection:
            wanted = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            return int(connection.scalar(text(wanted)) or 0)

    refusal = {"reason": OutboundReason.RECIPIENT_REFUSED, "answer": "550 5.1.1 No such user"}
    with ThreadPoolExecutor(2) as pool, structlog.testing.capture_logs() as logs:
        with database.transaction() as connection:
            connection.execute(select(outbound).where(outbound.c.id == mail_id).with_for_update())
            sender = pool.submit(outcomes.settle, office.runtime, row, Outbound.FAILED, None, **refusal)
            wait_for(lambda: waiting() == 1, OWN.timeout, "the sender to wait", pause=0.01)
            reader = pool.submit(deciding.decide, office.runtime, batch)
            wait_for(lambda: waiting() == 2, OWN.timeout, "the reader to wait", pause=0.01)
        sender.result(OWN.timeout)
        reader.result(OWN.timeout)
    assert [one for one in logs if one["event"] == "store.away"] == []
    assert owed(office, mail_id).state == Outbound.FAILED
    assert {office.mail(one).state for one in batch} == {"ticket_created", "bounced"}
