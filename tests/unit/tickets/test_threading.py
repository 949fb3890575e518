"""Which ticket a mail belongs to, who may join, and that every look is recorded."""

from typing import Any

import pytest

from backbone import tokens
from backbone.contracts import Address, ParsedMail
from tests.support.things import mail
from tickets.threading import Known, Thread, find, referenced, tagged

KEY = b"k" * 32
IVAN = "ivan@customer.example"
TICKET = 17
HOME = 1


def ours(ticket_id: int = TICKET, recipient: str = IVAN, mailbox_id: int = HOME, key: bytes = KEY) -> str:
    token = tokens.make((key,), ticket_id=ticket_id, mailbox_id=mailbox_id, recipient=recipient)
    return f"<{token}@postroom.test>"


def sent(ticket_id: int = TICKET, mailbox_id: int = HOME, recipient: str = IVAN) -> list[Known]:
    return [Known(ticket_id, mailbox_id, recipient, frozenset({IVAN}))]


def received(ticket_id: int = TICKET, mailbox_id: int = HOME, pending: int | None = None) -> list[Known]:
    return [Known(ticket_id, mailbox_id, None, frozenset({IVAN}), pending)]


def thread(answer: ParsedMail, known: dict[str, list[Known]] | None = None, **numbers: list[Known]) -> Thread:
    by_number = {number: hits[0] for number, hits in numbers.items()}
    return find(answer, mailbox_id=HOME, keys=(KEY,), known=known or {}, by_number=by_number)


def verdicts(found: Thread) -> list[str]:
    return [step["verdict"] for step in found.steps]


def test_an_answer_to_our_mail_joins() -> None:
    message_id = ours()
    found = thread(mail(in_reply_to=message_id), {message_id: sent()})
    assert found == Thread(
        TICKET, steps=({"step": "thread", "by": "message_id", "candidate": message_id, "verdict": "joined"},)
    )


def test_an_answer_to_a_stored_mail_joins() -> None:
    assert thread(mail(in_reply_to="<one@x>"), {"<one@x>": received()}).ticket_id == TICKET


def test_case_and_script_of_the_sender_do_not_matter() -> None:
    known = [Known(TICKET, HOME, "ivan@xn--e1afmkfd.xn--p1ai", frozenset({"ivan@xn--e1afmkfd.xn--p1ai"}))]
    message_id = ours(recipient="ivan@xn--e1afmkfd.xn--p1ai")
    found = thread(mail(from_=Address(address="IVAN@Пример.рф"), in_reply_to=message_id), {message_id: known})
    assert (found.ticket_id, found.guest) == (TICKET, False)


@pytest.mark.parametrize("sender", [Address(address="eve@elsewhere.example"), None])
def test_who_is_no_participant_becomes_a_guest(sender: Address | None) -> None:
    message_id = ours()
    for known in ({message_id: sent()}, {message_id: received()}):
        found = thread(mail(from_=sender, in_reply_to=message_id), known)
        assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, True, ["guest"])


@pytest.mark.parametrize(
    "forged",
    [
        ours(key=b"other key" * 4),
        ours(ticket_id=99),
        ours(recipient="eve@elsewhere.example"),
        ours(mailbox_id=2),
        "<no.token@postroom.test>",
    ],
    ids=["other key", "other ticket", "other recipient", "other mailbox", "no token"],
)
def test_a_stored_id_whose_signature_does_not_fit_opens_nothing(forged: str) -> None:
    found = thread(mail(in_reply_to=forged), {forged: sent()})
    assert (found.ticket_id, verdicts(found)) == (None, ["bad_signature"])


def test_a_token_that_we_never_sent_opens_nothing() -> None:
    found = thread(mail(in_reply_to=ours()))
    assert (found.ticket_id, verdicts(found)) == (None, ["token_unknown"])


def test_former_keys_still_verify() -> None:
    message_id = ours(key=b"old" * 11)
    found = find(
        mail(in_reply_to=message_id),
        mailbox_id=HOME,
        keys=(KEY, b"old" * 11),
        known={message_id: sent()},
        by_number={},
    )
    assert found.ticket_id == TICKET


def test_another_mailbox_is_another_conversation() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(mailbox_id=2)})
    assert (found.ticket_id, verdicts(found)) == (None, ["other_mailbox"])


def test_one_mail_to_two_mailboxes_is_answered_in_each() -> None:
    known = {"<one@x>": received(ticket_id=1, mailbox_id=2) + received(ticket_id=2, mailbox_id=HOME)}
    assert thread(mail(in_reply_to="<one@x>"), known).ticket_id == 2


def test_a_mail_on_its_way_is_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(0, pending=5)})
    assert (found.ticket_id, found.wait, verdicts(found)) == (None, True, ["pending"])


def test_an_answer_to_a_held_mail_is_held_like_that() -> None:
    held = Known(0, HOME, None, frozenset(), pending=5, held="no_district")
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": [held]})
    assert (found.ticket_id, found.wait, found.held, verdicts(found)) == (None, False, "no_district", ["pending"])


def test_a_mail_on_its_way_in_another_mailbox_is_not_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(0, mailbox_id=2, pending=5)})
    assert (found.wait, verdicts(found)) == (False, ["other_mailbox"])


def test_the_nearest_comes_first_and_everything_looked_at_is_told() -> None:
    references = ("<first@x>", "<second@x>", "<third@x>")
    answer = mail(in_reply_to="<third@x>", references=references, subject="[#O1] [#O2]")
    assert referenced(answer) == ["<third@x>", "<second@x>", "<first@x>"]
    known = {"<second@x>": received(2), "<first@x>": received(1)}
    found = thread(answer, known, O1=received(3))
    assert (found.ticket_id, verdicts(found)) == (2, ["unknown", "joined"])
    assert [step["candidate"] for step in found.steps] == ["<third@x>", "<second@x>"]


def test_only_so_many_references_are_looked_at() -> None:
    answer = mail(references=tuple(f"<{number}@x>" for number in range(500)))
    assert referenced(answer) == [f"<{number}@x>" for number in range(499, 467, -1)]


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: [#O2311000] тема", ["O2311000"]),
        ("Re: [#7] тема", ["7"]),
        ("[#a] Fwd: [#АГ2301200]", ["a", "АГ2301200"]),
        ("[#] [# x] [#a b] [#[x]] [#" + "y" * 81 + "] #O1 [O1]", []),
        ("x" * 1000 + "[#O1]", []),
    ],
)
def test_tags(subject: str, numbers: list[str]) -> None:
    assert tagged(mail(subject=subject)) == numbers


@pytest.mark.parametrize(
    ("changes", "hit", "ticket_id", "verdict"),
    [
        ({}, received(), TICKET, "joined"),
        ({"from_": Address(address="eve@elsewhere.example")}, received(), None, "not_a_participant"),
        ({"from_": None}, received(), None, "not_a_participant"),
        ({}, received(mailbox_id=2), None, "other_mailbox"),
    ],
)
def test_a_subject_tag(changes: dict[str, Any], hit: list[Known], ticket_id: int | None, verdict: str) -> None:
    found = thread(mail(subject="Re: [#O1] тема", **changes), O1=hit)
    assert (found.ticket_id, found.guest, verdicts(found)) == (ticket_id, False, [verdict])


def test_a_tag_that_nobody_knows() -> None:
    assert verdicts(thread(mail(subject="Re: [#FORGED]"))) == ["unknown"]


def test_a_mail_of_its_own() -> None:
    assert thread(mail()) == Thread(None)
