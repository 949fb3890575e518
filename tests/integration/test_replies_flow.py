"""Servers of every bad kind beside good ones, in one running Postroom: each mail ends as promised, others flow."""

from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from backbone import clock, worker
from backbone.contracts import MailQueued
from backbone.ledger import outbound
from backbone.ledger.states import Outbound, OutboundReason
from backbone.runtime import Runtime
from replies import connections, service
from replies.settings import ReplySettings
from tests.support.house import House, house
from tests.support.sending import add_mailbox, owe, owed, states
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for

SECONDS = 90
OWN = ReplySettings(timeout=5, answer_timeout=6, first_retry=600, slow_after=0.3, most_resends=1)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)
    monkeypatch.setattr(service, "PAUSE_WITHOUT_PLACE", 0.3)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, scheduler_interval=0.1, sending_lease=12) as made:
        yield made


@pytest.fixture
def running(office: House) -> Iterator[Runtime]:
    with worker.embedded(office.runtime.settings) as made:
        yield made


def tell(running: Runtime, office: House, ids: list[int]) -> None:
    with office.runtime.database.reading() as connection:
        mailbox_of = outbound.mailboxes_of(connection, ids)
    running.publisher.publish(*outbound.events(mailbox_of))


def wait_for_state(office: House, mail_id: int, state: Outbound) -> None:
    wait_for(lambda: owed(office, mail_id).state == state, SECONDS, f"mail {mail_id} to be {state}")


def arrived(smtp: SmtpServer) -> Counter[str]:
    return Counter(str(message_from_bytes(mail.content)["Message-ID"]) for mail in smtp.mails())


def test_every_kind_of_bad_server_beside_good_ones(office: House, smtp_server: SmtpServer, running: Runtime) -> None:
    slow = OWN.answer_timeout - 4
    kinds = {
        "421": (Behaviour.refuse("*@421.example", "421 4.3.2 Closing"), Outbound.DEFERRED, OutboundReason.TRY_LATER),
        "451": (Behaviour.refuse("*@451.example", "451 4.7.1 Later"), Outbound.DEFERRED, OutboundReason.TRY_LATER),
        "550": (Behaviour.refuse("*@550.example", "550 5.7.1 No", "data"), Outbound.FAILED, OutboundReason.REFUSED),
        "drop": (
            Behaviour.drop_after_data("*@drop.example"),
            Outbound.HELD,
            OutboundReason.OUTCOME_UNKNOWN,
        ),
        "hang": (Behaviour.hang("*@hang.example", "rcpt"), Outbound.DEFERRED, OutboundReason.CONNECTION),
        "slow": (Behaviour.slow("*@slow.example", slow), Outbound.SENT, None),
    }
    bad: dict[str, list[int]] = {}
    for name, (behaviour, _, _) in kinds.items():
        smtp_server.behave(behaviour)
        box = add_mailbox(office, smtp_server, f"{name}@postroom.test")
        bad[name] = owe(office, box, *[f"ivan@{name}.example"] * (4 if name == "hang" else 1))
    boxes = [add_mailbox(office, smtp_server, f"good{number}@postroom.test") for number in range(3)]
    good = [one for box in boxes for one in owe(office, box, *["ivan@good.example"] * 20)]
    tell(running, office, [one for ids in bad.values() for one in ids] + good)

    wait_for(lambda: all(states(office)[one] == Outbound.SENT for one in good), SECONDS, "the good ones' mail")
    # They were done while mails still waited for the hanging server, each for as long as the timeout.
    assert [owed(office, one).state for one in bad["hang"]] != [Outbound.DEFERRED] * 4
    for name, (_, state, reason) in kinds.items():
        for mail_id in bad[name]:
            wait_for_state(office, mail_id, state)
            assert (name, owed(office, mail_id).reason) == (name, reason)

    # Once each, but for the one whose outcome nobody knew, which was sent again as the setting says, and counted.
    twice = {message_id for message_id, times in arrived(smtp_server).items() if times > 1}
    unknown = owed(office, bad["drop"][0])
    assert twice == {unknown.message_id}
    assert (unknown.resends, arrived(smtp_server)[unknown.message_id]) == (1, 2)


def test_many_hanging_servers_leave_half_of_the_threads_to_others(
    office: House, smtp_server: SmtpServer, running: Runtime
) -> None:
    half = worker.EMBEDDED_THREADS // 2
    smtp_server.behave(Behaviour.hang("*@hang.example", "rcpt"))
    boxes = [add_mailbox(office, smtp_server, f"hang{number}@postroom.test") for number in range(half + 2)]
    first = [one for box in boxes for one in owe(office, box, "ivan@hang.example")]
    running.publisher.publish(*(MailQueued(outbound_ids=(one,)) for one in first))
    # Nothing is known of them at first, and each is tried out once.
    wait_for(lambda: set(states(office).values()) == {Outbound.DEFERRED}, SECONDS, "the first tries")

    smtp_server.control.reset()
    smtp_server.behave(Behaviour.hang("*@hang.example", "rcpt"))
    hanging = [one for box in boxes for one in owe(office, box, *["ivan@hang.example"] * 2)]
    running.publisher.publish(*(MailQueued(outbound_ids=(one,)) for one in hanging))
    good = add_mailbox(office, smtp_server, "good@postroom.test")
    sent = 0
    while any(states(office)[one] != Outbound.DEFERRED for one in hanging):
        (mail_id,) = owe(office, good, "ivan@good.example")
        tell(running, office, [mail_id])
        wait_for_state(office, mail_id, Outbound.SENT)
        sent += 1
    assert 0 < smtp_server.control.counts().most_waiting <= half
    assert sent > half
    assert {(owed(office, one).tries, owed(office, one).resends) for one in first + hanging} == {(1, 0)}


def test_what_waits_for_a_place_is_no_try_and_loses_none(
    office: House, smtp_server: SmtpServer, running: Runtime
) -> None:
    smtp_server.behave(Behaviour.slow("*@slow.example", 0.5))
    slow = add_mailbox(office, smtp_server, "slow@postroom.test")
    add_mailbox(office, smtp_server, "quick@postroom.test")
    ids = owe(office, slow, *["ivan@slow.example"] * 12)
    running.publisher.publish(*(MailQueued(outbound_ids=(one,)) for one in ids))
    wait_for(lambda: set(states(office).values()) == {Outbound.SENT}, SECONDS, "all mails")
    rows = office.owed()
    assert {(row.tries, row.resends) for row in rows} == {(0, 0)}
    assert max(row.attempts for row in rows) > 1
    assert set(arrived(smtp_server).values()) == {1}
    assert smtp_server.control.counts().connections <= worker.EMBEDDED_THREADS // 2


def test_a_mail_may_be_taken_back_until_its_time_has_come(
    office: House, smtp_server: SmtpServer, running: Runtime
) -> None:
    box = add_mailbox(office, smtp_server)
    (taken_back,) = owe(office, box, "ivan@one.example", not_before=clock.after(600))
    (kept,) = owe(office, box, "ivan@two.example", not_before=clock.after(1.5))
    tell(running, office, [taken_back, kept])
    with office.runtime.database.transaction() as connection:
        assert outbound.cancel(connection, taken_back)
    wait_for(lambda: owed(office, kept).state == Outbound.SENT, SECONDS, "the mail that is kept")
    assert owed(office, kept).sent_at >= owed(office, kept).not_before
    with office.runtime.database.transaction() as connection:
        assert not outbound.cancel(connection, kept)
    assert [mail.recipients for mail in smtp_server.mails()] == [["ivan@two.example"]]
    assert owed(office, taken_back).state == Outbound.CANCELLED


def test_copies_and_the_mail_in_one_envelope(office: House, smtp_server: SmtpServer, running: Runtime) -> None:
    smtp_server.behave(Behaviour.refuse("gone@customer.example", "550 5.1.1 No such user"))
    box = add_mailbox(office, smtp_server)
    (mail_id,) = owe(office, box, "ivan@customer.example", cc=("petr@customer.example", "gone@customer.example"))
    tell(running, office, [mail_id])
    wait_for(lambda: owed(office, mail_id).state == Outbound.SENT, SECONDS, "the mail")
    assert [mail.recipients for mail in smtp_server.mails()] == [["ivan@customer.example", "petr@customer.example"]]
    assert owed(office, mail_id).answer == "250 2.0.0 Taken; not to gone@customer.example: 550 5.1.1 No such user"


def test_connections_are_shared_by_all_threads(office: House, smtp_server: SmtpServer, running: Runtime) -> None:
    box = add_mailbox(office, smtp_server)
    for _ in range(6):
        (mail_id,) = owe(office, box, "ivan@customer.example")
        tell(running, office, [mail_id])
        wait_for_state(office, mail_id, Outbound.SENT)
    assert smtp_server.control.counts().connections == 1
    connections.close_all()


def test_texts_go_as_they_are_where_the_server_takes_them_so(
    office: House, smtp_server: SmtpServer, running: Runtime
) -> None:
    for number, withheld in ((1, ""), (2, "8BITMIME")):
        smtp_server.behave(Behaviour.without(withheld))
        box = add_mailbox(office, smtp_server, f"help{number}@postroom.test")
        tell(running, office, owe(office, box, "ivan@customer.example"))
        mail = smtp_server.wait_for_mails(number)[-1]
        assert mail.content.isascii() == (withheld == "8BITMIME")
