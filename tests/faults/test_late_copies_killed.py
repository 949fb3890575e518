"""A replies process killed while a server has a late copy in hand: the copy is sent twice only by setting."""

from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from backbone import clock
from backbone.ledger import outbound as ledger
from backbone.ledger.late import NOBODY_KNOWS
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound
from tests.support.house import House
from tests.support.pipeline import Pipeline, pipeline
from tests.support.runtimes import runtime
from tests.support.sending import add_mailbox, owe, owed
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.waiting import wait_for

IVAN, PETR, OLGA = (f"{name}@customer.example" for name in ("ivan", "petr", "olga"))
SECONDS = 60


@pytest.mark.parametrize(("setting", "times"), [("resend", 2), ("hold", 1)])
def test_a_copy_whose_process_is_killed_is_sent_again_only_by_setting(
    setting: str, times: int, tmp_path: Path, postgres_url: str, amqp_url: str, smtp_server: SmtpServer
) -> None:
    own = {"unknown_outcome": setting, "sending_lease": "600", "replies_first_retry": "1"}
    stores = {"database_url": postgres_url, "amqp_url": amqp_url}
    with pipeline(tmp_path, **stores, **own) as running:
        key = running.environment["POSTROOM_SECRET_KEY"]
        with runtime(tmp_path, **stores, secret_key=key) as opened:
            office = House(opened)
            boxes = [add_mailbox(office, smtp_server, f"{name}@postroom.test") for name in ("help", "desk")]
            smtp_server.behave(Behaviour(PETR, "hang", "data", keep=True))
            smtp_server.behave(Behaviour(PETR, answer="451 4.7.1 Greylisted", times=1))
            (mail_id,) = owe(office, boxes[0], IVAN, cc=(PETR,))
            start(running, "first")
            running.start("scheduler", "scheduler")
            tell(office, mail_id)
            wait_for(lambda: recipients(smtp_server) == [[IVAN], [PETR]], SECONDS, "the copy at the server")
            hanging = owed(office, mail_id)
            assert (hanging.state, hanging.reason) == (Outbound.SENT, OutboundReason.COPIES_SENDING)

            others = flow(office, boxes)
            assert owed(office, mail_id) == hanging, "others were to flow while it hangs"
            running.kill("first")
            smtp_server.control.behave_well()
            start(running, "second")
            others += flow(office, boxes)
            assert owed(office, mail_id) == hanging, "nobody is to touch it before its lease is over"
            office.change(outbound, outbound.c.id == mail_id, due_at=clock.after(-1))
            wait_for(lambda: owed(office, mail_id).reason is None, SECONDS, "the end of the copy")
            row = owed(office, mail_id)
            others += flow(office, boxes)

        assert (row.state, row.put_off, row.due_at, row.resends) == (Outbound.SENT, None, None, times - 1)
        assert row.answer == hanging.answer + ("" if times > 1 else f"; not to {PETR}: {NOBODY_KNOWS}")
        mails = smtp_server.mails()
        assert [mail.recipients for mail in mails if OLGA not in mail.recipients] == [[IVAN], *[[PETR]] * times]
        same = [mail.content for mail in mails if OLGA not in mail.recipients]
        assert set(same) == {same[0]}
        assert sorted(message_from_bytes(mail.content)["Message-ID"] for mail in mails if OLGA in mail.recipients) == (
            sorted(one.message_id for one in others)
        )


def start(running: Pipeline, name: str) -> None:
    """Start a process that sends."""
    running.start(name, "worker", "replies", "--threads", "4")


def tell(office: House, *ids: int) -> None:
    """Tell the processes of mails that are owed."""
    with office.runtime.database.reading() as connection:
        office.runtime.publisher.publish(*ledger.events(ledger.mailboxes_of(connection, ids)))


def flow(office: House, boxes: list[int]) -> list[Row[Any]]:
    """Owe another a mail of each mailbox, and wait until they are sent; return their rows."""
    ids = [mail_id for box in boxes for mail_id in owe(office, box, OLGA)]
    tell(office, *ids)
    for mail_id in ids:
        wait_for(partial(is_sent, office, mail_id), SECONDS, "a mail of another")
    return [owed(office, mail_id) for mail_id in ids]


def is_sent(office: House, mail_id: int) -> bool:
    """Whether a mail was sent."""
    return bool(owed(office, mail_id).state == Outbound.SENT)


def recipients(smtp: SmtpServer) -> list[list[str]]:
    """Return whom the mails that the server took are for."""
    return [mail.recipients for mail in smtp.mails()]
