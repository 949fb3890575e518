"""What one sender, or a dead address, gets of automatic mail: at most the configured number, then nothing.

Machines that answer each other over real servers are in ``tests/e2e/test_loops.py``.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.ledger.states import Inbound
from backbone.ledger.tables import inbound, suppressions
from tests.support.house import HELP, House, house, letter
from tests.support.post import collect, returned
from tickets import lifecycle, writing
from tickets.models import tickets

MOST = 4


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


def test_a_flood_of_one_sender_is_kept_and_no_longer_answered(office: House) -> None:
    office.take(*(letter(f"Заявка {number}") for number in range(12)))
    assert len(office.owed()) == MOST
    assert len(office.rows(tickets)) == 12
    told = [step for row in office.rows(inbound) for step in row.decision if step["step"] == "notice"]
    assert [step["queued"] for step in told] == [True] * MOST + [False] * (12 - MOST)
    assert {step["why"] for step in told[MOST:]} == {f"{MOST} automatic mails to this address in 10 minutes are enough"}
    office.take(letter(From="other@customer.example"))
    assert len(office.owed()) == MOST + 1


def test_one_ticket_is_told_of_so_often_whatever_else_its_writer_is_told(
    office: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTROOM_TICKETS_NOTICES_PER_TICKET", json.dumps({"10": 2}))
    writing.own_settings.cache_clear()
    office.take(letter(Message_ID="<first@customer.example>"))
    number = office.rows(tickets)[0].number
    for _ in range(2):
        lifecycle.close(office.runtime, number)
        (last,) = office.take(letter(In_Reply_To="<first@customer.example>"))
    refused = [step["why"] for step in office.mail(last).decision if step["step"] == "notice"]
    assert refused == ["2 automatic mails to this address on this ticket in 10 minutes are enough"]
    office.take(letter())
    assert [row.kind for row in office.owed()] == ["ticket_created", "closed_ticket", "ticket_created"]


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
