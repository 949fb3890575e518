"""The whole way on real servers, each stage as its own process."""

from email import message_from_bytes
from email.message import Message

from sqlalchemy import func, select

from backbone.ledger.tables import inbound, outbound
from tests.support import mails, sums
from tests.support.buckets import Bucket
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import STAGES, Pipeline
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for

COUNT = 1_000


def test_a_thousand_mails_add_up_and_are_taken_once(
    running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    mailbox.append(mails.mixed(COUNT, mailbox.address))
    running.start_all()
    running.wait_until_settled(COUNT, 120)
    sums.check(running, smtp_server, COUNT)
    wait_for(lambda: mailbox.unseen() == 0, 60, "the Seen flags, which come last")

    running.command("mailbox", "fetch", mailbox.address)

    assert running.rows(select(func.count()).select_from(inbound)) == [(COUNT,)]
    _notices_thread(smtp_server, mailbox)
    _one_id_follows_a_mail(running)


def _one_id_follows_a_mail(running: Pipeline) -> None:
    """Each stage's log names the mail by the correlation id that it got when it was taken."""
    (correlation_id,) = running.rows(select(outbound.c.correlation_id).limit(1))[0]
    for stage in STAGES:
        lines = (running.folder / f"{stage}.log").read_text().splitlines()
        assert [line for line in lines if correlation_id in line], stage


def _notices_thread(smtp_server: SmtpServer, mailbox: Mailbox) -> None:
    """Each notice answers the mail it is about, and says that it is automatic."""
    for taken in smtp_server.mails():
        notice: Message = message_from_bytes(taken.content)
        assert taken.sender == mailbox.address
        assert notice["Auto-Submitted"] == "auto-replied"
        assert notice["Subject"].startswith("Re: [#")
        if notice["In-Reply-To"]:
            assert notice["In-Reply-To"] in notice["References"]


def test_one_mail_to_two_mailboxes_reaches_both_and_is_one_blob_in_s3(
    running: Pipeline, mailbox: Mailbox, second_mailbox: Mailbox, smtp_server: SmtpServer, s3_bucket: Bucket
) -> None:
    running.environment = {**running.environment, **s3_bucket.environment()}
    running.configure(mailbox, second_mailbox, smtp=smtp_server)
    raw = mails.make("plain_ru", 1, mailbox.address)
    mailbox.append([raw, raw])
    second_mailbox.append([raw])
    running.start_all()

    counts = running.wait_until_settled(3, 60)

    assert counts["inbound_mails"] == {"ticket_created": 2, "duplicate": 1}
    assert len({row.raw_key for row in running.rows(select(inbound.c.raw_key))}) == 1
    wait_for(lambda: len(smtp_server.mails()) == 2, 30, "two notices")
