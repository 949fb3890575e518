"""Reports that come to the signed address that our mail was sent from prove themselves; the others are in doubt."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backbone.contracts import Letter
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound, suppressions
from tests.support.databases import Databases
from tests.support.house import HELP, House, house, letter
from tests.support.mailboxes import Mailbox
from tests.support.offices import DeadEnd, Responder, Way
from tests.support.offices import office as opened
from tests.support.post import collect, returned
from tests.support.smtp import SmtpServer
from tickets import chat
from tickets.models import messages, participants, tickets

TRUSTED = "mx.postroom.test"
IVAN, EVE = "ivan@customer.example", "eve@elsewhere.example"
BY_EVE = {"sender": f"Eve <{EVE}>", "head": f"Return-Path: <{EVE}>"}
BY_NO_DAEMON = {"head": f"Return-Path: <>\r\nAuthentication-Results: {TRUSTED}; dmarc=fail header.from=mx.example"}


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        made.add_mailbox(senders=["*@customer.example"])
        made.configure(authserv_ids=TRUSTED, outgoing={"reply_to_token": True})
        yield made


def answered(office: House, **fields: str) -> Any:
    """Let a customer write, and answer him; return the row of our mail."""
    office.take(letter(**fields))
    office.change(participants, confirmed=True)
    chat.post(office.runtime, office.rows(tickets)[-1].number, "Мастер приедет.", "Анна")
    collect(office)
    return office.owed()[-1]


def place(sent: Any) -> str:
    """Return the address that a mail was sent from."""
    address = sent.letter["returns_to"]
    assert re.fullmatch(r"help\+pb\.[a-z2-7]{2}[1-9][0-9]*\.[a-z2-7]{20}@postroom\.test", address)
    return str(address)


def flipped(address: str) -> str:
    at = address.index("@") - 3
    return address[:at] + ("b" if address[at] != "b" else "c") + address[at + 1 :]


def notes(office: House) -> list[str]:
    return [row.text for row in office.rows(messages) if (row.chat, row.author_kind) == ("team", "system")]


def without_original(raw: bytes) -> bytes:
    return raw.partition(b"--b\r\nContent-Type: text/rfc822-headers")[0] + b"--b--\r\n"


@pytest.mark.parametrize("about", [{}, BY_EVE, BY_NO_DAEMON], ids=["a server", "no server", "called forged"])
@pytest.mark.parametrize("change", [bytes, without_original], ids=["with the original", "without it"])
def test_the_right_token_is_proof(office: House, about: dict[str, str], change: Callable[[bytes], bytes]) -> None:
    sent = answered(office)
    (report,) = office.take(change(returned(sent, place(sent), **about)))
    row = office.mail(report)
    assert (row.state, row.ticket_id, row.chat_message_id) == ("bounced", sent.ticket_id, sent.chat_message_id)
    step = row.decision[-1]
    assert (step["token"], step["original_message_id"], step["suppressed"]) == ("right", sent.message_id, IVAN)
    assert "doubt" not in step
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert [one.address for one in office.rows(suppressions)] == [IVAN]
    assert len(notes(office)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda address: f"prvs=1234abcdef={address}",
        lambda address: f"SRS0=AbCd=X7=postroom.test={address.replace('@postroom.test', '@forwarder.example')}",
        lambda address: address.upper(),
    ],
    ids=["signed by a gateway", "rewritten by a forwarder", "in capitals"],
)
def test_what_servers_make_of_the_address_is_proof_too(office: House, change: Callable[[str], str]) -> None:
    sent = answered(office)
    (report,) = office.take(returned(sent, change(place(sent))))
    assert (office.mail(report).decision[-1]["token"], office.owed()[-1].state) == ("right", Outbound.BOUNCED)


def test_a_report_in_words_alone_finds_its_mail(office: House) -> None:
    sent = answered(office)
    text = f"This is the mail system at host mx.example.\r\n\r\n<{IVAN}>: user unknown\r\n"
    about = {"From": "MAILER-DAEMON@mx.example", "To": "undisclosed-recipients:;", "Return_Path": "<>"}
    (report,) = office.take(letter("Undelivered Mail Returned to Sender", text, **about, Delivered_To=place(sent)))
    assert office.mail(report).decision[-1]["token"] == "right"
    assert office.owed()[-1].state == Outbound.BOUNCED
    assert [one.address for one in office.rows(suppressions)] == [IVAN]


def test_the_token_says_which_mail_whatever_the_report_names(office: House) -> None:
    sent, other = answered(office), answered(office, From="petr@customer.example")
    (report,) = office.take(returned(other, place(sent), whom=IVAN))
    assert office.mail(report).ticket_id == sent.ticket_id
    by_id = {row.id: row.state for row in office.owed()}
    assert (by_id[sent.id], by_id[other.id]) == (Outbound.BOUNCED, Outbound.SENT)


def test_whose_copy_failed_is_what_the_report_says(office: House) -> None:
    sent = answered(office, Cc="olga@partner.example")
    office.take(returned(sent, place(sent), whom="olga@partner.example"))
    assert office.owed()[-1].state == Outbound.SENT
    assert [one.address for one in office.rows(suppressions)] == ["olga@partner.example"]


@pytest.mark.parametrize(
    ("to", "doubt", "told"),
    [
        (lambda _: HELP, "no_token", "оно пришло не на тот адрес, с которого это было отправлено."),
        (lambda sent: sent.letter["reply_to"], "no_token", "оно пришло не на тот адрес,"),
        (lambda sent: flipped(place(sent)), "bad_token", "адрес, на который оно пришло, изменён."),
        (
            lambda sent: place(sent).replace(f"{sent.ticket_id}.", f"{sent.ticket_id + 1}.", 1),
            "bad_token",
            "адрес, на который оно пришло, изменён.",
        ),
    ],
    ids=["no token", "the reply token", "one bit", "another ticket"],
)
def test_who_knows_the_message_id_alone_changes_nothing(
    office: House, to: Callable[[Any], str], doubt: str, told: str
) -> None:
    sent = answered(office)
    before = len(office.rows(messages, messages.c.author_kind == "customer"))
    ids = office.take(returned(sent, to(sent)), returned(sent, to(sent), status="5.1.2"))
    for row in map(office.mail, ids):
        assert (row.state, row.ticket_id, row.decision[-1]["doubt"]) == ("bounced", sent.ticket_id, doubt)
    assert office.owed()[-1].state == Outbound.SENT
    assert office.rows(suppressions) == []
    (note,) = notes(office)
    assert told in note
    assert len(office.rows(messages, messages.c.author_kind == "customer")) == before
    office.take(returned(sent, place(sent), status="5.1.6"))
    assert office.owed()[-1].state == Outbound.BOUNCED


def test_a_token_of_another_mailbox_or_mail_proves_nothing(office: House) -> None:
    box = office.add_mailbox("desk@postroom.test")
    sent = answered(office)
    (moved,) = office.take(returned(sent, place(sent).replace("help+", "desk+")), mailbox_id=box)
    assert office.mail(moved).decision[-1]["doubt"] == "bad_token"
    (alone,) = office.take(without_original(returned(sent, flipped(place(sent)))))
    step = office.mail(alone).decision[-1]
    assert (step["found"], step["token"]) == (False, "wrong")
    assert (office.owed()[-1].state, len(notes(office))) == (Outbound.SENT, 1)


def test_what_left_before_the_setting_is_reported_as_ever(office: House) -> None:
    office.configure(outgoing={})
    before = answered(office)
    assert before.letter["returns_to"] is None
    office.configure(outgoing={"reply_to_token": True})
    after = answered(office, From="petr@customer.example")
    office.configure(outgoing={})
    office.take(returned(before, HELP), returned(after, HELP))
    states = {row.id: row.state for row in office.owed()}
    assert (states[before.id], states[after.id]) == (Outbound.BOUNCED, Outbound.SENT)
    office.take(returned(after, place(after), status="5.1.2"))
    assert office.owed()[-1].state == Outbound.BOUNCED, "by how it was sent, not by the setting of today"


def test_rows_of_former_versions_are_reported_as_ever(office: House) -> None:
    sent = answered(office)
    office.change(outbound, letter={name: value for name, value in sent.letter.items() if name != "returns_to"})
    office.take(returned(sent, HELP))
    assert office.owed()[-1].state == Outbound.BOUNCED


def test_no_mail_that_is_no_report_joins_by_the_address(office: House) -> None:
    sent = answered(office)
    about = {"From": IVAN, "To": place(sent), "Auto_Submitted": "auto-replied"}
    (threaded,) = office.take(letter(In_Reply_To=sent.message_id, **about))
    assert (office.mail(threaded).state, office.mail(threaded).ticket_id) == ("message_added", sent.ticket_id)
    assert len(office.rows(participants)) == 0
    known = len(office.owed())
    for to in (place(sent), flipped(place(sent))):
        (alone,) = office.take(letter(From=IVAN, To=to))
        assert (office.mail(alone).state, office.mail(alone).ticket_id == sent.ticket_id) == ("ticket_created", False)
        (stranger,) = office.take(letter(From=EVE, To=to))
        assert (office.mail(stranger).state, office.mail(stranger).reason) == ("ignored", "no_sender_rule")
    assert [row.recipient for row in office.owed()[known:]] == [IVAN, IVAN]
    office.take(letter(From=IVAN, Reply_To=place(sent)))
    assert len(office.owed()) == known + 2, "nothing is sent to an address of ours"


@pytest.mark.parametrize("long", [False, True], ids=["with a token", "without room for one"])
def test_over_real_servers(
    tmp_path: Path, mailbox_factory: Callable[[str], Mailbox], smtp_server: SmtpServer, *, long: bool
) -> None:
    home = mailbox_factory("s" * 50 if long else "help")
    with opened(tmp_path / "home", home, smtp_server) as desk:
        desk.house.configure(outgoing={"reply_to_token": True})
        between = Way(smtp_server, (), {desk.address: desk.receive})
        between.homes[IVAN] = Responder(between, IVAN, marks=True, threads=True)
        desk.receive(letter(From=IVAN, To=desk.address))
        between.until_silence(desk)
        (created,) = desk.sent()
        assert (Letter.model_validate(created.letter).returns_to is None) is long
        senders = [mail.sender for mail in smtp_server.mails()]
        assert senders == [created.letter["returns_to"] or desk.address, ""]
        assert desk.states() == {"ticket_created": 1, "message_added": 1}, "the vacation responder's joined"
        between.homes[IVAN] = DeadEnd(between, IVAN)
        chat.post(desk.house.runtime, desk.house.rows(tickets)[0].number, "Мастер приедет.", "Анна")
        between.until_silence(desk)
        assert desk.house.owed()[-1].state == Outbound.BOUNCED
        step = desk.house.mail(3).decision[-1]
        assert (step["found"], step.get("token")) == (True, None if long else "right")
