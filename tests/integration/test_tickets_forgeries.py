"""Who forges, replays or changes what leads to a ticket never speaks there as its customer; the decision says why."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backbone import clock
from backbone.ledger import inbound as ledger
from backbone.ledger.tables import inbound
from parse import service as parsing
from tests.support.databases import Databases
from tests.support.house import House, house, letter
from tests.support.post import collect
from tickets import chat, service
from tickets.models import messages, participants, tickets

EVE = "eve@elsewhere.example"
TRUSTED = "mx.postroom.test"


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        made.add_mailbox(senders=["*@customer.example", EVE])
        made.configure(
            authserv_ids=TRUSTED, outgoing={"reply_to_token": True, "body_marker": True, "subject_tag": "verified"}
        )
        yield made


def opened(office: House, **fields: str) -> tuple[str, Any]:
    """Let a customer open a ticket; return its number and our answer's row."""
    office.take(letter(**fields))
    number = str(office.rows(tickets)[-1].number)
    chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    collect(office)
    return number, office.owed()[-1]


def flipped(text: str) -> str:
    place = text.rindex("@") - 3 if "@" in text else len(text) - 3
    return text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]


def verified(sender: str) -> dict[str, str]:
    return {
        "From": sender,
        "Authentication_Results": f"{TRUSTED}; dmarc=pass header.from={sender.rpartition('@')[2]}",
    }


def ways(sent: Any) -> dict[str, dict[str, str]]:
    """Return the fields of answers that lead back by each of the ways that our mail opens."""
    token = sent.letter["marker"]
    return {
        "plus_address": {"To": sent.letter["reply_to"]},
        "message_id": {"In_Reply_To": sent.message_id},
        "references": {"References": f"<x@y.example> {sent.message_id}"},
        "body_marker": {"text": f"Да.\r\n> Ref: {token}"},
    }


WAYS = pytest.mark.parametrize("way", ["plus_address", "message_id", "references", "body_marker"])


def replay(office: House, mail_id: int, **how: Any) -> None:
    with office.runtime.database.transaction() as connection:
        assert ledger.reopen(connection, [mail_id], clock.now(), **how) == [mail_id]
    parsing.read(office.runtime, [mail_id])
    service.decide(office.runtime, [mail_id])


def become(office: House, mail_id: int) -> tuple[str, str | None, int | None]:
    row = office.mail(mail_id)
    return row.state, row.reason, row.ticket_id


def verdicts(office: House, mail_id: int) -> list[str]:
    return [step["verdict"] for step in office.mail(mail_id).decision if step["step"] == "thread"]


@WAYS
def test_the_customer_comes_back_by_every_way(office: House, way: str) -> None:
    _, sent = opened(office)
    (answer,) = office.take(letter(**ways(sent)[way]))
    assert become(office, answer) == ("message_added", None, sent.ticket_id)
    assert office.rows(messages)[-1].guest is False


@WAYS
@pytest.mark.parametrize("sender", ["ivan@customer.example", EVE])
def test_one_bit_flipped_is_held(office: House, way: str, sender: str) -> None:
    _, sent = opened(office)
    before = len(office.rows(messages))
    fields = {name: flipped(value) for name, value in ways(sent)[way].items()}
    (forged,) = office.take(letter(**verified(sender), **fields))
    assert become(office, forged) == ("held", "bad_token", None)
    assert "bad_signature" in verdicts(office, forged)
    assert office.mail(forged).held_at_version is None
    assert len(office.rows(messages)) == before
    assert collect(office) == []


@WAYS
def test_a_person_may_take_a_mail_with_a_forged_token_for_a_new_one(office: House, way: str) -> None:
    number, sent = opened(office)
    fields = {name: flipped(value) for name, value in ways(sent)[way].items()}
    (forged,) = office.take(letter(**{"Subject": f"Re: [#{number}] Тема", **verified(EVE), **fields}))
    assert become(office, forged) == ("held", "bad_token", None)
    replay(office, forged)
    assert become(office, forged) == ("held", "bad_token", None), "as it was, it is held again"
    replay(office, forged, as_new={"by": "Анна", "at": "2026-11-23T12:00:00+00:00"})
    assert become(office, forged) == ("ticket_created", None, office.rows(tickets)[-1].id)
    assert office.rows(tickets)[-1].subject == "Тема"
    assert office.mail(forged).ticket_id != sent.ticket_id
    step = {"step": "as_new", "by": "Анна", "at": "2026-11-23T12:00:00+00:00"}
    assert [one for one in office.mail(forged).decision if one["step"] in ("as_new", "thread")] == [step]


def test_what_a_person_takes_for_new_still_needs_a_rule_and_stays_new(office: House) -> None:
    said = {"by": "Анна", "at": "2026-11-23T12:00:00+00:00"}
    (stranger,) = office.take(letter(From="x@nowhere.example"))
    replay(office, stranger, as_new=said)
    assert become(office, stranger) == ("ignored", "no_sender_rule", None)
    replay(office, stranger)
    assert {"step": "as_new", **said} in office.mail(stranger).decision


@WAYS
def test_a_replayed_token_makes_a_guest_whatever_ticket_he_has_himself(office: House, way: str) -> None:
    _, sent = opened(office)
    opened(office, From=EVE)
    (replayed,) = office.take(letter(**verified(EVE), **ways(sent)[way]))
    assert become(office, replayed) == ("message_added", None, sent.ticket_id)
    assert verdicts(office, replayed)[-1] == "guest"
    assert office.rows(messages)[-1].guest is True
    assert collect(office) == []


@WAYS
def test_a_token_moved_to_another_ticket_is_held(office: House, way: str) -> None:
    _, sent = opened(office)
    _, other = opened(office, From=EVE)
    swap = f"{sent.ticket_id}.", f"{other.ticket_id}."
    fields = {name: value.replace(*swap, 1) for name, value in ways(sent)[way].items()}
    (forged,) = office.take(letter(**verified("ivan@customer.example"), **fields))
    assert become(office, forged) == ("held", "bad_token", None)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        (verified(EVE), "not_a_participant"),
        ({"From": EVE}, "not_a_participant"),
        ({"From": "ivan@customer.example"}, "not_verified"),
    ],
    ids=["verified stranger", "stranger", "forged From"],
)
def test_the_right_tag_of_the_wrong_sender_opens_a_ticket_of_his_own(
    office: House, fields: dict[str, str], verdict: str
) -> None:
    number, sent = opened(office)
    (forged,) = office.take(letter(Subject=f"Re: [#{number}] Тема", **fields))
    state, _, ticket_id = become(office, forged)
    assert (state, ticket_id != sent.ticket_id) == ("ticket_created", True)
    assert verdicts(office, forged) == [verdict]
    (true,) = office.take(letter(Subject=f"Re: [#{number}] Тема", **verified("ivan@customer.example")))
    assert become(office, true) == ("message_added", None, sent.ticket_id)


def test_a_verified_colleague_and_a_confirmed_participant_speak_as_the_customer(office: House) -> None:
    _, sent = opened(office, Cc="Olga <olga@partner.example>")
    by_olga = {"From": "olga@partner.example", "In_Reply_To": sent.message_id}
    (before,) = office.take(letter(**by_olga))
    office.change(participants, participants.c.address == "olga@partner.example", confirmed=True)
    (after,) = office.take(letter(**by_olga))
    (colleague,) = office.take(letter(**verified("boss@customer.example"), In_Reply_To=sent.message_id))
    (unproven,) = office.take(letter(From="cook@customer.example", In_Reply_To=sent.message_id))
    said = {row.inbound_id: row.guest for row in office.rows(messages)}
    assert [said[one] for one in (before, after, colleague, unproven)] == [True, False, False, True]
    assert verdicts(office, colleague) == ["colleague"]


def test_newcomers_are_kept_unconfirmed_and_within_bounds(office: House) -> None:
    people = ", ".join(f"P{number} <p{number}@customer.example>" for number in range(70))
    _, sent = opened(
        office, To="help@postroom.test, Anna <ANNA@customer.example>", Cc="help+x@postroom.test, noreply@x.example"
    )
    kept = office.rows(participants)
    assert [(row.address, row.name, row.confirmed) for row in kept] == [("anna@customer.example", "Anna", False)]
    office.take(letter(In_Reply_To=sent.message_id, Cc=people))
    assert len(office.rows(participants)) <= 21
    office.take(letter(In_Reply_To=sent.message_id, From=EVE, Cc="more@elsewhere.example"))
    addresses = {row.address for row in office.rows(participants)}
    assert EVE in addresses
    assert "more@elsewhere.example" not in addresses
    for start in range(20, 70, 10):
        some = ", ".join(f"p{number}@customer.example" for number in range(start, start + 10))
        office.take(letter(In_Reply_To=sent.message_id, Cc=some))
    assert 48 <= len(office.rows(participants)) <= 50
    assert not any(row.confirmed for row in office.rows(participants))
    assert {row.recipient for row in office.owed()} == {"ivan@customer.example"}


def test_many_tokens_and_a_number_too_large_for_an_id_do_no_harm(office: House) -> None:
    tokens = [f"<pr.aa{'9' * 19}.{'a' * 16}.{'b' * 20}@postroom.test>", *(f"<{one}@x.example>" for one in range(40))]
    (mail_id,) = office.take(letter(References=" ".join(tokens), In_Reply_To=tokens[0]))
    assert office.mail(mail_id).state in ("ticket_created", "held")
    assert office.rows(inbound)[-1].error is None
