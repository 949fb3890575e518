"""Sending what the ledger owes through a real SMTP server: every answer ends in the state promised."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Row

from backbone import clock, stage
from backbone.catalogue.tables import mailboxes, version
from backbone.contracts import Attachment
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound
from replies import places, service
from replies.settings import ReplySettings
from tests.support.databases import both
from tests.support.house import House, house, letter
from tests.support.sending import let_time_pass
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for
from tickets import chat
from tickets.models import tickets

OWN = ReplySettings(timeout=30, answer_timeout=30, first_retry=60, most_resends=2)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)
    monkeypatch.setattr(places, "PATIENCE", 60.0)  # a busy machine may take longer to get through to a server


@pytest.fixture
def office(tmp_path: Path, database_url: str, smtp_server: SmtpServer) -> Iterator[House]:
    with house(tmp_path, threads=8, database_url=database_url) as made:
        made.add_mailbox(
            host=smtp_server.host,
            port=smtp_server.tls_port,
            security="tls",
            ca_file=str(smtp_server.ca_file),
            login="help@postroom.test",
            password=smtp_server.password,
        )
        yield made


def owe(office: House, count: int = 1, *, to: str = "ivan") -> list[int]:
    """Make tickets, whose notices are then owed."""
    before = {row.id for row in office.owed()}
    office.take(*(letter(From=f"Иван <{to}@customer.example>", text=f"письмо {index}") for index in range(count)))
    return [row.id for row in office.owed() if row.id not in before]


def send(office: House, ids: list[int]) -> Row[Any]:
    service.send(office.runtime, ids)
    return next(row for row in office.owed() if row.id == ids[0])


def lapse(office: House, mail_id: int) -> None:
    """Let the time pass until the mail is due, and the scheduler look."""
    office.change(outbound, outbound.c.id == mail_id, due_at=clock.after(-1))
    service.due_mails(office.runtime)


@both
def test_a_mail_is_sent_once(office: House, smtp_server: SmtpServer) -> None:
    ids = owe(office, 20)
    service.send(office.runtime, ids)
    service.send(office.runtime, ids)
    assert [row.state for row in office.owed()] == [Outbound.SENT] * 20
    row = office.owed()[0]
    assert (row.answer, row.attempts, row.resends, row.due_at, row.reason) == ("250 2.0.0 Taken", 1, 0, None, None)
    assert row.sent_at is not None
    taken = smtp_server.mails()
    assert len(taken) == 20
    assert (taken[0].sender, taken[0].recipients) == ("help@postroom.test", ["ivan@customer.example"])
    assert f"Message-ID: {row.message_id}\r\n".encode() in taken[0].content
    assert smtp_server.control.counts().connections == 1


@both
def test_many_threads_with_the_same_events_send_each_mail_once(office: House, smtp_server: SmtpServer) -> None:
    ids = owe(office, 30)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda start: service.send(office.runtime, ids[start:] + ids[:start]), range(0, 32, 4)))
    assert {row.state for row in office.owed()} == {Outbound.SENT}
    assert {row.attempts for row in office.owed()} == {1}
    assert smtp_server.control.counts().mails == 30


@pytest.mark.parametrize("at", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("421 4.3.2 Closing", Outbound.DEFERRED, OutboundReason.TRY_LATER),
        ("451 4.7.1 Greylisted", Outbound.DEFERRED, OutboundReason.TRY_LATER),
        ("550 5.7.1 Not wanted", Outbound.FAILED, None),
    ],
)
def test_answers_of_the_server(
    office: House, smtp_server: SmtpServer, at: Any, answer: str, state: Outbound, reason: OutboundReason | None
) -> None:
    smtp_server.behave(Behaviour("ivan@customer.example", at=at, answer=answer))
    (mail_id,) = owe(office)
    before = clock.now()
    row = send(office, [mail_id, *owe(office, to="other")])
    refused = OutboundReason.RECIPIENT_REFUSED if at == "rcpt" else OutboundReason.REFUSED
    assert (row.state, row.reason, row.answer) == (state, reason or refused, answer)
    if state is Outbound.DEFERRED:
        assert timedelta(seconds=OWN.first_retry) <= row.due_at - before
        assert row.due_at - clock.now() <= timedelta(seconds=OWN.first_retry)
    else:
        assert row.due_at is None
    assert [taken.recipients for taken in smtp_server.mails()] == [["other@customer.example"]]
    smtp_server.control.behave_well()
    if state is Outbound.FAILED:
        with office.runtime.database.transaction() as connection:
            ledger.reopen(connection, [mail_id], clock.now())
    else:
        assert send(office, [mail_id]) == row  # its pause is not over
        let_time_pass(office, mail_id)
    assert send(office, [mail_id]).state == Outbound.SENT


def test_a_server_that_wants_a_new_connection_now_and_then(office: House, smtp_server: SmtpServer) -> None:
    first, second, third = owe(office, 3)
    service.send(office.runtime, [first])
    smtp_server.behave(Behaviour("*", at="rcpt", answer="421 4.7.0 Too many mails in one connection", times=1))
    service.send(office.runtime, [second])
    smtp_server.behave(Behaviour("*", "drop", "rcpt", times=1))
    service.send(office.runtime, [third])
    assert [(row.state, row.attempts) for row in office.owed()] == [(Outbound.SENT, 1)] * 3
    assert smtp_server.control.counts().connections == 3


@both
def test_an_unknown_outcome_is_resent_under_the_same_id_and_counted(office: House, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.drop_after_data("*", keep=True))
    (mail_id,) = owe(office)
    row = send(office, [mail_id])
    assert (row.state, row.attempts, row.resends) == (Outbound.SENDING, 1, 0)
    assert row.due_at is not None
    service.send(office.runtime, [mail_id])
    assert len(smtp_server.mails()) == 1
    smtp_server.control.behave_well()
    lapse(office, mail_id)
    row = send(office, [mail_id])
    assert (row.state, row.attempts, row.resends) == (Outbound.SENT, 2, 1)
    one, two = smtp_server.mails()
    assert one.content == two.content


@both
def test_an_unknown_outcome_is_held_by_setting(office: House, smtp_server: SmtpServer) -> None:
    (mail_id,) = owe(office)
    object.__setattr__(office.runtime.settings, "unknown_outcome", "hold")
    smtp_server.behave(Behaviour.drop_after_data("*"))
    send(office, [mail_id])
    lapse(office, mail_id)
    row = send(office, [mail_id])
    assert (row.state, row.reason, row.due_at) == (Outbound.HELD, OutboundReason.OUTCOME_UNKNOWN, None)
    assert len(smtp_server.mails()) == 1


def test_a_mail_that_never_comes_to_a_known_end_is_held_at_last(office: House, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.drop_after_data("*"))
    (mail_id,) = owe(office)
    for _ in range(OWN.most_resends + 3):
        send(office, [mail_id])
        lapse(office, mail_id)
    row = office.owed()[0]
    assert (row.state, row.reason, row.resends) == (Outbound.HELD, OutboundReason.OUTCOME_UNKNOWN, OWN.most_resends)
    assert len(smtp_server.mails()) == OWN.most_resends + 1


@both
def test_a_mail_that_kills_its_process_each_time_is_held_at_last(office: House, smtp_server: SmtpServer) -> None:
    (mail_id,) = owe(office)
    for _ in range(OWN.most_resends + 1):
        with office.runtime.database.transaction() as connection:
            assert ledger.claim(connection, mail_id, clock.now())
        lapse(office, mail_id)
    assert send(office, [mail_id]).state == Outbound.HELD
    assert smtp_server.mails() == []


@both
def test_a_server_that_hangs_holds_up_nobody_else(
    office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = OWN.model_copy(update={"timeout": 3, "answer_timeout": 3})
    monkeypatch.setattr(service, "own_settings", lambda: impatient)
    smtp_server.behave(Behaviour.hang("ivan@customer.example", "rcpt"))
    smtp_server.behave(Behaviour.hang("petr@customer.example", "data"))
    service.send(office.runtime, owe(office, to="first"))  # of a server that nobody knows yet there is one place alone
    ivan, petr, others = owe(office), owe(office, to="petr"), owe(office, 5, to="other")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda ids: service.send(office.runtime, ids), (ivan, petr, others)))
    states = {row.id: row.state for row in office.owed()[1:]}
    assert states == {
        ivan[0]: Outbound.DEFERRED,
        petr[0]: Outbound.SENDING,
        **dict.fromkeys(others, Outbound.SENT),
    }


def test_a_slow_server_is_waited_for(office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient = OWN.model_copy(update={"timeout": 2})
    monkeypatch.setattr(service, "own_settings", lambda: impatient)
    smtp_server.behave(Behaviour.slow("*", 3))
    assert send(office, owe(office)).state == Outbound.SENT
    assert len(smtp_server.mails()) == 1


def test_a_claim_that_ends_before_the_server_is_ready_sends_nothing(tmp_path: Path, smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour("*", delay=1.0))
    with house(tmp_path, sending_lease=2.0) as office:
        office.add_mailbox(host=smtp_server.host, port=smtp_server.plain_port)
        assert (send(office, owe(office)).reason, smtp_server.mails()) == (OutboundReason.CONNECTION, [])


@pytest.mark.parametrize(
    ("changes", "state", "reason", "words"),
    [
        ({"smtp_port": 1}, Outbound.DEFERRED, OutboundReason.CONNECTION, "Nothing answers"),
        ({"smtp_password": "sealed by nobody"}, Outbound.DEFERRED, OutboundReason.LOGIN_REFUSED, "POSTROOM_SECRET_KEY"),
        ({"smtp_ca_file": "/no/such.pem"}, Outbound.DEFERRED, OutboundReason.CERTIFICATE, "cannot be read"),
        ({"smtp_ca_file": ""}, Outbound.DEFERRED, OutboundReason.CERTIFICATE, "is not accepted"),
        ({"smtp_host": None}, Outbound.FAILED, OutboundReason.NO_SMTP, "no SMTP server any more"),
    ],
)
def test_a_mailbox_that_cannot_send(
    office: House, smtp_server: SmtpServer, changes: dict[str, Any], state: Outbound, reason: str, words: str
) -> None:
    ids = owe(office, 3)
    office.change(mailboxes, **changes)
    office.change(version, number=50)
    service.send(office.runtime, ids)
    for row in office.owed():
        assert (row.state, row.reason, words in row.answer) == (state, reason, True)
    assert smtp_server.mails() == []


def test_a_server_that_cannot_be_used_rests_until_its_settings_change(office: House, smtp_server: SmtpServer) -> None:
    office.change(mailboxes, smtp_password=office.runtime.vault.encrypt("wrong"))
    office.change(version, number=50)
    ids = owe(office, 5)
    service.send(office.runtime, ids)
    assert {(row.state, row.reason) for row in office.owed()} == {(Outbound.DEFERRED, OutboundReason.LOGIN_REFUSED)}
    assert smtp_server.control.counts().connections == 1
    office.change(mailboxes, smtp_password=office.runtime.vault.encrypt(smtp_server.password))
    office.change(version, number=51)
    let_time_pass(office, *ids)
    service.send(office.runtime, ids)
    assert {row.state for row in office.owed()} == {Outbound.SENT}


@both
def test_a_bug_is_told_with_its_traceback_and_given_up_at_last(office: House) -> None:
    broken, good = owe(office, 2)
    office.change(outbound, outbound.c.id == broken, letter={"kind": "nonsense"})
    for attempt in range(1, office.runtime.settings.max_attempts + 1):
        row = send(office, [broken, good])
        last = attempt == office.runtime.settings.max_attempts
        assert (row.state, row.reason) == (Outbound.FAILED if last else Outbound.DEFERRED, OutboundReason.BUG)
        assert "ValidationError" in row.error
        let_time_pass(office, broken)
    assert [row.state for row in office.owed()] == [Outbound.FAILED, Outbound.SENT]


def test_an_attachment_that_is_gone(office: House) -> None:
    owe(office)
    gone = Attachment(filename="a.png", content_type="image/png", size=1, sha256="b" * 64)
    posted = chat.post(office.runtime, office.rows(tickets)[0].number, "см. файл", "Анна", [gone])
    assert posted.outbound_id
    row = send(office, [posted.outbound_id])
    assert (row.state, "is gone" in row.answer) == (Outbound.FAILED, True)


def test_the_outcome_of_a_sent_mail_waits_for_the_database(
    office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has taken it, and the database is away for a moment: it is recorded as sent, and never sent again."""
    database = office.runtime.database
    smtp_server.behave(Behaviour.hold("*"))
    looks: list[bool] = []
    is_away = stage.is_away

    def look(error: Exception) -> bool:
        looks.append(is_away(error))
        return looks[-1]

    monkeypatch.setattr(stage, "is_away", look)
    ids = owe(office)
    sending = threading.Thread(target=service.send, args=(office.runtime, ids))
    sending.start()
    wait_for(lambda: office.owed()[0].state == Outbound.SENDING, 30, "the claim")
    url, name = database.url.set(database="postgres", drivername="postgresql"), str(database.url.database)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as other:
        other.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        smtp_server.control.behave_well()
        taken = smtp_server.wait_for_mails(1)
        wait_for(lambda: any(looks), 30, "a look at the database in vain")
        other.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))
    sending.join(30)
    assert (office.owed()[0].state, office.owed()[0].resends) == (Outbound.SENT, 0)
    assert smtp_server.mails() == taken
