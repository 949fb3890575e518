"""A conversation between a customer and a dispatcher, over real servers, each stage as its own process."""

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import select

from backbone.ledger.tables import inbound, outbound
from tests.support import clients, mails
from tests.support.clients import parsed, plain_text
from tests.support.house import letter
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.smtp import SmtpServer
from tickets.models import messages, tickets

CUSTOMER = "client0@customer0.example"
PHOTO = bytes(range(256)) * 20


class Desk:
    """The dispatcher's and the customers' sides of a running pipeline."""

    def __init__(self, running: Pipeline, mailbox: Mailbox, smtp: SmtpServer) -> None:
        self.running, self.mailbox, self.smtp = running, mailbox, smtp
        self.written = 0

    def deliver(self, *raws: bytes, box: Mailbox | None = None) -> list[Any]:
        """Put mails into a mailbox, and return their rows once nothing is left to do."""
        (box or self.mailbox).append(raws)
        before, self.written = self.written, self.written + len(raws)
        self.running.wait_until_settled(self.written, 30)
        return self.running.rows(select(inbound).order_by(inbound.c.id))[before:]

    def ticket(self, number: str) -> Any:
        return json.loads(self.running.command("tickets", number, "--json").stdout)

    def chat(self, number: str, text: str, *options: str) -> EmailMessage:
        """Write to the customer, and return the mail as it left."""
        sent = len(self.smtp.mails())
        self.running.command("chat", number, text, "--author", "Анна", *options)
        return parsed(self.smtp.wait_for_mails(sent + 1)[sent].content)

    def trace(self, name: str) -> Any:
        return json.loads(self.running.command("trace", name, "--json").stdout)

    def last_sent(self) -> EmailMessage:
        return parsed(self.smtp.mails()[-1].content)

    def open(self) -> str:
        """Let a customer write; return the number of his ticket."""
        (row,) = self.deliver(mails.make("attachment", 0, self.mailbox.address))
        return str(self.running.rows(select(tickets.c.number).where(tickets.c.id == row.ticket_id))[0][0])


def test_mail_to_ticket_to_answer_and_back(
    running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    running.start_all()
    desk = Desk(running, mailbox, smtp_server)
    number = desk.open()
    notice = desk.last_sent()
    assert notice["Subject"] == f"Re: [#{number}] Не работает кондиционер №0"
    assert notice["To"].addresses[0].addr_spec == CUSTOMER
    assert notice["In-Reply-To"] == "<attachment.0@customer.example>"

    (tmp_path / "акт.pdf").write_bytes(PHOTO)
    answer = desk.chat(number, "Мастер приедет завтра.", "--attach", str(tmp_path / "акт.pdf"))
    assert [(one.get_filename(), one.get_content()) for one in answer.iter_attachments()] == [("акт.pdf", PHOTO)]
    assert answer["References"].split() == ["<attachment.0@customer.example>", notice["Message-ID"]]
    assert answer["Auto-Submitted"] is None

    replies = []
    for name, style in clients.STYLES.items():
        replies.append(style(answer, f"Спасибо, жду. {name}"))
        replies[-1].add_attachment(PHOTO, maintype="image", subtype="png", filename=f"фото {name}.png")
    rows = desk.deliver(*(reply.as_bytes() for reply in replies))
    assert [row.state for row in rows] == ["message_added"] * 3
    shown = desk.ticket(number)
    said = [one["text"] for one in shown["messages"]]
    assert said[1:] == ["Мастер приедет завтра.", *(f"Спасибо, жду. {name}" for name in clients.STYLES)]
    assert [[file["filename"] for file in one["attachments"]] for one in shown["messages"]] == [
        ["фото 0.png"],
        ["акт.pdf"],
        *([f"фото {name}.png"] for name in clients.STYLES),
    ]
    assert [one["mail_state"] for one in shown["messages"]] == [None, "sent", None, None, None]
    assert [one["author"] for one in shown["messages"]] == ["Клиент 0", "Анна", *["Клиент 0"] * 3]
    assert len(smtp_server.mails()) == 2, "an answer on a ticket is not answered by a notice"

    second = desk.chat(number, "До завтра!")
    assert second["In-Reply-To"] == replies[-1]["Message-ID"]
    newest, _, earlier = plain_text(second).partition("-" * 40)
    assert newest.strip().endswith("Анна:\nДо завтра!")
    places = [earlier.index(text) for text in reversed(said)]
    assert places == sorted(places)

    story = desk.trace(number)
    opening = story[0]
    assert [step["step"] for step in opening["decision"]] == ["read", "sender_rule", "permission", "notice", "ticket"]
    assert [sent["state"] for sent in opening["outbound"]] == ["sent"] * 3
    assert [one["id"] for one in story] == [opening["id"], *(row.id for row in rows)]
    assert desk.trace(str(opening["id"])) == [opening]
    assert desk.trace(second["Message-ID"]) == story
    told = running.command("trace", replies[-1]["Message-ID"]).stdout
    assert "message_added" in told
    assert "verdict joined" in told
    assert f"ticket: {number}" in told


def test_who_may_join_and_what_is_never_answered(
    running: Pipeline, mailbox: Mailbox, second_mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    running.configure(mailbox, second_mailbox, smtp=smtp_server)
    running.start_all()
    desk = Desk(running, mailbox, smtp_server)
    number = desk.open()
    answer = desk.chat(number, "Мастер приедет завтра.")
    ours = answer["Message-ID"]
    sent = len(smtp_server.mails())

    _joining(desk, number, ours)
    assert len(smtp_server.mails()) == sent + 1, "only the new ticket of another customer had a notice"
    _falling_silent(desk, answer, second_mailbox)
    assert len(smtp_server.mails()) == sent + 1
    _bounced(desk, number, ours)
    assert len(smtp_server.mails()) == sent + 1

    last = desk.chat(number, "До завтра!")
    assert "чужой" not in plain_text(last)
    assert last["To"].addresses[0].addr_spec == CUSTOMER
    assert "guest" not in str(last["References"])
    assert "bounce" not in str(last["References"])


def _joining(desk: Desk, number: str, ours: str) -> None:
    tagged = f"Re: [#{number}] тема"
    participant, customer, stranger, guest, forged = desk.deliver(
        letter(From=CUSTOMER, Subject=tagged, text="по номеру"),
        letter(From="other@customer1.example", Subject=tagged, text="другой"),
        letter(From="eve@stranger.example", Subject=tagged, text="никто"),
        letter(From="eve@stranger.example", In_Reply_To=ours, text="чужой", Message_ID="<guest@stranger.example>"),
        letter(From="eve@stranger.example", In_Reply_To=ours.replace("pr.", "pr.zz1", 1), text="подделка"),
    )
    assert participant.state == "message_added"
    assert (customer.state, customer.ticket_id != participant.ticket_id) == ("ticket_created", True)
    assert "not_a_participant" in str(customer.decision)
    assert (stranger.state, stranger.reason) == ("ignored", "no_sender_rule")
    assert (guest.state, guest.ticket_id) == ("message_added", participant.ticket_id)
    assert (forged.state, forged.reason) == ("ignored", "no_sender_rule")
    joined = select(messages.c.text, messages.c.guest).where(messages.c.ticket_id == participant.ticket_id)
    assert desk.running.rows(joined.order_by(messages.c.id))[2:] == [("по номеру", False), ("чужой", True)]


def _falling_silent(desk: Desk, answer: EmailMessage, other: Mailbox) -> None:
    """Automatic mail is kept and not answered; mailboxes of ours that write to each other come to nothing."""
    vacation, machine = desk.deliver(
        letter(From=CUSTOMER, In_Reply_To=answer["Message-ID"], Auto_Submitted="auto-replied", text="в отпуске"),
        letter(From="robot@customer2.example", Auto_Submitted="auto-generated", text="робот"),
    )
    assert (vacation.state, machine.state) == ("message_added", "ticket_created")
    assert desk.running.rows(select(messages.c.automatic).where(messages.c.inbound_id == vacation.id)) == [(True,)]
    for own in desk.deliver(answer.as_bytes(), letter(From=desk.mailbox.address, text="привет от ящика"), box=other):
        assert (own.state, own.reason) == ("ignored", "own_mail")


def _bounced(desk: Desk, number: str, ours: str) -> None:
    bounce = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {desk.mailbox.address}\r\nMessage-ID: <bounce@mx.example>\r\n"
        "Return-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {ours}\r\nSubject: x\r\n\r\ntext\r\n--b--\r\n"
    )
    (row,) = desk.deliver(bounce.encode())
    assert row.state == "bounced"
    shown = desk.running.command("tickets", number).stdout
    assert f"mail bounced: 5.1.1 {CUSTOMER}" in shown
    assert "unverified guest" in shown
    states = [state for (state,) in desk.running.rows(select(outbound.c.state).where(outbound.c.message_id == ours))]
    assert states == ["bounced"]
    assert desk.trace("<bounce@mx.example>")[0]["ticket"] == number
