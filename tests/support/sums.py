"""What must add up after any run of `mails.mixed`, whatever happened on the way."""

from collections import Counter
from email import message_from_bytes

from sqlalchemy import select

from backbone.ledger.tables import inbound, outbound
from tests.support.mails import KINDS
from tests.support.pipeline import Pipeline
from tests.support.smtp import SmtpServer
from tickets.models import messages, tickets

ANSWERED = {"plain_ru", "html_ru", "attachment", "cp1251", "plain_en", "broken", "no_message_id"}


def check(running: Pipeline, smtp: SmtpServer, count: int) -> None:
    """Assert that `count` mixed mails became what they should: nothing lost, nothing doubled."""
    per_kind = count // len(KINDS)
    counts = running.counts()
    assert counts["inbound_mails"] == {"ticket_created": 9 * per_kind, "ignored": per_kind}
    assert counts["outbound_mails"] == {"sent": len(ANSWERED) * per_kind}
    assert counts["made"] == {"tickets": 9 * per_kind, "chat_messages": 9 * per_kind}
    made = running.rows(select(tickets.c.number, tickets.c.inbound_id))
    assert len({row.number for row in made}) == len(made)
    assert len({row.inbound_id for row in made}) == len(made)
    assert len({row.inbound_id for row in running.rows(select(messages.c.inbound_id))}) == len(made)
    undecided = running.rows(select(inbound.c.id).where(inbound.c.decision.is_(None)))
    assert undecided == []
    _check_notices(running, smtp)


def _check_notices(running: Pipeline, smtp: SmtpServer) -> None:
    """Every notice arrived; one that arrived twice is counted as such in the ledger."""
    arrived = Counter(message_from_bytes(mail.content)["Message-ID"] for mail in smtp.mails())
    resends = {row.message_id: row.resends for row in running.rows(select(outbound.c.message_id, outbound.c.resends))}
    assert set(arrived) == set(resends)
    doubled = {message_id: times for message_id, times in arrived.items() if times > 1 + resends[message_id]}
    assert doubled == {}
