"""A server that takes thirty seconds to accept, beside those that put off or hang: it is waited for, others are not."""

from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from functools import partial
from pathlib import Path

import pytest

from backbone import worker
from backbone.ledger import outbound
from backbone.ledger.states import Outbound, OutboundReason
from backbone.runtime import Runtime
from replies import service
from replies.settings import ReplySettings
from tests.support.house import House, house
from tests.support.sending import add_mailbox, owe, owed
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for

SLOW = 30.0
LEASE = 60.0
"""Seconds."""

OWN = ReplySettings(timeout=5)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(service, "own_settings", lambda: OWN)
    with house(tmp_path, scheduler_interval=0.1, sending_lease=LEASE) as made:
        yield made


@pytest.fixture
def running(office: House) -> Iterator[Runtime]:
    with worker.embedded(office.runtime.settings) as made:
        yield made


def test_a_mail_that_is_accepted_after_thirty_seconds_is_sent_once_while_others_flow(
    office: House, smtp_server: SmtpServer, running: Runtime
) -> None:
    smtp_server.behave(Behaviour.slow("*@slow.example", SLOW))
    smtp_server.behave(Behaviour.refuse("*@later.example", "451 4.7.1 Later"))
    smtp_server.behave(Behaviour.hang("*@hang.example", "rcpt"))
    boxes = {name: add_mailbox(office, smtp_server, f"{name}@postroom.test") for name in ("slow", "later", "hang")}
    (slow,), (later,), (hang,) = (owe(office, box, f"ivan@{name}.example") for name, box in boxes.items())
    good = add_mailbox(office, smtp_server, "good@postroom.test", breaker={"burst": 0})

    def tell(*ids: int) -> None:
        with office.runtime.database.reading() as connection:
            running.publisher.publish(*outbound.events(outbound.mailboxes_of(connection, ids)))

    tell(slow, later, hang)
    wait_for(lambda: owed(office, slow).state == Outbound.SENDING, SLOW, "the claim of the slow one")
    claimed = owed(office, slow)
    flowed = 0
    while owed(office, slow).state == Outbound.SENDING:
        (mail_id,) = owe(office, good, "ivan@good.example")
        tell(mail_id)
        wait_for(partial(_is_sent, office, mail_id), LEASE, "a good mail")
        flowed += owed(office, slow).state == Outbound.SENDING

    sent = owed(office, slow)
    assert (sent.state, sent.attempts, sent.tries, sent.resends) == (Outbound.SENT, 1, 0, 0)
    assert (sent.sent_at - claimed.updated_at).total_seconds() >= SLOW
    assert sent.sent_at < claimed.due_at  # the end of the lease
    assert flowed > worker.EMBEDDED_THREADS
    for mail_id, reason in ((later, OutboundReason.TRY_LATER), (hang, OutboundReason.CONNECTION)):
        row = owed(office, mail_id)
        assert (row.state, row.reason, row.tries, row.resends) == (Outbound.DEFERRED, reason, 1, 0)
    arrived = Counter(message_from_bytes(mail.content)["Message-ID"] for mail in smtp_server.mails())
    assert arrived[sent.message_id] == 1
    assert set(arrived.values()) == {1}


def _is_sent(office: House, mail_id: int) -> bool:
    return bool(owed(office, mail_id).state == Outbound.SENT)
