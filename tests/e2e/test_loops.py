"""Machines that answer machines over real SMTP and IMAP servers: at most the configured number of mails, then silence.

The mails that left are counted at the SMTP server. Each mail that came stands on a ticket in the end, and nothing but
automatic mail has been stopped.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backbone.ledger.states import Inbound, InboundReason, Outbound, OutboundReason
from backbone.ledger.tables import inbound, send_breakers, suppressions
from tests.support.databases import Databases
from tests.support.house import letter
from tests.support.mailboxes import Mailbox
from tests.support.offices import Change, DeadEnd, Office, Responder, Way, losing, office, renaming
from tests.support.post import MARKS, THREADING
from tests.support.smtp import SmtpServer
from tickets import chat, writing
from tickets.models import messages, tickets

MOST = 4
IVAN = "ivan@customer.example"
ANNA = "anna@elsewhere.example"
UNMARKED = losing(*MARKS)
BARE = losing(*MARKS, *THREADING)

Offices = Callable[..., list[Office]]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, int]], None]]:
    """Choose how many automatic mails may go to an address: by minutes, how many within them."""

    def choose(found: dict[str, int]) -> None:
        monkeypatch.setenv("POSTROOM_TICKETS_NOTICES_PER_ADDRESS", json.dumps(found))
        writing.own_settings.cache_clear()

    choose({"10": MOST, "600": 50})
    yield choose
    writing.own_settings.cache_clear()


@pytest.fixture
def offices(
    tmp_path: Path, postgres_databases: Databases, mailbox_factory: Callable[[str], Mailbox], smtp_server: SmtpServer
) -> Iterator[Offices]:
    """Open Postrooms that know nothing of each other, each at a domain; ``breaker`` is that of all."""
    with ExitStack() as stack:

        def opened(*domains: str, **breaker: int) -> list[Office]:
            made = []
            for number, domain in enumerate(domains):
                box = mailbox_factory(f"help{number}")
                box = replace(box, address=f"{box.address.partition('@')[0]}@{domain}")
                url = postgres_databases.create()
                about: dict[str, Any] = {"database_url": url, "instance": f"office{number}"}
                made.append(stack.enter_context(office(tmp_path / str(number), box, smtp_server, **about)))
                made[-1].house.configure(outgoing={"breaker": breaker})
            return made

        yield opened


def held(one: Office) -> list[str]:
    """Return why mails wait for a person."""
    return [row.reason for row in one.house.owed() if row.state == Outbound.HELD]


def is_intact(one: Office, *texts: str) -> None:
    """See that each mail is on a ticket, that the messages begin with these texts, and that a person is answered."""
    states = one.states()
    said = one.house.rows(messages, messages.c.author_kind != "system")
    heard = [message for message in said if message.inbound_id is not None]
    assert set(states) <= {Inbound.TICKET_CREATED, Inbound.MESSAGE_ADDED, Inbound.BOUNCED}
    assert len(one.house.rows(tickets)) == states[Inbound.TICKET_CREATED]
    assert len(heard) == states[Inbound.TICKET_CREATED] + states[Inbound.MESSAGE_ADDED]
    assert tuple(message.text for message in said[: len(texts)]) == texts
    assert all(ticket.closed_at is None and ticket.merged_into_id is None for ticket in one.house.rows(tickets))
    before = len(one.sent())
    one.receive(letter(From=ANNA, To=one.address))
    one.work()
    assert [mail.recipient for mail in one.sent()[before:]] == [ANNA]
    assert one.house.owed()[-1].state == Outbound.SENT


WAYS: dict[str, tuple[tuple[Change, ...], int, int]] = {
    "whole": ((), 1, 0),
    "renamed": ((renaming,), 1, 0),
    "unmarked": ((UNMARKED,), 1, 1),
    "unmarked, renamed": ((UNMARKED, renaming), 1, 1),
    "bare": ((BARE,), MOST, MOST),
    "bare, renamed": ((BARE, renaming), MOST, MOST),
}
"""What happens to mail on its way, and how many mails then leave from the north and from the south."""


@pytest.mark.parametrize(
    ("way", "domains"),
    [*((way, ("north.example", "south.example")) for way in WAYS), ("unmarked", ("one.example", "one.example"))],
)
@pytest.mark.usefixtures("windows")
def test_two_postrooms_fall_silent(
    offices: Offices, smtp_server: SmtpServer, way: str, domains: tuple[str, str]
) -> None:
    changes, from_north, from_south = WAYS[way]
    north, south = offices(*domains)
    between = Way(smtp_server, changes, {one.address: one.receive for one in (north, south)})
    north.receive(letter(text="Кто там?", From=south.address, To=north.address))
    between.until_silence(north, south)
    assert (between.count(north.address), between.count(south.address)) == (from_north, from_south)
    assert (north.states().total(), south.states().total()) == (1 + from_south, from_north)
    is_intact(north, "Кто там?")
    is_intact(south)


@pytest.mark.usefixtures("windows")
def test_two_mailboxes_of_one_postroom_say_nothing_to_each_other(
    offices: Offices, smtp_server: SmtpServer, mailbox_factory: Callable[[str], Mailbox]
) -> None:
    (home,) = offices("one.example")
    other = home.add_mailbox(mailbox_factory("second"), smtp_server)
    between = Way(smtp_server, (BARE, renaming), {home.address: home.receive})
    home.receive(letter(From=other.address, To=home.address))
    home.receive(letter(From=IVAN, To=home.address, Reply_To=other.address))
    between.until_silence(home)
    assert smtp_server.mails() == []
    assert [(row.state, row.reason) for row in home.house.rows(inbound)] == [
        (Inbound.IGNORED, InboundReason.OWN_MAIL),
        (Inbound.TICKET_CREATED, None),
    ]


def test_where_no_window_is_set_the_breaker_ends_it(
    offices: Offices, smtp_server: SmtpServer, windows: Callable[[dict[str, int]], None]
) -> None:
    windows({})
    north, south = offices("north.example", "south.example", burst=MOST)
    between = Way(smtp_server, (BARE, renaming), {one.address: one.receive for one in (north, south)})
    north.receive(letter(text="Кто там?", From=south.address, To=north.address))
    between.until_silence(north, south)
    assert (between.count(north.address), between.count(south.address)) == (MOST, MOST)
    assert held(north) == [OutboundReason.BREAKER]
    assert held(south) == []
    assert [(row.domain, row.reason) for row in north.house.rows(send_breakers)] == [("south.example", "burst")]
    is_intact(north, "Кто там?")
    is_intact(south)


@pytest.mark.parametrize("changes", [(UNMARKED,), (UNMARKED, renaming)], ids=["as sent", "renamed"])
@pytest.mark.usefixtures("windows")
def test_robots_at_both_chats_are_parted_by_the_breaker(
    offices: Offices, smtp_server: SmtpServer, changes: tuple[Change, ...]
) -> None:
    """What they write bears no mark of a machine, as a dispatcher's answer bears none, and no window counts it."""
    both = offices("north.example", "south.example", ping_pong=MOST)
    between = Way(smtp_server, changes, {one.address: one.receive for one in both})
    both[0].receive(letter(text="Кто там?", From=both[1].address, To=both[0].address))
    for one in both:
        one.robot = True
    between.until_silence(*both)
    for one in both:
        assert max(Counter(row.ticket_id for row in one.sent()).values()) <= MOST
        assert set(held(one)) <= {OutboundReason.BREAKER}
        one.robot = False
    assert "ping_pong" in {row.reason for one in both for row in one.house.rows(send_breakers)}
    is_intact(both[0], "Кто там?")
    is_intact(both[1])


@pytest.mark.parametrize("changes", [(), (renaming,)], ids=["as sent", "renamed"])
@pytest.mark.parametrize(
    ("marks", "threads", "most"),
    [(True, True, (1, 1)), (True, False, (1, 1)), (False, True, (1, MOST)), (False, False, (MOST, MOST))],
    ids=["honest", "without threads", "without marks", "with nothing"],
)
@pytest.mark.parametrize("plus", [False, True], ids=["one address", "plus-addresses"])
@pytest.mark.usefixtures("windows")
def test_a_vacation_responder_falls_silent(
    offices: Offices,
    smtp_server: SmtpServer,
    marks: bool,
    threads: bool,
    most: tuple[int, int],
    changes: tuple[Change, ...],
    plus: bool,
) -> None:
    (home,) = offices("desk.example")
    home.house.configure(outgoing={"reply_to_token": plus})
    between = Way(smtp_server, changes, {home.address: home.receive})
    between.homes[IVAN] = Responder(between, IVAN, marks=marks, threads=threads)
    home.receive(letter(text="Не работает касса.", From=IVAN, To=home.address))
    between.until_silence(home)
    assert between.count(home.address) == most[bool(changes)]
    chat.post(home.house.runtime, home.house.rows(tickets)[0].number, "Мастер приедет завтра.", "Анна")
    between.until_silence(home)
    written = between.count(home.address)
    assert written == most[bool(changes)] + 1
    assert between.counts() == {home.address: written, "" if marks else IVAN: written}
    assert home.states().total() == 1 + written
    is_intact(home, "Не работает касса.")


@pytest.mark.parametrize("plus", [False, True], ids=["one address", "plus-addresses"])
@pytest.mark.parametrize("changes", [(), (renaming,)], ids=["as sent", "renamed"])
@pytest.mark.usefixtures("windows")
def test_an_address_that_bounces_is_left_alone(
    offices: Offices, smtp_server: SmtpServer, changes: tuple[Change, ...], *, plus: bool
) -> None:
    (home,) = offices("desk.example")
    home.house.configure(outgoing={"reply_to_token": plus})
    between = Way(smtp_server, changes, {home.address: home.receive})
    between.homes[IVAN] = DeadEnd(between, IVAN)
    home.receive(letter(text="Не работает касса.", From=IVAN, To=home.address))
    between.until_silence(home)
    assert [row.address for row in home.house.rows(suppressions)] == [IVAN]
    chat.post(home.house.runtime, home.house.rows(tickets)[0].number, "Мастер приедет завтра.", "Анна")
    home.receive(letter(text="Робот жив.", From=IVAN, To=home.address, Auto_Submitted="auto-generated"))
    home.receive(letter(text="Ответьте Ивану.", From="olga@customer.example", To=home.address, Reply_To=IVAN))
    between.until_silence(home)
    assert between.counts() == {home.address: 2, "": 2}
    assert [(row.kind, row.state) for row in home.house.owed()] == [
        ("ticket_created", Outbound.BOUNCED),
        ("chat_message", Outbound.BOUNCED),
    ]
    notes = home.house.rows(messages, messages.c.author_kind == "system")
    assert [(note.chat, note.ticket_id, IVAN in note.text) for note in notes] == [("team", 1, True)] * 2
    assert home.states() == {Inbound.TICKET_CREATED: 3, Inbound.BOUNCED: 2}
    proofs = {row.decision[-1].get("token") for row in home.house.rows(inbound, inbound.c.state == Inbound.BOUNCED)}
    assert proofs == {"right" if plus else None}
    is_intact(home, "Не работает касса.", "Мастер приедет завтра.")
