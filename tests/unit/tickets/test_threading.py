"""Which ticket a mail belongs to, who may join, and that every look is recorded."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backbone import tokens
from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Address, ParsedMail, Trust
from tests.support.things import mail, mailbox
from tickets.candidates import addressed, marked, referenced, tagged
from tickets.threading import Conversation, Facts, Stored, Thread, find

KEY, OLD = b"k" * 32, b"former key" * 4
IVAN, PETR, EVE = "ivan@customer.example", "petr@partner.example", "eve@elsewhere.example"
TICKET, OTHER = 17, 18
HOME, AWAY = 1, 2
VERIFIED = Trust(verdict="verified")
PEOPLE = frozenset({IVAN})
TALK = Conversation(TICKET, HOME, PEOPLE, PEOPLE | {PETR}, PEOPLE)
OTHERS = Conversation(OTHER, HOME, frozenset({EVE}), frozenset({EVE}), frozenset({EVE}))
ABROAD = Conversation(19, AWAY, PEOPLE, PEOPLE, PEOPLE)
NUMBERS = {"O1": TICKET, "O3": 19}


def token(ticket_id: int = TICKET, recipient: str = IVAN, mailbox_id: int = HOME, key: bytes = KEY) -> str:
    return tokens.make((key,), ticket_id=ticket_id, mailbox_id=mailbox_id, recipient=recipient)


def ours(ticket_id: int = TICKET, host: str = "postroom.test", **about: Any) -> str:
    return f"<{token(ticket_id, **about)}@{host}>"


def flipped(text: str) -> str:
    """Change one bit near the end of the signature."""
    place = text.rindex("@") - 2 if "@" in text else len(text) - 2
    return text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]


def thread(answer: ParsedMail, stored: dict[str, list[Stored]] | None = None, **outgoing: Any) -> Thread:
    facts = Facts(stored or {}, {one.ticket_id: one for one in (TALK, OTHERS, ABROAD)}, NUMBERS)
    return find(9, answer, mailbox=mailbox(outgoing=Outgoing(**outgoing)), keys=(KEY, OLD), facts=facts)


def verdicts(found: Thread) -> list[str]:
    return [step["verdict"] for step in found.steps]


def by(sender: str, **about: Any) -> ParsedMail:
    return mail(from_=Address(address=sender), **about)


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


def test_what_is_stored_is_known_even_when_its_key_was_dropped() -> None:
    message_id = ours(key=b"dropped")
    found = thread(mail(in_reply_to=message_id), {message_id: [Stored(HOME, TICKET, IVAN)]})
    assert (found.ticket_id, found.guest) == (TICKET, False)
    stranger = thread(by(EVE, in_reply_to=message_id), {message_id: [Stored(HOME, TICKET, IVAN)]})
    assert (stranger.ticket_id, stranger.guest) == (TICKET, True)


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


@pytest.mark.parametrize(
    "changes",
    [
        {"delivered_to": ("help+{}@postroom.test",)},
        {"to": (Address(address="HELP+{}@Postroom.TEST"),)},
        {"cc": (Address(address="x@y.example"), Address(address="desk+urgent+{}@postroom.test"))},
    ],
)
def test_where_a_plus_address_is_looked_for(changes: dict[str, Any]) -> None:
    def filled(one: Any) -> Any:
        return one.format(token()) if isinstance(one, str) else Address(address=one.address.format(token()))

    answer = mail(**{name: tuple(map(filled, value)) for name, value in changes.items()})
    home = mailbox(aliases=frozenset({"desk+urgent@postroom.test"}))
    assert [one.ticket_id for one in addressed(answer, home).values()] == [TICKET]


def test_only_addresses_of_the_mailbox_count_and_not_too_many() -> None:
    foreign = mail(to=tuple(Address(address=f"{one}+{token()}@postroom.test") for one in ("info", "help+a")))
    assert addressed(foreign, mailbox()) == {}
    many = mail(to=tuple(Address(address=f"help+{token()}@postroom.test") for _ in range(20)))
    assert len(addressed(many, mailbox())) == 8


def test_the_envelope_comes_before_the_header_and_tokens_before_stored_ids() -> None:
    answer = mail(
        delivered_to=(f"help+{token(OTHER, recipient=EVE)}@postroom.test",),
        to=(Address(address=f"help+{token()}@postroom.test"),),
    )
    assert thread(answer).ticket_id == OTHER
    answer = mail(in_reply_to="<stored@x>", references=(ours(), "<stored@x>"))
    found = thread(answer, {"<stored@x>": [Stored(HOME, OTHER)]})
    assert (found.ticket_id, verdicts(found)) == (TICKET, ["joined"])


def test_a_marker_is_looked_for_in_the_html_where_the_text_has_none() -> None:
    assert [one.ticket_id for one in marked(mail(text="Да.", html=f"<p>Да.</p><i>Ref: {token()}</i>"))] == [TICKET]
    assert marked(mail(text=f"Да. {token()}", html=None)) == []
    assert len(marked(mail(text="".join(f"Ref: {token(one)}\n" for one in range(1, 50))))) == 4


def received(ticket_id: int | None = TICKET, mailbox_id: int = HOME, **about: Any) -> list[Stored]:
    return [Stored(mailbox_id, ticket_id, **about)]


def test_an_answer_to_a_stored_mail_joins() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received()})
    assert found == Thread(
        TICKET, steps=({"step": "thread", "by": "message_id", "candidate": "<one@x>", "verdict": "joined"},)
    )
    assert thread(by(PETR, in_reply_to="<one@x>"), {"<one@x>": received()}).guest is False


@pytest.mark.parametrize("sender", [Address(address=EVE), None])
def test_who_is_no_participant_becomes_a_guest(sender: Address | None) -> None:
    for answer, stored in (
        (mail(from_=sender, in_reply_to=ours()), {}),
        (mail(from_=sender, in_reply_to="<one@x>"), {"<one@x>": received()}),
    ):
        found = thread(answer, stored)
        assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, True, ["guest"])


def test_another_mailbox_is_another_conversation() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(mailbox_id=AWAY)})
    assert (found.ticket_id, verdicts(found)) == (None, ["other_mailbox"])


def test_one_mail_to_two_mailboxes_is_answered_in_each() -> None:
    stored = {"<one@x>": received(ticket_id=19, mailbox_id=AWAY) + received()}
    assert thread(mail(in_reply_to="<one@x>"), stored).ticket_id == TICKET


def test_a_mail_on_its_way_is_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=5)})
    assert (found.ticket_id, found.wait, verdicts(found)) == (None, True, ["pending"])


@pytest.mark.parametrize("pending", [9, 10])
def test_only_a_mail_that_came_before_is_waited_for(pending: int) -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=pending)})
    assert (found.wait, verdicts(found)) == (False, ["unknown"])


def test_an_answer_to_a_held_mail_is_held_like_that() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=5, held="no_district")})
    assert (found.ticket_id, found.wait, found.held, verdicts(found)) == (None, False, "no_district", ["pending"])


def test_a_mail_on_its_way_in_another_mailbox_is_not_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, mailbox_id=AWAY, pending=5)})
    assert (found.wait, verdicts(found)) == (False, ["other_mailbox"])


def test_the_nearest_comes_first_and_everything_looked_at_is_told() -> None:
    references = ("<first@x>", "<second@x>", "<third@x>")
    answer = mail(in_reply_to="<third@x>", references=references, subject="[#O1] [#O2]")
    assert referenced(answer) == ["<third@x>", "<second@x>", "<first@x>"]
    stored = {"<second@x>": received(), "<first@x>": received(OTHER)}
    found = thread(answer, stored)
    assert (found.ticket_id, verdicts(found)) == (TICKET, ["unknown", "joined"])
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
    ("mode", "sender", "trust", "verdict"),
    [
        ("verified", IVAN, VERIFIED, "joined"),
        ("verified", PETR, VERIFIED, "joined"),
        ("verified", IVAN, Trust(), "not_verified"),
        ("verified", EVE, VERIFIED, "not_a_participant"),
        ("verified", "anna@customer.example", VERIFIED, "not_a_participant"),
        ("participant", IVAN, Trust(), "joined"),
        ("participant", EVE, VERIFIED, "not_a_participant"),
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
