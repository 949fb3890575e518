"""What staff write, and the mail it leaves as."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backbone.catalogue.tables import mailboxes, sender_rules, version
from backbone.contracts import Attachment, Letter
from backbone.errors import UserError
from backbone.ledger import outbound
from backbone.ledger.states import Outbound
from tests.support.house import HELP, House, house, letter
from tickets import answers, chat
from tickets.models import attachments, messages, tickets

FILE = Attachment(filename="акт.pdf", content_type="application/pdf", size=3, sha256="a" * 64)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox()
        yield made


def number_of(office: House, mail_id: int) -> str:
    ticket_id = office.mail(mail_id).ticket_id
    return next(str(row.number) for row in office.rows(tickets) if row.id == ticket_id)


def opened(office: House, **fields: str) -> str:
    return number_of(office, office.take(letter(**fields))[0])


def post(office: House, number: str, text: str = "Мастер приедет.", **about: Any) -> chat.Posted:
    return chat.post(office.runtime, number, text, about.pop("author", "Анна"), **about)


def last_letter(office: House) -> Letter:
    return Letter.model_validate(office.owed()[-1].letter)


def test_a_message_is_kept_and_owed_as_mail(office: House) -> None:
    number = opened(office, Message_ID="<first@customer.example>")
    posted = post(office, number, files=[FILE])
    notice, row = office.owed()
    assert (row.id, row.state, row.kind, row.recipient) == (
        posted.outbound_id,
        Outbound.QUEUED,
        "chat_message",
        "ivan@customer.example",
    )
    assert row.chat_message_id == posted.chat_message_id
    assert row.correlation_id == notice.correlation_id
    written = Letter.model_validate(row.letter)
    assert [entry.text for entry in written.entries] == ["Мастер приедет.", "Добрый день!"]
    assert [entry.author for entry in written.entries] == ["Анна", "Иван Петров"]
    assert written.attachments == (FILE,)
    assert written.in_reply_to == "<first@customer.example>"
    assert written.references == ("<first@customer.example>",)
    assert [row.sha256 for row in office.rows(attachments)] == [FILE.sha256]


def test_the_team_chat_stays_in_the_house(office: House) -> None:
    number = opened(office)
    posted = post(office, number, "между нами", chat="team")
    assert (posted.outbound_id, posted.why) == (None, "the team chat stays in the house")
    post(office, number)
    assert "между нами" not in str(office.owed()[-1].letter)
    assert [row.chat for row in office.rows(messages)] == ["customer", "team", "customer"]


def test_guests_are_neither_quoted_nor_answered(office: House) -> None:
    number = opened(office, Message_ID="<first@customer.example>")
    guest = letter(
        text="чужое",
        From="eve@elsewhere.example",
        Message_ID="<guest@elsewhere.example>",
        In_Reply_To="<first@customer.example>",
    )
    office.take(guest)
    assert [row.guest for row in office.rows(messages)] == [False, True]
    post(office, number)
    written = last_letter(office)
    assert "чужое" not in str(written)
    assert "<guest@elsewhere.example>" not in (written.in_reply_to, *written.references)
    assert written.in_reply_to == "<first@customer.example>"
    assert written.to.address == "ivan@customer.example"


def test_an_answer_follows_the_newest_mail_of_the_customer(office: House) -> None:
    number = opened(office, Message_ID="<first@customer.example>")
    post(office, number)
    office.take(letter(text="ещё", Message_ID="<second@customer.example>", In_Reply_To=office.owed()[-1].message_id))
    notice, first = office.owed()
    vacation = letter(Auto_Submitted="auto-replied", Message_ID="<vacation@x>", In_Reply_To=first.message_id)
    office.take(vacation)
    post(office, number, "вторая")
    written = last_letter(office)
    assert written.in_reply_to == "<second@customer.example>"
    assert written.references == (
        "<first@customer.example>",
        notice.message_id,
        first.message_id,
        "<second@customer.example>",
    )


def test_two_answers_in_a_row_stand_below_the_same_mail(office: House) -> None:
    number = opened(office, Message_ID="<first@customer.example>")
    answers_to = "<first@customer.example>"
    together = [letter(Message_ID=f"<{one}@customer.example>", In_Reply_To=answers_to) for one in ("b", "a")]
    office.take(*together)
    post(office, number)
    post(office, number, "и ещё")
    for row in office.owed()[-2:]:
        written = Letter.model_validate(row.letter)
        assert written.in_reply_to == written.references[-1] == "<a@customer.example>"


def test_a_bounce_is_no_mail_of_the_thread(office: House) -> None:
    number = opened(office, Message_ID="<first@customer.example>")
    post(office, number)
    row = office.owed()[-1]
    with office.runtime.database.transaction() as connection:
        claimed = outbound.claim(connection, row.id, row.created_at)
        assert claimed is not None
        outbound.settle(connection, claimed, Outbound.SENT)
    bounce = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {HELP}\r\nMessage-ID: <bounce@mx.example>\r\n"
        "Return-Path: <>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ivan@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {row.message_id}\r\n\r\n--b--\r\n"
    )
    (bounced,) = office.take(bounce.encode())
    assert (office.mail(bounced).state, office.mail(bounced).ticket_id) == ("bounced", row.ticket_id)
    assert (office.owed()[-1].state, office.owed()[-1].answer) == (Outbound.BOUNCED, "5.1.1 ivan@customer.example")
    assert office.mail(bounced).decision[-1] == {
        "step": "bounce",
        "recipient": "ivan@customer.example",
        "status": "5.1.1",
        "action": "failed",
        "original_message_id": row.message_id,
        "found": True,
        "suppressed": "ivan@customer.example",
    }
    post(office, number, "вторая")
    assert "<bounce@mx.example>" not in (last_letter(office).in_reply_to, *last_letter(office).references)


def test_history_is_bounded(office: House) -> None:
    number = opened(office)
    for index in range(40):
        post(office, number, f"сообщение {index}")
    assert len(last_letter(office).entries) == answers.LONGEST_HISTORY
    assert last_letter(office).entries[0].text == "сообщение 39"
    post(office, number, "ы" * chat.LONGEST_MESSAGE)
    assert len(last_letter(office).entries) == 1


@pytest.mark.parametrize(
    ("about", "complaint"),
    [
        ({"number": "O9999999"}, "no ticket 'O9999999'"),
        ({"text": " \n"}, "empty"),
        ({"text": "x" * 100_001}, "100001 characters"),
        ({"files": [FILE] * 11}, "11 files"),
        ({"text": "a\0b"}, "UTF-8"),
        ({"text": "a\udcffb"}, "UTF-8"),
        ({"author": " "}, "author"),
        ({"author": "Анна\nПётр"}, "author"),
        ({"author": "x" * 201}, "author"),
        ({"author": "\udcff"}, "author"),
    ],
)
def test_what_cannot_be_posted(office: House, about: dict[str, Any], complaint: str) -> None:
    number = opened(office)
    with pytest.raises(UserError, match=complaint):
        post(office, about.pop("number", number), **about)
    assert (len(office.rows(messages)), len(office.owed())) == (1, 1)


def test_a_file_needs_no_text(office: House) -> None:
    assert post(office, opened(office), "", files=[FILE]).outbound_id


@pytest.mark.parametrize(
    ("table", "values", "why"),
    [
        (sender_rules, {"reply_by_chat": False}, "does not answer through the chat"),
        (mailboxes, {"smtp_host": None}, "has no SMTP server"),
    ],
)
def test_a_message_that_may_not_leave_is_kept(office: House, table: Any, values: dict[str, Any], why: str) -> None:
    office.change(table, **values)
    office.change(version, number=99)
    posted = post(office, opened(office))
    assert (posted.outbound_id, why in posted.why) == (None, True)
    assert (len(office.rows(messages)), office.owed()) == (2, [])


def test_nobody_to_answer(office: House) -> None:
    assert post(office, opened(office, Reply_To=HELP)).why == "the answer would go to a mailbox of ours"
    office.change(sender_rules, pattern="*@*")
    office.change(version, number=99)
    assert post(office, opened(office, From="")).why == "the ticket's mail named no sender"
