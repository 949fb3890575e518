"""A conversation between a customer and a dispatcher, over real servers, each stage as its own process."""

from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import select

from backbone.ledger.tables import outbound
from tests.support import clients
from tests.support.clients import parsed, plain_text
from tests.support.desk import Desk, desk
from tests.support.house import letter
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.smtp import SmtpServer
from tickets.models import messages

CUSTOMER = "client0@customer0.example"
PHOTO = bytes(range(256)) * 20
WORDS = {"ru": "Спасибо, жду.\nКлюч на вахте", "en": "Thank you.\nThe key is at the desk"}


def test_mail_to_ticket_to_answer_and_back(
    running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    with desk(running, mailbox, smtp_server) as at:
        _back_and_forth(at, tmp_path / "акт.pdf")


def _back_and_forth(at: Desk, file: Path) -> None:
    number = at.open()
    notice = at.last_sent()
    assert notice["Subject"] == f"Re: [#{number}] Не работает кондиционер №0"
    assert notice["To"].addresses[0].addr_spec == CUSTOMER
    assert notice["In-Reply-To"] == "<attachment.0@customer.example>"

    file.write_bytes(PHOTO)
    at.running.command("chat", number, "Мастер приедет завтра.", "--author", "Анна", "--attach", str(file))
    answer = parsed(at.smtp.wait_for_mails(2)[1].content)
    assert [(one.get_filename(), one.get_content()) for one in answer.iter_attachments()] == [("акт.pdf", PHOTO)]
    assert answer["References"].split() == [answer["In-Reply-To"]] == ["<attachment.0@customer.example>"]
    assert answer["Auto-Submitted"] is None

    styles = [(name, language) for name in clients.STYLES for language in WORDS]
    texts = [f"{WORDS[language]}: {name}." for name, language in styles]
    files = [f"фото {name} {language}.png" for name, language in styles]
    replies = []
    for (name, language), text, filename in zip(styles, texts, files, strict=True):
        replies.append(clients.STYLES[name](answer, text, language=language))
        replies[-1].add_attachment(PHOTO, maintype="image", subtype="png", filename=filename)
    rows = at.deliver(*(reply.as_bytes() for reply in replies))
    assert [row.state for row in rows] == ["message_added"] * len(replies)
    shown = at.asked("tickets", number)
    said = [one["text"] for one in shown["messages"]]
    assert said[1:] == ["Мастер приедет завтра.", *texts]
    assert [[file["filename"] for file in one["attachments"]] for one in shown["messages"]] == [
        ["фото 0.png"],
        ["акт.pdf"],
        *([filename] for filename in files),
    ]
    assert [one["mail_state"] for one in shown["messages"]] == [None, "sent", *[None] * len(replies)]
    assert [one["author"] for one in shown["messages"]] == ["Клиент 0", "Анна", *["Клиент 0"] * len(replies)]
    assert len(at.smtp.mails()) == 2, "an answer on a ticket is not answered by a notice"

    second = parsed(at.chat(number, "До завтра!").content)
    assert second["In-Reply-To"] == replies[-1]["Message-ID"]
    newest, _, earlier = plain_text(second).partition("-" * 40)
    assert newest.strip().endswith("Анна:\nДо завтра!")
    places = [earlier.index(text) for text in reversed(said)]
    assert places == sorted(places)

    story = at.asked("trace", number)
    opening = story[0]
    assert [step["step"] for step in opening["decision"]] == ["read", "sender_rule", "permission", "notice", "ticket"]
    assert [sent["state"] for sent in opening["outbound"]] == ["sent"] * 3
    assert [one["id"] for one in story] == [opening["id"], *(row.id for row in rows)]
    assert at.asked("trace", str(opening["id"])) == [opening]
    assert at.asked("trace", second["Message-ID"]) == story
    told = at.running.command("trace", replies[-1]["Message-ID"]).stdout
    assert "message_added" in told
    assert "taken: the mail belongs to that conversation" in " ".join(told.split())
    assert number in told


def test_who_may_join_and_what_is_never_answered(
    running: Pipeline, mailbox: Mailbox, second_mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    running.configure(mailbox, second_mailbox, smtp=smtp_server)
    with desk(running, mailbox, smtp_server) as at:
        number = at.open()
        answer = parsed(at.chat(number, "Мастер приедет завтра.").content)
        ours = answer["Message-ID"]
        sent = len(smtp_server.mails())

        _joining(at, number, ours)
        assert len(smtp_server.mails()) == sent + 1, "only the new ticket of another customer had a notice"
        _falling_silent(at, answer, second_mailbox)
        assert len(smtp_server.mails()) == sent + 1
        _bounced(at, number, ours)
        assert len(smtp_server.mails()) == sent + 1

        last = parsed(at.chat(number, "До завтра!").content)
    assert "чужой" not in plain_text(last)
    assert last["To"].addresses[0].addr_spec == CUSTOMER
    assert "guest" not in str(last["References"])
    assert "bounce" not in str(last["References"])


def _joining(at: Desk, number: str, ours: str) -> None:
    tagged = f"Re: [#{number}] тема"
    verified = "mx.postroom.test; dmarc=pass header.from=customer0.example"
    flipped = ours[:-25] + ("b" if ours[-25] != "b" else "c") + ours[-24:]
    participant, customer, stranger, guest, foreign, forged = at.deliver(
        letter(From=CUSTOMER, Subject=tagged, text="по номеру", Authentication_Results=verified),
        letter(From="other@customer1.example", Subject=tagged, text="другой"),
        letter(From="eve@stranger.example", Subject=tagged, text="никто"),
        letter(From="eve@stranger.example", In_Reply_To=ours, text="чужой", Message_ID="<guest@stranger.example>"),
        letter(From="eve@stranger.example", In_Reply_To=ours.replace("pr.", "pr.zz1", 1), text="не наш ключ"),
        letter(From=CUSTOMER, In_Reply_To=flipped, text="подделка"),
    )
    assert participant.state == "message_added"
    assert (customer.state, customer.ticket_id != participant.ticket_id) == ("ticket_created", True)
    assert "not_a_participant" in str(customer.decision)
    assert (stranger.state, stranger.reason) == ("ignored", "no_sender_rule")
    assert (guest.state, guest.ticket_id) == ("message_added", participant.ticket_id)
    assert (foreign.state, foreign.reason) == ("ignored", "no_sender_rule")
    assert (forged.state, forged.reason) == ("held", "bad_token")
    joined = select(messages.c.text, messages.c.guest).where(messages.c.ticket_id == participant.ticket_id)
    assert at.running.rows(joined.order_by(messages.c.id))[2:] == [("по номеру", False), ("чужой", True)]


def _falling_silent(at: Desk, answer: EmailMessage, other: Mailbox) -> None:
    """Automatic mail is kept and not answered; mailboxes of ours that write to each other come to nothing."""
    vacation, machine = at.deliver(
        letter(From=CUSTOMER, In_Reply_To=answer["Message-ID"], Auto_Submitted="auto-replied", text="в отпуске"),
        letter(From="robot@customer2.example", Auto_Submitted="auto-generated", text="робот"),
    )
    assert (vacation.state, machine.state) == ("message_added", "ticket_created")
    assert at.running.rows(select(messages.c.automatic).where(messages.c.inbound_id == vacation.id)) == [(True,)]
    for own in at.deliver(answer.as_bytes(), letter(From=at.mailbox.address, text="привет от ящика"), box=other):
        assert (own.state, own.reason) == ("ignored", "own_mail")


def _bounced(at: Desk, number: str, ours: str) -> None:
    bounce = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {at.mailbox.address}\r\nMessage-ID: <bounce@mx.example>\r\n"
        "Return-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {ours}\r\nSubject: x\r\n\r\ntext\r\n--b--\r\n"
    )
    (row,) = at.deliver(bounce.encode())
    assert row.state == "bounced"
    shown = at.running.command("tickets", number).stdout
    assert f"bounced: 5.1.1 {CUSTOMER}" in " ".join(shown.split())
    assert "unverified guest" in shown
    states = [state for (state,) in at.running.rows(select(outbound.c.state).where(outbound.c.message_id == ours))]
    assert states == ["bounced"]
    assert at.asked("trace", "<bounce@mx.example>")[0]["ticket"] == number
