"""Copies that a server puts off: each gets the same mail later, and whom the mail is for never gets it twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from backbone import clock, metrics
from backbone.ledger import late, suppressions
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound, sent_copies
from replies import connections, service
from replies.settings import ReplySettings
from tests.support.databases import both
from tests.support.house import House, house
from tests.support.sending import add_mailbox, let_time_pass, owe, owed, set_outgoing
from tests.support.smtp import Behaviour, SmtpServer

OWN = ReplySettings(timeout=10, answer_timeout=10, first_retry=60, longest_retry=240, most_resends=2)
IVAN, PETR, ANNA, OLEG = (f"{name}@customer.example" for name in ("ivan", "petr", "anna", "oleg"))
OLGA = "ольга@customer.example"
LATER = "451 4.7.1 Greylisted"

pytestmark = both


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, database_url=database_url) as made:
        yield made


def put_off(smtp: SmtpServer, address: str, answer: str = LATER, times: int = 1) -> None:
    smtp.behave(Behaviour(address, answer=answer, times=times))


def try_again(office: House, mail_id: int) -> Row[Any]:
    """Let the pause be over and the scheduler look, and send what it tells of."""
    let_time_pass(office, mail_id)
    return look(office, mail_id)


def look(office: House, mail_id: int) -> Row[Any]:
    for event in service.due_mails(office.runtime):
        service.send(office.runtime, event.outbound_ids)  # type: ignore[attr-defined]  # only such events come
    return owed(office, mail_id)


def lost(office: House, mail_id: int) -> None:
    """Let the process die that sends the copies, and its lease be over."""
    with office.runtime.database.transaction() as connection:
        assert late.claim(connection, mail_id, clock.after(-1))


def test_each_gets_the_same_mail_once(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR, times=2)
    put_off(smtp_server, ANNA)
    put_off(smtp_server, OLEG, "550 5.1.1 No such user")
    (mail_id,) = owe(office, add_mailbox(office, smtp_server, sent_folder="Sent"), IVAN, cc=(PETR, ANNA, OLEG))
    before = clock.now()
    service.send(office.runtime, [mail_id, mail_id])
    row = owed(office, mail_id)
    assert (row.state, row.reason) == (Outbound.SENT, OutboundReason.COPIES_PUT_OFF)
    assert row.put_off == {PETR: LATER, ANNA: LATER}
    assert row.answer == f"250 2.0.0 Taken; not to {OLEG}: 550 5.1.1 No such user"
    assert before <= row.due_at - timedelta(seconds=60) <= clock.now()
    assert look(office, mail_id) == row  # its pause is not over
    again = try_again(office, mail_id)
    assert (again.state, again.put_off, again.sent_at) == (Outbound.SENT, {PETR: LATER}, row.sent_at)
    assert before <= again.due_at - timedelta(seconds=120) <= clock.now()
    done = try_again(office, mail_id)
    assert (done.state, done.reason, done.put_off, done.due_at) == (Outbound.SENT, None, None, None)
    assert (done.answer, done.resends) == (row.answer, 0)
    taken = smtp_server.mails()
    assert [mail.recipients for mail in taken] == [[IVAN], [ANNA], [PETR]]
    assert {mail.content for mail in taken} == {taken[0].content}
    assert len(office.rows(sent_copies)) == 1


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_a_copy_refused_for_good_keeps_no_other_from_his(
    office: House, smtp_server: SmtpServer, extensions: tuple[str, ...]
) -> None:
    smtp_server.behave(Behaviour.without(*extensions))
    for address in (PETR, ANNA, OLEG):
        put_off(smtp_server, address)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR, ANNA, OLEG))
    service.send(office.runtime, [mail_id])
    smtp_server.behave(Behaviour.refuse(PETR, "550 5.7.1 Not wanted"))
    put_off(smtp_server, ANNA)
    put_off(smtp_server, OLEG)
    row = try_again(office, mail_id)
    assert row.put_off == {ANNA: LATER, OLEG: LATER}
    assert row.answer == f"250 2.0.0 Taken; not to {PETR}: 550 5.7.1 Not wanted"
    row = try_again(office, mail_id)
    assert (row.put_off, row.reason) == (None, None)
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [ANNA, OLEG]]
    assert smtp_server.control.counts().connections == 1


def test_an_address_that_the_server_takes_no_more(office: House, smtp_server: SmtpServer) -> None:
    for address in (PETR, OLGA):
        put_off(smtp_server, address)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(OLGA, PETR))
    service.send(office.runtime, [mail_id])
    smtp_server.behave(Behaviour.without("SMTPUTF8"))
    connections.close_all()
    row = try_again(office, mail_id)
    assert (row.put_off, row.answer) == (None, f"250 2.0.0 Taken; not to {OLGA}: the server has no SMTPUTF8")
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [PETR]]


def test_too_many_recipients_at_once(office: House, smtp_server: SmtpServer) -> None:
    people = tuple(f"person{number}@customer.example" for number in range(6))
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=people)
    for address in people[3:]:
        put_off(smtp_server, address, "452 4.5.3 Too many recipients")
    service.send(office.runtime, [mail_id])
    assert try_again(office, mail_id).reason is None
    assert [set(mail.recipients) for mail in smtp_server.mails()] == [{IVAN, *people[:3]}, {*people[3:]}]


def test_after_the_days_of_retries_it_says_who_did_not_get_it(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR, times=0)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    service.send(office.runtime, [mail_id])
    office.change(outbound, sent_at=clock.after(-OWN.give_up_after - 1))
    row = try_again(office, mail_id)
    assert (row.state, row.reason, row.put_off, row.due_at) == (Outbound.SENT, None, None, None)
    assert row.answer == f"250 2.0.0 Taken; not to {PETR}: {LATER}"


def test_the_days_of_a_copy_begin_when_the_mail_is_sent(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    office.change(outbound, created_at=clock.after(-OWN.give_up_after - 1))
    service.send(office.runtime, [mail_id])
    assert try_again(office, mail_id).reason is None
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [PETR]]


@pytest.mark.parametrize(
    ("at", "answer"), [("data", "451 4.3.0 Later"), ("rcpt", "421 4.3.2 Closing"), ("data", "554 No")]
)
def test_a_server_that_does_not_take_the_copies(office: House, smtp_server: SmtpServer, at: Any, answer: str) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    service.send(office.runtime, [mail_id])
    # One that closes a connection on which others went before is asked once more on a fresh one.
    smtp_server.behave(Behaviour(PETR, at=at, answer=answer, times=2 if answer.startswith("421") else 1))
    row = try_again(office, mail_id)
    assert row.state == Outbound.SENT
    if answer.startswith("4"):
        assert row.put_off == {PETR: answer}
        assert try_again(office, mail_id).put_off is None
        assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [PETR]]
    else:
        assert (row.put_off, row.answer) == (None, f"250 2.0.0 Taken; not to {PETR}: {answer}")


def test_a_server_that_cannot_be_used_for_a_while(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    box = add_mailbox(office, smtp_server)
    (mail_id,) = owe(office, box, IVAN, cc=(PETR,))
    service.send(office.runtime, [mail_id])
    smtp_server.behave(Behaviour(PETR, "drop", "rcpt", times=2))  # on the old connection, and on a fresh one
    row = try_again(office, mail_id)
    assert (row.state, row.reason) == (Outbound.SENT, OutboundReason.COPIES_PUT_OFF)
    assert "closed" in row.put_off[PETR]
    assert try_again(office, mail_id).put_off is None


@pytest.mark.parametrize("lost_after", ["the server took it", "the claim"])
def test_an_unknown_outcome_is_resent_to_those_left_alone(
    office: House, smtp_server: SmtpServer, lost_after: str
) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR, ANNA))
    service.send(office.runtime, [mail_id])
    let_time_pass(office, mail_id)
    if lost_after == "the claim":
        lost(office, mail_id)
    else:
        smtp_server.behave(Behaviour.drop_after_data(PETR))
        look(office, mail_id)
        smtp_server.control.behave_well()
        row = owed(office, mail_id)
        assert (row.state, row.reason) == (Outbound.SENT, OutboundReason.COPIES_SENDING)
        service.send(office.runtime, [mail_id])  # somebody else is at it
        assert owed(office, mail_id) == row
        office.change(outbound, due_at=clock.after(-1))
    row = look(office, mail_id)
    assert (row.state, row.reason, row.put_off, row.resends) == (Outbound.SENT, None, None, 1)
    times = 1 if lost_after == "the claim" else 2
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN, ANNA], *[[PETR]] * times]


def test_an_unknown_outcome_of_the_mail_goes_to_all(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    smtp_server.behave(Behaviour.drop_after_data(IVAN))
    service.send(office.runtime, [mail_id])
    assert owed(office, mail_id).state == Outbound.SENDING
    smtp_server.control.behave_well()
    office.change(outbound, due_at=clock.after(-1))
    row = look(office, mail_id)
    assert (row.state, row.put_off, row.resends) == (Outbound.SENT, None, 1)
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [IVAN, PETR]]


def test_an_unknown_outcome_gives_the_copies_up_by_setting(
    tmp_path: Path, database_url: str, smtp_server: SmtpServer
) -> None:
    put_off(smtp_server, PETR)
    with house(tmp_path, database_url=database_url, unknown_outcome="hold") as office:
        (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
        service.send(office.runtime, [mail_id])
        let_time_pass(office, mail_id)
        lost(office, mail_id)
        row = look(office, mail_id)
    assert (row.state, row.reason, row.put_off, row.due_at) == (Outbound.SENT, None, None, None)
    assert row.answer == f"250 2.0.0 Taken; not to {PETR}: nobody knows whether it was taken"
    assert len(smtp_server.mails()) == 1


def test_copies_that_take_their_process_along_each_time_are_given_up(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    service.send(office.runtime, [mail_id])
    for _ in range(OWN.most_resends + 1):
        let_time_pass(office, mail_id)
        lost(office, mail_id)
        service.due_mails(office.runtime)
    row = try_again(office, mail_id)
    assert row.answer == f"250 2.0.0 Taken; not to {PETR}: nobody knows whether it was taken"
    assert (row.put_off, len(smtp_server.mails())) == (None, 1)


def test_a_mail_that_came_back_meanwhile_stays_so_and_its_copies_still_go(
    office: House, smtp_server: SmtpServer
) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    service.send(office.runtime, [mail_id])
    with office.runtime.database.transaction() as connection:
        (row,) = ledger.mark_bounced(connection, {mail_id: f"5.1.1 {IVAN}"})
        assert not ledger.can_bounce(row)
    assert (row.state, row.answer) == (Outbound.BOUNCED, f"5.1.1 {IVAN}")
    assert row.due_at == row.not_before
    row = try_again(office, mail_id)
    assert (row.state, row.answer, row.put_off, row.due_at) == (Outbound.BOUNCED, f"5.1.1 {IVAN}", None, None)
    assert [mail.recipients for mail in smtp_server.mails()] == [[IVAN], [PETR]]


def test_nothing_takes_it_back_or_sends_it_anew(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR,))
    office.change(outbound, kind="ticket_created")
    service.send(office.runtime, [mail_id])
    row = owed(office, mail_id)
    with office.runtime.database.transaction() as connection:
        assert not ledger.cancel(connection, mail_id)
        suppressions.suppress(connection, {IVAN: "5.1.1"}, clock.after(60))
        assert ledger.reopen(connection, [mail_id], clock.now()) == []
    assert owed(office, mail_id) == row


@pytest.mark.usefixtures("half_past")
def test_an_open_breaker_lets_copies_go_and_a_limit_puts_them_off(office: House, smtp_server: SmtpServer) -> None:
    put_off(smtp_server, PETR)
    box = add_mailbox(office, smtp_server, breaker={"burst": 1, "minutes": 60})
    first, second = owe(office, box, IVAN, IVAN, cc=(PETR,))
    service.send(office.runtime, [first, second])
    assert owed(office, second).state == Outbound.HELD
    set_outgoing(office, box, breaker={"burst": 1, "minutes": 60}, limits={"per_minute": 1})
    (other,) = owe(office, box, "someone@else.example")
    service.send(office.runtime, [other])  # uses the limit up
    row = try_again(office, first)
    assert (row.reason, row.tries, row.put_off) == (OutboundReason.COPIES_PUT_OFF, 1, {PETR: LATER})
    assert row.not_before > clock.now()
    set_outgoing(office, box, breaker={"burst": 1, "minutes": 60})
    assert try_again(office, first).put_off is None


def test_they_are_counted(office: House, smtp_server: SmtpServer) -> None:
    def counts() -> dict[str, float]:
        counters = {one: metrics.LATE_COPIES.labels(one) for one in ("put_off", "sent", "given_up")}
        found = {name: one._value.get() for name, one in counters.items()}  # noqa: SLF001 - no other way to read it
        return {name: value - before.get(name, 0) for name, value in found.items()}

    before: dict[str, float] = {}
    before = counts()
    for address in (PETR, ANNA):
        put_off(smtp_server, address)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), IVAN, cc=(PETR, ANNA))
    service.send(office.runtime, [mail_id])
    put_off(smtp_server, ANNA, "550 5.1.1 No such user")
    try_again(office, mail_id)
    assert counts() == {"put_off": 2, "sent": 1, "given_up": 1}
