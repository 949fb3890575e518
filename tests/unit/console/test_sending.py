"""``postroom breaker``, and what failed of sending among the failures."""

import pytest
from sqlalchemy import insert

from backbone import clock
from backbone.catalogue.tables import mailboxes
from backbone.ledger import breakers
from backbone.ledger.breakers import Trip
from backbone.ledger.tables import outbound, sent_copies
from tests.support.house import HELP, House
from tests.support.ledger import add_outbound
from tests.support.shell import Shell


@pytest.fixture
def box(office: House) -> int:
    """The mailbox of the office."""
    return int(office.rows(mailboxes)[0].id)


def stop(office: House, box: int, held: int, reason: Trip = Trip.BURST) -> list[int]:
    """Trip the breaker to customer.example and let it hold mails."""
    with office.runtime.database.transaction() as connection:
        breakers.trip(connection, box, "customer.example", reason)
    about = {"state": "held", "reason": "breaker", "domain": "customer.example", "due_at": None}
    return [add_outbound(office.runtime.database, box, **about) for _ in range(held)]


def test_nothing_is_stopped(shell: Shell, office: House, box: int) -> None:
    del office, box
    assert shell("breaker", "list").out == "Nothing is stopped.\n"
    assert shell("breaker", "list", "--json").json() == []
    result = shell("breaker", "resume", HELP, "customer.example", "--all")
    assert (result.code, "Nothing is stopped from 'help@postroom.test' to 'customer.example'" in result.err) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    ("reason", "words"), [(Trip.BURST, "more mails to the domain"), (Trip.PING_PONG, "back and forth")]
)
def test_what_is_stopped_is_shown_with_samples(shell: Shell, office: House, box: int, reason: Trip, words: str) -> None:
    ids = stop(office, box, 7, reason)
    shown = shell("breaker", "list").out
    assert words in shown
    assert "client@customer.example" in shown
    (found,) = shell("breaker", "list", "--json").json()
    assert (found["mailbox"], found["domain"], found["reason"], found["held"]) == (
        HELP,
        "customer.example",
        reason.value,
        7,
    )
    assert [mail["id"] for mail in found["samples"]] == ids[:5]


def test_a_mailbox_that_there_is_not_is_said_so(shell: Shell, office: House) -> None:
    del office
    assert (
        "There is no mailbox 'nobody@postroom.test'"
        in shell("breaker", "resume", "nobody@postroom.test", "customer.example", "--all").err
    )


def test_what_a_flood_left_is_let_go_in_pieces(
    shell: Shell, office: House, box: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakers, "AT_ONCE", 2)
    ids = stop(office, box, 5)
    resumed = ("breaker", "resume", HELP, "customer.example", "--json")
    assert shell(*resumed, "--mails", "3").json()["outbound"] == ids[:3]
    assert shell(*resumed, "--all").json()["outbound"] == ids[3:]


def test_resuming_in_steps(shell: Shell, office: House, box: int) -> None:
    ids = stop(office, box, 5)
    assert shell("breaker", "resume", HELP, "Customer.Example", "--mails", "2", "--json").json()["outbound"] == ids[:2]
    said = shell("breaker", "resume", HELP, "customer.example", "--mails", "1").out
    assert said == "1 mail goes; what comes now is held.\n"
    assert shell("breaker", "list", "--json").json()[0]["held"] == 2
    assert {row.id for row in office.rows(outbound) if row.allowed} == set(ids[:3])
    said = shell("breaker", "resume", HELP, "customer.example", "--all").out
    assert said == "2 mails go, and nothing is stopped any more.\n"
    assert {row.state for row in office.rows(outbound)} == {"queued"}
    assert shell("breaker", "list", "--json").json() == []


def test_no_more_go_than_are_held(shell: Shell, office: House, box: int) -> None:
    ids = stop(office, box, 2)
    said = shell("breaker", "resume", HELP, "customer.example", "--mails", "5").out
    assert said == "2 mails go, as no more were held; what comes now is held.\n"
    (found,) = shell("breaker", "list", "--json").json()
    assert (found["held"], {row.id for row in office.rows(outbound) if row.state == "queued"}) == (0, set(ids))


@pytest.mark.parametrize("options", [(), ("--all", "--mails", "3")])
def test_how_many_go_has_to_be_said(shell: Shell, office: House, box: int, options: tuple[str, ...]) -> None:
    stop(office, box, 1)
    result = shell("breaker", "resume", HELP, "customer.example", *options)
    assert (result.code, "Say how many mails may go" in result.err) == (1, True)


def test_a_copy_given_up_is_a_failure_that_can_be_replayed(shell: Shell, office: House, box: int) -> None:
    database = office.runtime.database
    mail_id = add_outbound(database, box, state="sent", sent_at=clock.now(), due_at=None)
    with database.transaction() as connection:
        connection.execute(insert(sent_copies).values(outbound_id=mail_id, attempts=40, error="no such folder"))
    (failure,) = shell("failures", "list", "--json").json()
    assert (failure["ledger"], failure["id"], failure["what"]) == ("sent_copy", mail_id, "no such folder")
    assert "1 copy to a Sent folder is tried again." in shell("failures", "replay", "--reason", "no_copy").out
    (row,) = office.rows(sent_copies)
    assert row.due_at
    assert office.rows(outbound)[0].state == "sent"
    assert shell("failures", "replay").out.startswith("None of these mails")
