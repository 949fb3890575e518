"""From received mail to tickets, on both databases: each mail once, and none takes another along."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from backbone import clock
from backbone.contracts import Letter, ParsedMail
from backbone.ledger import inbound as ledger
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound
from parse import service as parsing
from replies.compose import Offers, compose
from tests.support import mails
from tests.support.databases import both
from tests.support.house import HELP, House, house, letter
from tickets import service as deciding
from tickets.models import attachments, contacts, counters, messages, tickets

FIRST = "<first@customer.example>"


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, threads=10, database_url=database_url) as made:
        made.add_mailbox(senders=["*@*"])
        yield made


def steps(office: House, mail_id: int) -> list[str]:
    return [step["step"] for step in office.mail(mail_id).decision]


@both
def test_threads_with_overlapping_batches_decide_each_mail_once(office: House) -> None:
    ids = office.read(*mails.mixed(100, HELP))
    answers = office.read(
        *(letter(From="client0@customer0.example", In_Reply_To="<plain_ru.0@customer.example>") for _ in range(12))
    )
    waiting = ids + answers
    for _ in range(3):  # answers may wait for the mail they answer
        with ThreadPoolExecutor(8) as pool:
            batches = [(waiting[start:] + waiting[:start])[:16] for start in range(0, len(waiting), 4)]
            list(pool.map(lambda batch: deciding.decide(office.runtime, batch), batches))
    states = Counter(row.state for row in office.rows(inbound))
    assert states == {Inbound.TICKET_CREATED: 100, Inbound.MESSAGE_ADDED: 12}
    made = office.rows(tickets)
    assert len({ticket.inbound_id for ticket in made}) == len(made) == 100
    assert len({ticket.number for ticket in made}) == 100
    series = made[0].number[:-3]
    assert sorted(ticket.number for ticket in made) == [f"{series}{number:03}" for number in range(100)]
    said = office.rows(messages)
    assert len(said) == 112
    assert {message.ticket_id for message in said if message.inbound_id in answers} == {
        office.mail(ids[0]).ticket_id,
    }
    assert len(office.rows(attachments)) == len([kind for kind in mails.KINDS if kind == "attachment"]) * 10
    addresses = [contact.address for contact in office.rows(contacts)]
    assert len(addresses) == len(set(addresses))
    notices = Counter(row.ticket_id for row in office.owed())
    assert max(notices.values()) == 1
    automatic = {row.id for row in office.rows(inbound) if "automation" in steps(office, row.id)}
    assert len(automatic) == 20
    assert len(notices) == 80


@both
def test_one_broken_mail_takes_nobody_along_and_fails_at_last(office: House) -> None:
    good, broken, other = office.read(letter(), letter(), letter())
    office.change(inbound, inbound.c.id == broken, parsed_key=office.runtime.blobs.put(b"no JSON"))
    for attempt in range(1, office.runtime.settings.max_attempts + 1):
        deciding.decide(office.runtime, [good, broken, other])
        row = office.mail(broken)
        last = attempt == office.runtime.settings.max_attempts
        assert (row.state, row.attempts) == (Inbound.FAILED if last else Inbound.PARSED, attempt)
    assert "Traceback" in row.error
    assert "ValidationError" in row.error
    assert (row.reason, row.due_at, row.ticket_id) == (InboundReason.BUG, None, None)
    assert {office.mail(one).state for one in (good, other)} == {Inbound.TICKET_CREATED}
    assert len(office.rows(tickets)) == 2
    with office.runtime.database.transaction() as connection:
        assert ledger.reopen(connection, [good, broken, other], clock.now()) == [broken]
    parsing.read(office.runtime, [broken])
    deciding.decide(office.runtime, [broken])
    row = office.mail(broken)
    assert (row.state, row.error, row.attempts) == (Inbound.TICKET_CREATED, None, 0)


def test_a_parsed_mail_that_is_gone_is_made_again(office: House) -> None:
    (mail_id,) = office.read(letter())
    office.change(inbound, inbound.c.id == mail_id, parsed_key="0" * 64)
    deciding.decide(office.runtime, [mail_id])
    row = office.mail(mail_id)
    assert (row.state, row.due_at is not None) == (Inbound.RECEIVED, True)
    parsing.read(office.runtime, [mail_id])
    deciding.decide(office.runtime, [mail_id])
    assert office.mail(mail_id).state == Inbound.TICKET_CREATED
    assert len(office.rows(tickets)) == 1


def test_a_raw_mail_that_is_gone_fails(office: House) -> None:
    good, gone = office.receive(letter(), letter())
    office.change(inbound, inbound.c.id == gone, raw_key="0" * 64)
    parsing.read(office.runtime, [good, gone])
    assert office.mail(good).state == Inbound.PARSED
    row = office.mail(gone)
    assert (row.state, row.reason, row.due_at) == (Inbound.FAILED, InboundReason.RAW_MAIL_MISSING, None)


def test_of_a_mail_too_large_the_headers_become_a_ticket(office: House) -> None:
    head = letter(text="").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    (mail_id,) = office.take(head, oversize=True)
    (ticket,) = office.rows(tickets)
    assert "больше допустимого" in ticket.description
    assert office.mail(mail_id).decision[0]["level"] == "headers"
    assert "oversize" in office.mail(mail_id).decision[0]["defects"]


@both
def test_the_decision_tells_the_whole_way(office: House) -> None:
    (mail_id,) = office.take(letter(In_Reply_To="<unknown@x>", Subject="Re: [#NOPE] тема"))
    row = office.mail(mail_id)
    (ticket,) = office.rows(tickets)
    assert steps(office, mail_id) == ["read", "sender_rule", "thread", "thread", "permission", "notice", "ticket"]
    assert row.decision[1]["sender"] == "ivan@customer.example"
    (rule,) = row.decision[1]["considered"]
    assert (rule["pattern"], [one["ok"] for one in rule["conditions"]]) == ("*@*", [True] * 3)
    assert row.decision[-1] == {"step": "ticket", "number": ticket.number, "template": "Почта"}
    assert (row.ticket_id, row.chat_message_id) == (ticket.id, office.rows(messages)[0].id)


def test_an_answer_in_the_same_batch_waits_for_its_mail(office: House) -> None:
    ids = office.read(letter(Message_ID=FIRST), letter(In_Reply_To=FIRST))
    deciding.decide(office.runtime, ids)
    assert [office.mail(one).state for one in ids] == [Inbound.TICKET_CREATED, Inbound.PARSED]
    assert office.mail(ids[1]).due_at is not None
    deciding.decide(office.runtime, ids)
    assert office.mail(ids[1]).state == Inbound.MESSAGE_ADDED
    assert office.mail(ids[1]).ticket_id == office.mail(ids[0]).ticket_id


def test_mails_that_answer_each_other_do_not_wait_for_ever(office: House) -> None:
    ids = office.read(
        letter(Message_ID="<a@x>", In_Reply_To="<b@x>"),
        letter(Message_ID="<b@x>", In_Reply_To="<a@x>"),
        letter(Message_ID="<c@x>", In_Reply_To="<c@x>"),
    )
    deciding.decide(office.runtime, ids)
    deciding.decide(office.runtime, ids)
    assert [office.mail(one).state for one in ids] == [
        Inbound.TICKET_CREATED,
        Inbound.MESSAGE_ADDED,
        Inbound.TICKET_CREATED,
    ]


def test_one_mail_to_two_mailboxes_is_two_conversations(office: House) -> None:
    second = office.add_mailbox("sales@postroom.test", senders=["*@*"])
    (one,) = office.take(letter(Message_ID=FIRST))
    (two,) = office.take(letter(Message_ID=FIRST), mailbox_id=second)
    for box, expected in ((1, one), (second, two)):
        (answer,) = office.take(letter(In_Reply_To=FIRST), mailbox_id=box)
        assert office.mail(answer).state == Inbound.MESSAGE_ADDED
        assert office.mail(answer).ticket_id == office.mail(expected).ticket_id


def test_who_is_answered_takes_part(office: House) -> None:
    office.configure(outgoing={"subject_tag": "participant"})
    (mail_id,) = office.take(letter(Reply_To="boss@customer.example"))
    number = office.rows(tickets)[0].number
    for sender, state in (
        ("BOSS@customer.example", Inbound.MESSAGE_ADDED),
        ("ivan@customer.example", Inbound.MESSAGE_ADDED),
        ("eve@customer.example", Inbound.TICKET_CREATED),
    ):
        (answer,) = office.take(letter(Subject=f"Re: [#{number}] тема", From=sender))
        assert office.mail(answer).state == state
    assert office.mail(mail_id).state == Inbound.TICKET_CREATED


@both
def test_numbers_that_another_pattern_has_used_are_passed_over(office: House) -> None:
    office.take(letter())
    first = office.rows(tickets)[0]
    office.change(tickets, number=first.number[:-1] + "1")
    office.take(letter(), letter(), letter())
    taken = [ticket.number for ticket in office.rows(tickets)]
    assert len(set(taken)) == 4
    assert len(office.rows(counters)) == 1


HOSTILE: dict[str, bytes] = {
    "nul_in_text": letter(text="a\0b"),
    "nul_in_subject": letter(subject="=?utf-8?b?AGEAYg==?="),
    "nul_in_name": letter(From="=?utf-8?b?AGEAYg==?= <ivan@customer.example>"),
    "nul_in_ids": letter(In_Reply_To="<a\0b@x>", References="<c\0d@x> <e\0f@x>", Message_ID="<g\0h@x>"),
    "nul_in_tag": letter(subject="Re: [#a\0b]"),
    "surrogates": letter(text="\udcff\udcfe", subject="\udced\udca0\udc80"),
    "encoded_surrogate": letter(subject="=?utf-8?b?7aCA?= =?utf-16?b?2AA=?="),
    "long_address": letter(From=f"<{'a' * 5000}@{'b' * 5000}.example>"),
    "long_subject": letter(subject="ы" * 100_000),
    "no_headers": b"\r\n\r\nonly text",
    "empty": b"",
    "date_out_of_range": letter(Date="Fri, 31 Dec 9999 23:59:59 -1200"),
    "first_date": letter(Date="Mon, 1 Jan 0001 00:00:00 +0000"),
    "automation": letter(Auto_Submitted="auto-replied; \0 x", Precedence="bulk\0"),
    "attachment": (
        b"From: ivan@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: " + b"x" * 400 + b"/" + b"y" * 400 + b'; name="a\0b.png"\r\n'
        b"Content-ID: <a\0b>\r\nContent-Disposition: attachment; filename*=utf-8''%00%ED%A0%80.png\r\n"
        b"\r\nx\r\n--b--\r\n"
    ),
    "bounce": (
        b"From: MAILER-DAEMON@x\r\nReturn-Path: <>\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; a\0b@x\r\nAction: failed\0\r\nStatus: 5.\0.1\r\n\r\n"
        b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <a\0b@x>\r\n\r\n--b--\r\n"
    ),
}


@both
def test_hostile_mail_ends_like_any_other(office: House) -> None:
    ids = dict(zip(HOSTILE, office.take(*HOSTILE.values()), strict=True))
    rows = {name: office.mail(mail_id) for name, mail_id in ids.items()}
    assert {name: row.error for name, row in rows.items() if row.error} == {}
    assert {row.state for row in rows.values()} == {Inbound.TICKET_CREATED, Inbound.BOUNCED}
    for row in rows.values():
        parsed = ParsedMail.model_validate_json(office.runtime.blobs.get(row.parsed_key))
        assert "\0" not in str(parsed.model_dump())


@pytest.fixture(autouse=True)
def owes_composable_mail(office: House) -> Iterator[None]:
    """Whatever a customer wrote, what he is owed can be composed."""
    yield
    with office.runtime.database.reading() as connection:
        boxes: Any = office.runtime.catalogue.current(connection).mailboxes
    for row in office.owed():
        compose(
            Letter.model_validate(row.letter),
            mailbox=boxes[row.mailbox_id],
            message_id=row.message_id,
            date=row.created_at,
            loop_name="postroom",
            offers=Offers(),
        )
