"""Which sender rule lets a sender in; a rule is a permission, so that nothing but the address itself may count."""

from __future__ import annotations

import time
from email.utils import formataddr

import pytest

from backbone.addresses import normalise
from backbone.catalogue.model import Rule
from parse.matching import Matcher

IDN_PATTERN = "*@xn--80a1acny.xn--p1ai"


def rule(pattern: str, number: int = 1, *, enabled: bool = True) -> Rule:
    return Rule(id=number, pattern=pattern, template_id=10 + number, enabled=enabled)


def matched(sender: str | None, *patterns: str) -> str | None:
    found = Matcher(rule(pattern, number) for number, pattern in enumerate(patterns)).match(sender).rule
    return found.pattern if found else None


ALL = ("*@*", "*@customer.example", "ivan@customer.example")


@pytest.mark.parametrize("patterns", [ALL, ALL[::-1]])
def test_the_most_specific_rule_wins_in_any_order(patterns: tuple[str, ...]) -> None:
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


def test_a_rule_that_is_off_does_not_count() -> None:
    rules = [rule("ivan@customer.example", 1, enabled=False), rule("*@customer.example", 2)]
    found = Matcher(rules).match("ivan@customer.example")
    assert found.rule == rules[1]


def test_the_decision_tells_what_was_looked_for() -> None:
    found = Matcher([rule("*@customer.example", 4)]).match("Ivan@Customer.Example")
    assert found.as_step("Ivan@Customer.Example") == {
        "step": "sender_rule",
        "sender": "Ivan@Customer.Example",
        "considered": [
            {"pattern": "ivan@customer.example", "matched": False},
            {"pattern": "*@customer.example", "matched": True},
        ],
        "rule_id": 4,
        "template_id": 14,
    }
    assert Matcher([]).match("a@b.example").as_step("a@b.example")["rule_id"] is None


def test_ten_thousand_rules_cost_no_more_than_one() -> None:
    matcher = Matcher(rule(f"client{number}@customer{number % 100}.example", number) for number in range(10_000))
    started = time.process_time()
    for number in range(10_000):
        found = matcher.match(f"Client{number}@customer{number % 100}.example").rule
        assert found
        assert found.id == number
    assert time.process_time() - started < 1.5
