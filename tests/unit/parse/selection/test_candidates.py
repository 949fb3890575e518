"""Which sender rules are asked, and in which order; a rule is a permission, so only the address itself may count."""

from __future__ import annotations

import time
from email.utils import formataddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.addresses import normalise
from backbone.catalogue.model import Rule
from backbone.contracts import Address
from parse.selection.candidates import Candidates
from parse.selection.people import Recipients, recipients_of
from tests.support.things import mail, mailbox

IDN_PATTERN = "*@xn--80a1acny.xn--p1ai"
NOWHERE = Recipients(())
ALL = ("*@*", "*@customer.example", "ivan@customer.example")


def rule(pattern: str, number: int = 1, **more: Any) -> Rule:
    return Rule(id=number, pattern=pattern, template_id=10 + number, **more)


def matched(sender: str | None, *patterns: str) -> str | None:
    rules = Candidates(rule(pattern, number) for number, pattern in enumerate(patterns)).of(sender, NOWHERE)
    return next((found.pattern for found in rules), None)


def asked(rules: list[Rule], sender: str, *written: str, untagged: tuple[str, ...] = ()) -> list[int]:
    return [found.id for found in Candidates(rules).of(sender, Recipients(written, untagged))]


@pytest.mark.parametrize("patterns", [ALL, ALL[::-1]])
def test_the_most_specific_rule_comes_first_in_any_order(patterns: tuple[str, ...]) -> None:
    assert matched("ivan@customer.example", *patterns) == "ivan@customer.example"
    assert matched("petr@customer.example", *patterns) == "*@customer.example"
    assert matched("ivan@other.example", *patterns) == "*@*"


@pytest.mark.parametrize("sender", ["IVAN@Customer.Example", " ivan@customer.example ", "ivan@customer.example."])
def test_case_and_blanks_do_not_matter(sender: str) -> None:
    assert matched(sender, *ALL) == "ivan@customer.example"


@pytest.mark.parametrize("sender", ["ivan@почта.рф", "ivan@ПОЧТА.РФ", "ivan@xn--80a1acny.xn--p1ai"])
def test_international_domains_match_in_both_forms(sender: str) -> None:
    assert matched(sender, IDN_PATTERN) == IDN_PATTERN
    assert normalise("*@почта.рф") == IDN_PATTERN


@pytest.mark.parametrize(
    "sender",
    [
        formataddr(("ivan@customer.example", "evil@attacker.example")),
        "ivan@customer.example@attacker.example",
        '"ivan@customer.example"@attacker.example',
        "ivan@customer.example.attacker.example",
        "ivan@attacker.example?@customer.example.",
        "ivan@сustomer.example",  # a Cyrillic letter
        "ivan@evilcustomer.example",
        "ivan@sub.customer.example",
        "customer.example",
        "",
        None,
    ],
)
def test_what_merely_looks_like_a_permitted_address_is_not_let_in(sender: str | None) -> None:
    if sender == "ivan@attacker.example?@customer.example.":
        assert matched(sender, "ivan@customer.example") is None
    else:
        assert matched(sender, "*@customer.example", "ivan@customer.example") is None


@pytest.mark.parametrize("sender", ["*@*", "*@customer.example"])
def test_a_sender_cannot_name_a_pattern_as_his_address(sender: str) -> None:
    assert matched(sender, "*@other.example", "ivan@customer.example") is None


def test_a_mail_without_a_sender_is_only_for_everybody() -> None:
    for sender in (None, "", "undisclosed"):
        assert matched(sender, "*@customer.example") is None
        assert matched(sender, *ALL) == "*@*"


def test_a_rule_for_the_recipient_comes_before_a_more_specific_sender() -> None:
    rules = [
        rule("ivan@customer.example", 1),
        rule("*@*", 2, recipient="sales@postroom.test"),
        rule("*@customer.example", 3, recipient="sales@postroom.test"),
        rule("*@*", 4, recipient="other@postroom.test"),
        rule("*@*", 5),
    ]
    assert asked(rules, "ivan@customer.example", "sales@postroom.test") == [3, 2, 1, 5]
    assert asked(rules, "ivan@customer.example") == [1, 5]


def test_a_tag_comes_before_the_address_without_it() -> None:
    rules = [
        rule("*@*", 1, recipient="sales@postroom.test"),
        rule("*@*", 2, recipient="sales+vip@postroom.test", position=9),
        rule("*@*", 3),
    ]
    assert asked(rules, "a@b.example", "sales+vip@postroom.test", untagged=("sales@postroom.test",)) == [2, 1, 3]
    assert asked(rules, "a@b.example", "sales@postroom.test") == [1, 3]


def test_of_several_recipients_the_position_decides_then_the_id() -> None:
    rules = [
        rule("*@*", 1, recipient="a@postroom.test", position=2),
        rule("*@*", 2, recipient="b@postroom.test", position=1),
        rule("*@*", 4, recipient="b@postroom.test", position=2),
        rule("*@*", 3, recipient="a@postroom.test", position=2),
    ]
    assert asked(rules, "x@y.example", "a@postroom.test", "b@postroom.test") == [2, 1, 3, 4]


@given(
    st.lists(
        st.tuples(
            st.sampled_from((*ALL, "petr@customer.example")),
            st.sampled_from(("", "help@postroom.test", "a@postroom.test", "zzz@postroom.test")),
            st.integers(0, 3),
        ),
        max_size=40,
    )
)
def test_the_order_is_total_and_does_not_depend_on_how_the_rules_were_given(
    made: list[tuple[str, str, int]],
) -> None:
    rules = [
        rule(pattern, number, recipient=recipient, position=position)
        for number, (pattern, recipient, position) in enumerate(made)
    ]
    recipients = ("help@postroom.test", "a@postroom.test")
    known = {one.id: one for one in rules}
    found = asked(rules, "ivan@customer.example", *recipients)
    assert asked(rules[::-1], "ivan@customer.example", *recipients) == found
    assert sorted(found) == [one.id for one in rules if one.pattern in ALL and one.recipient in {"", *recipients}]
    ranks = [(known[one].recipient == "", -ALL.index(known[one].pattern), known[one].position, one) for one in found]
    assert ranks == sorted(ranks)


def to(*addresses: str, delivered: tuple[str, ...] = ()) -> Recipients:
    written = mail(to=tuple(Address(address=one) for one in addresses), delivered_to=delivered)
    return recipients_of(written, mailbox(aliases=frozenset({"sales@postroom.test"})))


@pytest.mark.parametrize(
    ("address", "written", "untagged"),
    [
        ("HELP@postroom.test", ("help@postroom.test",), ()),
        ("Help+Ivan+2@Postroom.Test", ("help+ivan+2@postroom.test",), ("help@postroom.test",)),
        ("sales+@postroom.test", ("sales+@postroom.test",), ("sales@postroom.test",)),
        ("other@postroom.test", (), ()),
        ("help@other.test", (), ()),
        ("+help@postroom.test", (), ()),
        ("help", (), ()),
        ("", (), ()),
    ],
)
def test_recipients_are_those_of_the_mailbox(address: str, written: tuple[str, ...], untagged: tuple[str, ...]) -> None:
    assert to(address) == Recipients(written, untagged)
    assert to(delivered=(address,)) == Recipients(written, untagged)


def test_the_envelope_comes_before_what_is_written_and_nothing_comes_twice() -> None:
    found = to("help@postroom.test", "sales@postroom.test", delivered=("sales@postroom.test", "help+x@postroom.test"))
    assert found == Recipients(("sales@postroom.test", "help+x@postroom.test", "help@postroom.test"))
    copied = mail(cc=(Address(address="help@postroom.test"),))
    assert recipients_of(copied, mailbox()).written == ("help@postroom.test",)


def test_ten_thousand_rules_cost_no_more_than_one() -> None:
    rules = Candidates(rule(f"client{number}@customer{number % 100}.example", number) for number in range(10_000))
    started = time.process_time()
    for number in range(10_000):
        found = next(rules.of(f"Client{number}@customer{number % 100}.example", NOWHERE))
        assert found.id == number
    assert time.process_time() - started < 1.5
