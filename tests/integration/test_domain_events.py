"""What happens to tickets, messages and mail is told in domain events, in order and no more than there is to tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backbone import clock
from backbone.catalogue.tables import sender_rules, version
from backbone.errors import UserError
from backbone.exchange import events as contract
from backbone.ledger import outbound
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import domain_events
from backbone.runtime import Runtime
from replies.outcomes import settle
from tests.support.house import HELP, House, house, letter
from tests.support.listening import Listener, tell_all, waiting
from tests.support.runtimes import runtime
from tests.support.sending import set_outgoing
from tickets import chat, lifecycle, undo
from tickets.models import tickets

SECONDS = 30


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str, amqp_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url, amqp_url, instance="test") as made:
        yield made


def settled(office: House, outbound_id: int, state: Outbound, **values: Any) -> None:
    with office.runtime.database.transaction() as connection:
        row = outbound.claim(connection, outbound_id, clock.after(60))
    assert row is not None
    settle(office.runtime, row, state, **values)


def test_what_happens_to_a_ticket_is_told_in_order(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    (mail_id,) = office.take(letter("Не работает", Message_ID="<first@customer.example>"))
    number = office.rows(tickets)[0].number
    sent, failed = (chat.post(opened, number, text, "Анна").outbound_id for text in ("раз", "два"))
    chat.post(opened, number, "между нами", "Анна", chat="team")
    assert sent is not None
    assert failed is not None
    settled(office, sent, Outbound.SENT, answer="250 ok", sent_at=clock.now())
    settled(office, failed, Outbound.FAILED, answer="550 no", reason=OutboundReason.REFUSED)
    settled(office, office.owed()[0].id, Outbound.SENT)  # the notice: no chat message, no event
    lifecycle.close(opened, number)
    lifecycle.close(opened, number)
    office.take(letter(text="ещё", In_Reply_To="<first@customer.example>"))
    lifecycle.close(opened, number)
    lifecycle.reopen(opened, number)

    assert (tell_all(opened), waiting(opened)) == (12, 0)
    heard = listener.heard()
    assert [one["type"] for one in heard] == [
        "ticket.created",
        *["message.added"] * 4,
        "reply.sent",
        "reply.failed",
        "ticket.closed",
        "ticket.reopened",
        "message.added",
        "ticket.closed",
        "ticket.reopened",
    ]
    for one in heard:
        contract.CloudEvent.model_validate(one)
        model = next(kind for kind in contract.ALL if kind.type == one["type"])
        model.model_validate(one["data"])
    assert {one["subject"] for one in heard} == {number}
    assert {one["source"] for one in heard} == {"/postroom/test"}
    assert len({one["id"] for one in heard}) == len(heard)
    created, first = heard[0], heard[1]
    assert created["data"] == {
        "ticket": number,
        "mailbox": HELP,
        "subject": "Не работает",
        "mail_id": mail_id,
        "silent": False,
    }
    assert created["correlationid"] == first["correlationid"] == office.mail(mail_id).correlation_id
    assert (first["data"]["author"], first["data"]["text"]) == ("Иван Петров", "Добрый день!")
    assert "между нами" not in json.dumps(heard, ensure_ascii=False)
    assert [one["data"]["answer"] for one in heard if one["type"].startswith("reply.")] == ["250 ok", "550 no"]
    assert [one["data"]["by"] for one in heard if one["type"] == "ticket.reopened"] == ["mail", "staff"]


def test_a_message_and_its_twin_are_told_and_taken_back(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    set_outgoing(office, 1, undo_seconds=600)
    office.take(letter())
    number = office.rows(tickets)[0].number
    posted = chat.post(opened, number, "ой", "Анна", also=True)
    both = [posted.chat_message_id, posted.other_message_id]
    tell_all(opened)
    added = listener.heard()[-2:]
    assert [(one["data"]["message_id"], one["data"]["twin_id"]) for one in added] == [tuple(both), tuple(both[::-1])]
    assert posted.not_before
    assert {datetime.fromisoformat(one["data"]["undo_until"]) for one in added} == {posted.not_before}
    assert [one["data"]["text"] for one in added] == ["ой", None]

    undo.take_back(opened, posted.chat_message_id)
    tell_all(opened)
    undone = listener.heard()
    assert [one["type"] for one in undone] == ["message.undone"] * 2
    assert [one["data"] for one in undone] == [
        {"ticket": number, "message_id": one, "chat": where, "author": None, "event_id": None}
        for one, where in zip(both, ("customer", "team"), strict=True)
    ]
    assert {one["subject"] for one in undone} == {number}
    assert undone[0]["correlationid"] == added[0]["correlationid"]


def test_what_cannot_be_taken_back_is_not_told_to_be(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.take(letter())
    posted = chat.post(opened, office.rows(tickets)[0].number, "Едем.", "Анна")
    with pytest.raises(UserError):
        undo.take_back(opened, posted.chat_message_id)
    tell_all(opened)
    heard = listener.heard()
    assert "message.undone" not in {one["type"] for one in heard}
    assert heard[-1]["data"]["undo_until"] is None


def test_a_held_mail_is_told_of(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.change(sender_rules, trust="verified")
    office.change(version, number=99)
    (mail_id,) = office.take(letter())
    assert office.mail(mail_id).state == "held"
    tell_all(opened)
    (held,) = listener.heard()
    assert (held["type"], held["subject"]) == ("mail.held", str(mail_id))
    assert held["data"] == {"mail_id": mail_id, "mailbox": HELP, "reason": "not_verified"}


def test_embedded_nobody_is_told(tmp_path: Path) -> None:
    with house(tmp_path) as office:
        office.add_mailbox()
        office.take(letter())
        lifecycle.close(office.runtime, office.rows(tickets)[0].number)
        assert office.rows(domain_events) == []


def test_a_reply_that_comes_back_is_told_of(opened: Runtime, listener: Listener) -> None:
    office = House(opened)
    office.add_mailbox()
    office.take(letter())
    number = office.rows(tickets)[0].number
    sent = chat.post(opened, number, "раз", "Анна").outbound_id
    assert sent is not None
    settled(office, sent, Outbound.SENT)
    message_id = office.owed()[-1].message_id
    report = (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {HELP}\r\nMessage-ID: <bounce@mx.example>\r\nReturn-Path: <>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ivan@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    )
    office.take(report.encode())
    tell_all(opened)
    taken, bounced, note = listener.heard()[-3:]
    assert [taken["type"], bounced["type"], note["type"]] == ["reply.sent", "reply.bounced", "message.added"]
    assert bounced["data"]["outbound_id"] == sent
    assert bounced["data"]["answer"] == "5.1.1 ivan@customer.example"
    assert [note["data"][name] for name in ("chat", "author_kind", "text")] == ["team", "system", None]
