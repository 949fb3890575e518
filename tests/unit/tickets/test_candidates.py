"""Where in a mail something is looked for that may lead to its ticket."""

from typing import Any

import pytest

from backbone import tokens
from backbone.contracts import Address
from tests.support.things import mail, mailbox
from tests.unit.tickets.conversations import HOME, KEY, TICKET, token
from tickets.candidates import addressed, marked, referenced, returned, tagged


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


def returning(message_id: str = "<a@x>") -> str:
    return tokens.make_return((KEY,), ticket_id=TICKET, mailbox_id=HOME, message_id=message_id)


def test_return_tokens_are_told_from_reply_tokens() -> None:
    at_once = mail(
        delivered_to=(f"help+{token()}@postroom.test", f"HELP+{returning().upper()}@Postroom.TEST"),
        to=(Address(address=f"help+a+{returning()}@postroom.test"),),
    )
    assert [f"pb.{one.key_id}{one.ticket_id}.{one.signature}" for one in returned(at_once)] == [returning()]
    assert list(addressed(at_once, mailbox())) == [at_once.delivered_to[0]]


@pytest.mark.parametrize(
    "wrapped",
    [
        "help+{}@mail.internal",
        "prvs=1234abcdef=help+{}@postroom.test",
        "prvs=help+{}/1234abcdef@postroom.test",
        "btv1==1234abcdef==help+{}@postroom.test",
        "SRS0=AbCd=X7=postroom.test=help+{}@forwarder.example",
        "SRS1=AbCd=forwarder.example==EfGh=X7=postroom.test=help+{}@other.example",
        "bounces+SRS=AbCd1=X7+help+{}=postroom.test@forwarder.example",
    ],
)
def test_a_return_token_is_found_in_what_servers_make_of_its_address(wrapped: str) -> None:
    (found,) = returned(mail(to=(Address(address=wrapped.format(returning())),)))
    assert tokens.verify_return((KEY,), found, mailbox_id=HOME, message_id="<a@x>")
    for changed in (f"{returning()}a", returning()[:-1], f"x{returning()}"):
        assert returned(mail(to=(Address(address=wrapped.format(changed)),))) == []


def test_not_too_many_return_tokens_and_no_number_too_large_for_an_id() -> None:
    many = tuple(f"help+{returning(f'<{number}@x>')}@postroom.test" for number in range(20))
    assert len(returned(mail(delivered_to=many))) == 8
    largest = f"help+pb.aa{'9' * 19}.{'b' * 20}@postroom.test"
    assert returned(mail(delivered_to=(largest,))) == []


def test_a_marker_is_looked_for_in_the_html_where_the_text_has_none() -> None:
    assert [one.ticket_id for one in marked(mail(text="Да.", html=f"<p>Да.</p><i>Ref: {token()}</i>"))] == [TICKET]
    assert marked(mail(text=f"Да. {token()}", html=None)) == []
    assert len(marked(mail(text="".join(f"Ref: {token(one)}\n" for one in range(1, 50))))) == 4


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
