"""Which candidate decides on a mail's ticket, the number in the subject last, and that every look is recorded."""

import pytest

from backbone.contracts import Address, Trust
from tests.support.things import mail
from tests.unit.tickets.conversations import (
    EVE,
    HOME,
    IVAN,
    OTHER,
    PETR,
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
from tickets.candidates import referenced
from tickets.threading import Facts, Stored, Thread, as_new


def test_the_envelope_comes_before_the_header_and_tokens_before_stored_ids() -> None:
    answer = mail(
        delivered_to=(f"help+{token(OTHER, recipient=EVE)}@postroom.test",),
        to=(Address(address=f"help+{token()}@postroom.test"),),
    )
    assert thread(answer).ticket_id == OTHER
    answer = mail(in_reply_to="<stored@x>", references=(ours(), "<stored@x>"))
    found = thread(answer, {"<stored@x>": [Stored(HOME, OTHER)]})
    assert (found.ticket_id, verdicts(found)) == (TICKET, ["joined"])


def test_the_nearest_comes_first_and_everything_looked_at_is_told() -> None:
    references = ("<first@x>", "<second@x>", "<third@x>")
    answer = mail(in_reply_to="<third@x>", references=references, subject="[#O1] [#O2]")
    assert referenced(answer) == ["<third@x>", "<second@x>", "<first@x>"]
    stored = {"<second@x>": received(), "<first@x>": received(OTHER)}
    found = thread(answer, stored)
    assert (found.ticket_id, verdicts(found)) == (TICKET, ["unknown", "joined"])
    assert [step["candidate"] for step in found.steps] == ["<third@x>", "<second@x>"]


@pytest.mark.parametrize(
    ("mode", "sender", "trust", "verdict"),
    [
        ("verified", IVAN, VERIFIED, "joined"),
        ("verified", PETR, VERIFIED, "joined"),
        ("verified", IVAN, Trust(), "not_verified"),
        ("verified", EVE, VERIFIED, "not_a_participant"),
        ("verified", "anna@customer.example", VERIFIED, "not_a_participant"),
        ("participant", IVAN, Trust(), "joined"),
        ("participant", EVE, VERIFIED, "not_a_participant"),
        ("participant", IVAN, Trust(verdict="suspect"), "not_verified"),
        ("off", IVAN, VERIFIED, "switched_off"),
    ],
)
def test_a_subject_tag(mode: str, sender: str, trust: Trust, verdict: str) -> None:
    found = thread(by(sender, trust=trust, subject="Re: [#O1] тема"), subject_tag=mode)
    assert (found.ticket_id, found.guest) == (TICKET if verdict == "joined" else None, False)
    assert (verdicts(found), found.our_numbers) == ([verdict], frozenset() if found.ticket_id else frozenset({"O1"}))


def test_a_subject_tag_of_another_mailbox_or_of_nobody() -> None:
    assert verdicts(thread(mail(subject="Re: [#FORGED]", trust=VERIFIED))) == ["unknown"]
    assert verdicts(thread(mail(subject="Re: [#O3]", trust=VERIFIED))) == ["other_mailbox"]
    assert verdicts(thread(mail(subject="Re: [#O3]", from_=None, trust=VERIFIED))) == ["other_mailbox"]


def test_the_tag_comes_last() -> None:
    found = thread(mail(subject="[#O1]", trust=VERIFIED, in_reply_to=flipped(ours()), text=f"Ref: {token()}"))
    assert [step["by"] for step in found.steps] == ["message_id", "body_marker"]
    found = thread(mail(subject="[#O1]", trust=VERIFIED, in_reply_to=flipped(ours())))
    assert (found.ticket_id, found.forged, verdicts(found)) == (TICKET, False, ["bad_signature", "joined"])


def test_a_mail_of_its_own() -> None:
    assert thread(mail()) == Thread(None)


def test_what_a_person_takes_for_a_new_mail_answers_nothing() -> None:
    found = as_new(mail(subject="Re: [#O1] [#O7]", in_reply_to=ours()), Facts(numbers={"O1": TICKET}), {"by": "Анна"})
    assert found == Thread(None, our_numbers=frozenset({"O1"}), steps=({"step": "as_new", "by": "Анна"},))
