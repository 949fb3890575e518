"""``postroom chat``, ``undo``, ``canned`` and ``ticket participant``: what staff type, and what they are shown."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backbone import clock
from backbone.catalogue.tables import canned_replies, mailboxes, version
from backbone.ledger.states import Outbound, OutboundReason
from backbone.ledger.tables import outbound
from tests.support.house import House, letter
from tests.support.sending import set_outgoing
from tests.support.shell import Shell
from tickets.models import messages, tickets

BOSS = "boss@customer.example"


@pytest.fixture
def number(office: House) -> str:
    with office.runtime.database.transaction() as connection:
        row = {"name": "Принято", "text": "Заявка {number} принята."}
        connection.execute(insert(canned_replies).values(row))
    office.change(version, number=99)
    office.take(letter())
    return str(office.rows(tickets)[0].number)


def test_both_chats_at_once(shell: Shell, office: House, number: str) -> None:
    told = shell("chat", number, "всем", "--team", "--also", "--json").json()
    assert [(row.id, row.chat) for row in office.rows(messages)[1:]] == [
        (told["chat_message_id"], "team"),
        (told["other_message_id"], "customer"),
    ]
    assert told["outbound_id"] == office.owed()[-1].id
    shown = shell("tickets", number).out
    assert f"team chat, the same as {told['other_message_id']}" in shown
    assert f"customer chat, the same as {told['chat_message_id']} · queued" in shown
    assert f"both chats of {number}, and queued" in shell("chat", number, "ещё", "--also").out
    assert "no mail leaves: the team chat" in shell("chat", number, "тихо", "--team").out


def test_a_canned_reply_with_more_behind_it(shell: Shell, office: House, number: str) -> None:
    assert shell("chat", number, "--canned", "Принято").code == 0
    assert shell("chat", number, "До завтра!", "--canned", "Принято").code == 0
    ready = f"Заявка {number} принята."
    assert [row.text for row in office.rows(messages)[1:]] == [ready, f"{ready}\n\nДо завтра!"]
    assert shell("canned", "list", "--ticket", number, "--json").json() == [
        {"name": "Принято", "ticket_types": [], "text": "Заявка {number} принята."}
    ]
    assert re.search(r"Принято\s.*any", shell("canned", "list").out)
    failed = shell("chat", number, "--canned", "Нет")
    assert (failed.code, "postroom canned list" in failed.err) == (1, True)


@pytest.mark.parametrize(("language", "who"), [("ru", "Диспетчер"), ("en", "Dispatcher")])
def test_who_writes_is_named_in_the_language_of_the_mail(
    shell: Shell, office: House, number: str, language: str, who: str
) -> None:
    office.change(mailboxes, language=language)
    office.change(version, number=100)
    shell("chat", number, "Мастер приедет.")
    shell("chat", number, "Мастер приедет.", "--author", "Анна")
    assert [row.author for row in office.rows(messages)[1:]] == [who, "Анна"]


def test_no_canned_replies(shell: Shell, office: House) -> None:
    assert office
    assert "canned_replies in the mail configuration" in shell("canned", "list").out


def test_a_message_is_taken_back(shell: Shell, office: House, number: str) -> None:
    set_outgoing(office, 1, undo_seconds=600)
    said = shell("chat", number, "ой").out
    message_id = said.rpartition("postroom undo ")[2].strip()
    assert f"postroom undo {message_id}" in shell("tickets", number).out
    assert "is taken back" in shell("undo", message_id).out
    shown = shell("tickets", number).out
    assert "taken back" in shown
    assert "ой" not in shown
    assert shell("tickets", number, "--json").json()["messages"][-1]["undone_at"]
    shell("chat", number, "ай")
    assert "is taken back" in shell("undo", "--ticket", number).out
    assert shell("undo").code == 2
    assert shell("undo", "1", "--ticket", number).code == 2
    assert shell("undo", "--ticket", number).code == 1


@pytest.mark.parametrize(
    ("state", "values", "words"),
    [
        (Outbound.QUEUED, {}, r"queued"),
        (Outbound.SENT, {"answer": "250 2.0.0 Taken", "sent_at": clock.now()}, r"✓ sent \d{4}-\d\d-\d\d [\d:]+$"),
        (
            Outbound.SENT,
            {"answer": f"250 Taken; not to {BOSS}: 550 no; not to x@y.example: 550 no", "sent_at": clock.now()},
            rf"✓ sent [-\d: ]+: not to {BOSS}: 550 no; not to x@y.example: 550 no$",
        ),
        (
            Outbound.SENT,
            {
                "answer": "250 Taken; not to x@y.example: 550 no",
                "sent_at": clock.now(),
                "reason": OutboundReason.COPIES_PUT_OFF,
                "put_off": {BOSS: "451 Greylisted"},
                "due_at": clock.now(),
            },
            rf"✓ sent [-\d: ]+: copies are tried again; not to x@y.example: 550 no; not yet to {BOSS}: 451 .*next try",
        ),
        (
            Outbound.DEFERRED,
            {"reason": OutboundReason.TRY_LATER, "answer": "451 Greylisted", "due_at": clock.now()},
            r"! deferred: the mail server wants it later; 451 Greylisted; next try \d{4}",
        ),
        (Outbound.BOUNCED, {"answer": "5.1.1 ivan@customer.example"}, r"✗ bounced: 5\.1\.1 ivan"),
        (
            Outbound.FAILED,
            {"reason": OutboundReason.RECIPIENT_REFUSED, "answer": "550 No such user"},
            r"✗ failed: the recipient is refused; 550 No such user",
        ),
        (Outbound.HELD, {"reason": OutboundReason.BREAKER}, r"! held: too many mails went there; 'postroom breaker"),
    ],
)
def test_the_state_of_each_mail_is_shown_in_words(
    shell: Shell, office: House, number: str, state: Outbound, values: dict[str, Any], words: str
) -> None:
    shell("chat", number, "Мастер приедет.")
    office.change(outbound, outbound.c.chat_message_id.is_not(None), state=state, **values)
    (head,) = [line.rstrip() for line in shell("tickets", number).out.splitlines() if " · Диспетчер · " in line]
    assert re.search(rf"customer chat · {words}", head), head


def test_every_reason_has_its_words() -> None:
    from console.commands import delivery  # noqa: PLC0415 - only this test looks inside

    assert set(delivery._WHY) == set(OutboundReason)  # noqa: SLF001 - as above


def test_participants(shell: Shell, office: House, number: str) -> None:
    assert office
    assert "takes part" in shell("ticket", "participant", "add", number, BOSS, "--name", "Пётр").out
    assert "already" in shell("ticket", "participant", "add", number, BOSS).out
    assert "confirmed already" in shell("ticket", "participant", "confirm", number, BOSS).out
    assert shell("ticket", "participants", number, "--json").json()[-1] == {
        "address": BOSS,
        "name": "Пётр",
        "role": "participant",
        "confirmed": True,
    }
    assert re.search(rf"{BOSS}\s.*Пётр\s.*participant\s.*yes", shell("ticket", "participants", number).out)
    assert "no more" in shell("ticket", "participant", "remove", number, BOSS).out
    refused = shell("ticket", "participant", "remove", number, "ivan@customer.example")
    assert (refused.code, "is the requester" in refused.err) == (1, True)
    assert shell("ticket", "participants", "O1").code == 1


def test_who_wrote_is_listed_and_not_the_place(shell: Shell, office: House, number: str) -> None:
    office.change(tickets, address="ул. Ленина, 1")
    assert "ivan@customer.example" in shell("tickets").out
    assert shell("tickets", number, "--json").json()["address"] == "ул. Ленина, 1"


def test_a_file_too_large_names_the_setting(shell: Shell, office: House, number: str, tmp_path: Path) -> None:
    set_outgoing(office, 1, attachments_mb=0)
    (tmp_path / "акт.pdf").write_bytes(b"%PDF")
    refused = shell("chat", number, "--file", str(tmp_path / "акт.pdf"))
    assert (refused.code, "POSTROOM_PUBLIC_URL" in refused.err) == (1, True)
    taken = shell("chat", number, "--file", str(tmp_path / "акт.pdf"), POSTROOM_PUBLIC_URL="https://t.example")
    assert taken.code == 0
    assert office.owed()[-1].letter["links"][0]["url"].startswith("https://t.example/f/")
    assert timedelta(days=13) < office.owed()[-1].created_at + timedelta(days=14) - clock.now()
