"""Forged, replayed and changed ways into a conversation, over real servers: none speaks there as the customer.

``tests/integration/test_tickets_forgeries.py`` tries more of them, without the servers.
"""

from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from backbone import tokens
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound, suppressions
from tests.support.clients import parsed, plain_text
from tests.support.desk import Desk, desk
from tests.support.house import letter
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.post import returned
from tests.support.runtimes import change_mailbox
from tests.support.smtp import SmtpServer
from tickets.models import messages

IVAN, EVE = "ivan@customer0.example", "eve@customer1.example"
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"

Fields = dict[str, str]


def written(sender: str, verdict: str = "pass", **fields: str) -> bytes:
    """Return a mail of which our provider says whether its sender is who he claims to be."""
    domain = sender.partition("@")[2]
    about = {"From": sender, "Authentication_Results": f"mx.postroom.test; dmarc={verdict} header.from={domain}"}
    return letter(**about | fields)


def ways(mail: EmailMessage, token: str) -> dict[str, Fields]:
    """Return the fields of answers to our mail by each of the ways it opens, ``token`` in place of its own."""
    ours = str(tokens.find(str(mail["Message-ID"])))
    assert f"Ref: {ours}" in plain_text(mail)
    return {
        "plus address": {"To": str(mail["Reply-To"].addresses[0].addr_spec).replace(ours, token)},
        "In-Reply-To": {"In_Reply_To": str(mail["Message-ID"]).replace(ours, token)},
        "References": {"References": f"<other@x.example> {str(mail['Message-ID']).replace(ours, token)}"},
        "marker": {"text": f"Да.\r\n> Ref: {token}"},
    }


def one_bit(token: str, bit: int) -> str:
    """Flip one bit of a token's signature, of five bits in each character; the first is number 0."""
    head, _, signature = token.rpartition(".")
    place, within = divmod(bit, 5)
    changed = BASE32[BASE32.index(signature[place]) ^ (1 << within)]
    return f"{head}.{signature[:place]}{changed}{signature[place + 1 :]}"


@pytest.fixture
def at(running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer) -> Any:
    with desk(running, mailbox, smtp_server) as made:
        change_mailbox(made.runtime, 1, outgoing={"reply_to_token": True, "body_marker": True})
        yield made


def test_nobody_enters_as_the_customer(at: Desk) -> None:
    mine, hers = at.deliver(written(IVAN), written(EVE))
    number = at.number(mine)
    answer = parsed(at.chat(number, "Мастер приедет завтра.").content)
    token = str(tokens.find(str(answer["Message-ID"])))
    moved = token.replace(f"{mine.ticket_id}.", f"{hers.ticket_id}.", 1)
    sent = len(at.smtp.mails())

    def tried(sender: str, value: str) -> list[tuple[str, Any, Any, bool]]:
        """Try a token in each place; return each mail's state, reason and ticket, and whether it says why."""
        found = ways(answer, value)
        rows = at.deliver(*(written(sender, **{"text": "Пустите меня."} | fields) for fields in found.values()))
        verdict = "bad_signature" if value != token else "guest"
        said = [verdict in {step.get("verdict") for step in row.decision} for row in rows]
        return [(row.state, row.reason, row.ticket_id, why) for row, why in zip(rows, said, strict=True)]

    for bit in (0, 47, 95):
        assert tried(IVAN, one_bit(token, bit)) == [("held", "bad_token", None, True)] * 4
    assert tried(IVAN, moved) == [("held", "bad_token", None, True)] * 4
    assert tried(EVE, token) == [("message_added", None, mine.ticket_id, True)] * 4

    tagged = f"Re: [#{number}] Тема"
    tags = at.deliver(
        written(EVE, Subject=tagged), written(IVAN, "none", Subject=tagged), written(IVAN, "fail", Subject=tagged)
    )
    assert [(row.state, row.ticket_id in (mine.ticket_id, hers.ticket_id)) for row in tags] == [
        ("ticket_created", False)
    ] * 3
    assert [step["verdict"] for row in tags for step in row.decision if step["step"] == "thread"] == [
        "not_a_participant",
        "not_verified",
        "not_verified",
    ]

    (true,) = at.deliver(written(IVAN, Subject=tagged, text="А это я."))
    assert (true.state, true.ticket_id) == ("message_added", mine.ticket_id)
    said = select(messages.c.text, messages.c.guest).where(
        messages.c.ticket_id == mine.ticket_id, messages.c.author_kind == "customer"
    )
    assert at.running.rows(said.order_by(messages.c.id)) == [
        ("Добрый день!", False),
        *[("Пустите меня.", True)] * 3,
        ("Да.", True),
        ("А это я.", False),
    ]
    last = parsed(at.chat(number, "До завтра!").content)
    assert "А это я." in plain_text(last)
    assert "Пустите меня." not in plain_text(last)
    later = [parsed(taken.content) for taken in at.smtp.mails()[sent:]]
    assert [mail["Subject"] for mail in later if EVE in str(mail["To"]) and number in str(mail["Subject"])] == []


def test_a_forged_report_changes_nothing(at: Desk) -> None:
    (mine,) = at.deliver(written(IVAN))
    taken = at.chat(at.number(mine), "Мастер приедет завтра.")
    back = taken.sender
    ours = outbound.c.message_id == str(parsed(taken.content)["Message-ID"])
    (sent,) = at.running.rows(select(outbound).where(ours))
    tag = back.partition("@")[0].rpartition("+")[2]
    forged = [
        (at.mailbox.address, "no_token"),
        (sent.letter["reply_to"], "no_token"),
        (back.replace(tag, sent.message_id.partition("@")[0].strip("<").replace("pr.", "pb.")), "no_token"),
        *((back.replace(tag, one_bit(tag, bit)), "bad_token") for bit in (0, 47, 95)),
    ]
    reports = [
        returned(sent, to).replace(b"<report.", b"<forged.%d." % number) for number, (to, _) in enumerate(forged)
    ]
    doubts = [(row.state, row.decision[-1].get("doubt")) for row in at.deliver(*reports)]
    assert doubts == [("bounced", doubt) for _, doubt in forged]
    team = select(messages.c.text).where(messages.c.ticket_id == mine.ticket_id, messages.c.chat == "team")
    assert len(at.running.rows(team)) == 2, "one note for each doubt"
    assert at.running.rows(select(outbound.c.state).where(ours)) == [(Outbound.SENT,)]
    assert at.running.rows(select(suppressions)) == []
    spoken = select(messages.c.id).where(messages.c.ticket_id == mine.ticket_id, messages.c.author_kind == "customer")
    assert len(at.running.rows(spoken)) == 1

    bare = returned(sent, back).partition(b"--b\r\nContent-Type: text/rfc822-headers")[0] + b"--b--\r\n"
    (true,) = at.deliver(bare)
    assert (true.ticket_id, true.decision[-1]["token"], true.decision[-1]["suppressed"]) == (
        mine.ticket_id,
        "right",
        IVAN,
    )
    assert at.running.rows(select(outbound.c.state).where(ours)) == [(Outbound.BOUNCED,)]
    assert at.running.rows(select(suppressions.c.address)) == [(IVAN,)]
