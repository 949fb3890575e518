"""Signed tokens in each of their places: whom they let in, as what, and which are forged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backbone.contracts import Address, Trust
from tests.support.things import mail, mailbox
from tests.unit.tickets.conversations import (
    AWAY,
    EVE,
    IVAN,
    KEY,
    OLD,
    OTHER,
    PETR,
    TALK,
    TICKET,
    VERIFIED,
    by,
    flipped,
    ours,
    received,
    thread,
    token,
    verdicts,
)
from tickets.threading import Facts, find

PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "plus_address": lambda one: {"to": (Address(address=f"help+{one}@postroom.test"),)},
    "message_id": lambda one: {"in_reply_to": f"<{one}@postroom.test>"},
    "body_marker": lambda one: {"text": f"Да.\n> Ref: {one}\n"},
}
places = pytest.mark.parametrize("place", PLACES)


@places
def test_a_token_leads_to_its_ticket(place: str) -> None:
    found = thread(mail(**PLACES[place](token())))
    assert (found.ticket_id, found.guest) == (TICKET, False)
    assert [(step["by"], step["verdict"]) for step in found.steps] == [(place, "joined")]


@places
def test_of_a_participant_too(place: str) -> None:
    found = thread(by(PETR, **PLACES[place](token())))
    assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, False, ["joined"])


@places
@pytest.mark.parametrize(
    ("sender", "trust", "recipient", "verdict"),
    [
        ("anna@customer.example", VERIFIED, IVAN, "colleague"),
        ("anna@office.customer.example", VERIFIED, IVAN, "colleague"),
        ("anna@customer.example", Trust(), IVAN, "guest"),
        ("anna@customer.example", Trust(verdict="suspect"), IVAN, "suspect"),
        (EVE, VERIFIED, IVAN, "guest"),
        ("anna@partner.example", VERIFIED, IVAN, "guest"),
        ("anna@mail.ru", VERIFIED, "ivan@mail.ru", "guest"),
    ],
)
def test_colleagues_join_only_when_they_are_verified(
    place: str, sender: str, trust: Trust, recipient: str, verdict: str
) -> None:
    talk = replace(TALK, recipients=frozenset({recipient}))
    answer = by(sender, trust=trust, **PLACES[place](token(recipient=recipient)))
    found = find(9, answer, mailbox=mailbox(), keys=(KEY,), facts=Facts(tickets={TICKET: talk}))
    assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, verdict != "colleague", [verdict])


@places
@pytest.mark.parametrize("sender", [IVAN, PETR])
def test_a_sender_whose_own_provider_denies_that_he_wrote_is_a_guest(place: str, sender: str) -> None:
    found = thread(by(sender, trust=Trust(verdict="suspect"), **PLACES[place](token())))
    assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, True, ["suspect"])


@places
@pytest.mark.parametrize("sender", [IVAN, EVE])
def test_a_token_with_one_bit_flipped_opens_nothing(place: str, sender: str) -> None:
    found = thread(by(sender, **PLACES[place](flipped(token()))))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, True, ["bad_signature"])


@places
@pytest.mark.parametrize(
    "forged",
    [
        token().replace(f"{TICKET}.", f"{OTHER}.", 1),
        token().replace(f"{TICKET}.", "999.", 1),
        token().replace(f"{TICKET}.", f"{'9' * 19}.", 1),
        token(mailbox_id=AWAY),
        token(recipient=EVE),
    ],
    ids=["another ticket", "no ticket", "no possible ticket", "another mailbox", "a stranger"],
)
def test_a_token_that_was_not_made_for_this_opens_nothing(place: str, forged: str) -> None:
    found = thread(mail(**PLACES[place](forged)))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, True, ["bad_signature"])


@places
def test_a_token_of_somebody_elses_ticket_makes_a_guest(place: str) -> None:
    found = thread(mail(**PLACES[place](token(OTHER, recipient=EVE))))
    assert (found.ticket_id, found.guest, found.forged) == (OTHER, True, False)


@places
def test_a_forged_token_beside_a_true_one_does_no_harm(place: str) -> None:
    answer = mail(**{"references": (ours(),)} | PLACES[place](flipped(token())))
    found = thread(answer)
    assert (found.ticket_id, found.guest, found.forged) == (TICKET, False, False)
    assert set(verdicts(found)) == ({"joined"} if place == "body_marker" else {"bad_signature", "joined"})


@places
def test_a_forged_token_is_not_forgotten_for_what_comes_after_it(place: str) -> None:
    answer = mail(**{"references": ("<unknown@x>",), "subject": "[#NOBODYS]"} | PLACES[place](flipped(token())))
    found = thread(answer)
    assert (found.ticket_id, found.forged) == (None, True)
    assert verdicts(found)[-1] == "unknown"


@places
def test_a_token_of_another_mailbox_is_no_forgery(place: str) -> None:
    found = thread(mail(**PLACES[place](token(19, mailbox_id=AWAY))))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, False, ["other_mailbox"])


@places
def test_an_answer_to_a_notice_about_no_ticket_is_a_mail_of_its_own(place: str) -> None:
    found = thread(mail(**PLACES[place](token(0))))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, False, ["no_ticket"])


@places
def test_a_token_of_a_ticket_that_is_gone_is_a_mail_of_its_own(place: str) -> None:
    found = thread(mail(**PLACES[place](token(999))))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, False, ["no_ticket"])


@places
def test_former_keys_still_verify_and_dropped_ones_are_unknown(place: str) -> None:
    assert thread(mail(**PLACES[place](token(key=OLD)))).ticket_id == TICKET
    found = thread(mail(**PLACES[place](token(key=b"dropped"))))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, False, ["unknown_key"])


def test_another_postroom_whose_key_has_the_same_short_name_is_no_forger() -> None:
    foreign = flipped(ours(host="elsewhere.example"))
    found = thread(mail(in_reply_to=foreign))
    assert (found.ticket_id, found.forged, verdicts(found)) == (None, False, ["bad_signature"])
    assert thread(mail(in_reply_to=foreign), {foreign: received()}).ticket_id == TICKET


def test_a_provider_that_writes_its_own_message_ids_keeps_the_token() -> None:
    assert thread(mail(in_reply_to=ours(host="eu-west-1.provider.example").upper())).ticket_id == TICKET


def test_case_and_script_of_the_sender_do_not_matter() -> None:
    recipient = "ivan@xn--e1afmkfd.xn--p1ai"
    talk = replace(TALK, recipients=frozenset({recipient}))
    answer = by("IVAN@Пример.рф", in_reply_to=ours(recipient=recipient))
    found = find(9, answer, mailbox=mailbox(), keys=(KEY,), facts=Facts(tickets={TICKET: talk}))
    assert (found.ticket_id, found.guest) == (TICKET, False)
