"""Automatic mail against automatic mail: at most the configured number, then silence, and every mail on a ticket."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from email import message_from_bytes
from pathlib import Path

import pytest

from backbone.ledger.states import Inbound
from backbone.ledger.tables import inbound, suppressions
from tests.support.house import HELP, House, house, letter
from tests.support.post import MARKS, THREADING, collect, returned, without
from tickets import writing
from tickets.models import messages, tickets

MOST = 4
NORTH, SOUTH = "help@north.example", "help@south.example"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("POSTROOM_TICKETS_NOTICES_PER_ADDRESS", json.dumps({"10": MOST, "600": 50}))
    writing.own_settings.cache_clear()
    yield
    writing.own_settings.cache_clear()


@pytest.fixture
def office(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    with house(tmp_path, database_url=postgres_url) as made:
        made.add_mailbox(senders=["*@*"])
        yield made


def states(office: House) -> Counter[str]:
    return Counter(row.state for row in office.rows(inbound))


@pytest.mark.parametrize(
    ("lost", "most"),
    [((), 1), (MARKS, 2), ((*MARKS, *THREADING), 2 * MOST)],
    ids=["whole", "without marks", "without marks and threads"],
)
def test_two_postrooms_fall_silent(tmp_path: Path, lost: tuple[str, ...], most: int) -> None:
    with ExitStack() as stack:
        offices: dict[str, House] = {}
        for address, name in ((NORTH, "north"), (SOUTH, "south")):
            (tmp_path / name).mkdir()
            offices[address] = stack.enter_context(house(tmp_path / name, instance=name))
            offices[address].add_mailbox(address, senders=["*@*"])
        offices[NORTH].take(letter(From=SOUTH, To=NORTH))
        exchanged = 0
        while post := [(home, *one) for home, made in offices.items() for one in collect(made)]:
            for _, row, raw in post:
                exchanged += 1
                assert exchanged <= most
                offices[row.recipient].take(without(raw, lost))
        assert exchanged == most
        for made in offices.values():
            done = states(made)
            assert set(done) <= {Inbound.TICKET_CREATED, Inbound.MESSAGE_ADDED}
            assert len(made.rows(tickets)) == done[Inbound.TICKET_CREATED]
            assert len(made.rows(messages)) == done.total()
        last = offices[NORTH].rows(inbound)[-1].decision
        assert last is not None
        assert [step["queued"] for step in last if step["step"] == "notice"] == [lost == ()]


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        (("Auto-Submitted", "In-Reply-To"), 1),
        (("Auto-Submitted",), 1),
        (("In-Reply-To",), 1),
        ((), MOST),
    ],
    ids=["honest", "without thread", "without marks", "with nothing"],
)
def test_a_vacation_responder_falls_silent(office: House, fields: tuple[str, ...], most: int) -> None:
    office.take(letter())
    sent = 0
    while post := collect(office):
        for row, raw in post:
            sent += 1
            assert sent <= most
            said = {"Auto-Submitted": "auto-replied", "In-Reply-To": row.message_id}
            subject = str(message_from_bytes(raw)["Subject"])
            wanted = {name.replace("-", "_"): said[name] for name in fields}
            office.take(letter(subject, "Я в отпуске до понедельника.", **wanted))
    assert sent == most
    assert set(states(office)) <= {Inbound.TICKET_CREATED, Inbound.MESSAGE_ADDED}
    assert len(office.rows(messages)) == states(office).total() == most + 1
    refusals = [step["why"] for step in office.rows(inbound)[-1].decision if step["step"] == "notice"]
    assert len(refusals) == 1
    assert (f"{MOST} automatic mails to this address in 10 minutes are enough" in refusals) == (fields == ())


def test_a_flood_of_one_sender_is_kept_and_no_longer_answered(office: House) -> None:
    office.take(*(letter(f"Заявка {number}") for number in range(12)))
    assert len(office.owed()) == MOST
    assert len(office.rows(tickets)) == 12
    office.take(letter(From="other@customer.example"))
    assert len(office.owed()) == MOST + 1


def test_an_address_that_bounces_is_left_alone(office: House) -> None:
    """A robot behind a dead address: its mails are no person's, the reports about ours are no mail at all."""
    office.take(letter())
    (sent,) = collect(office)
    (report,) = office.take(returned(sent[0], HELP))
    assert office.mail(report).state == Inbound.BOUNCED
    assert [row.address for row in office.rows(suppressions)] == ["ivan@customer.example"]
    for _ in range(3):
        (robot,) = office.take(letter(Auto_Submitted="auto-generated"))
        assert office.mail(robot).state == Inbound.TICKET_CREATED
        office.take(returned(sent[0], HELP))
    assert collect(office) == []
    assert len(office.rows(tickets)) == 4
    office.take(letter(Reply_To="ivan@customer.example", From="olga@customer.example"))
    assert collect(office) == []
    assert "came back" in str(office.rows(inbound)[-1].decision)
    office.configure(authserv_ids="mx.postroom.test")
    office.take(letter(Authentication_Results="mx.postroom.test; dmarc=fail header.from=customer.example"))
    assert len(office.rows(suppressions)) == 1, "a forged mail shows nothing"
    office.take(letter())
    assert office.rows(suppressions) == []
    assert len(collect(office)) == 1
