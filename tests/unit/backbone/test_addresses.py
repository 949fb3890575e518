"""Two spellings of one address compare equal; two addresses never do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.addresses import domain_of, normalise, normalise_domain

SAME = [
    ("Ivan@Customer.Example", "ivan@customer.example"),
    ("  ivan@customer.example\r\n", "ivan@customer.example"),
    ("ivan@customer.example.", "ivan@customer.example"),
    ("ivan@почта.рф", "ivan@xn--80a1acny.xn--p1ai"),
    ("IVAN@ПОЧТА.РФ", "ivan@XN--80A1ACNY.XN--P1AI"),
    ("иван@почта.рф", "ИВАН@почта.рф"),
    ("a@bücher.example", "a@xn--bcher-kva.example"),
    ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"),
    ("a@ｃｕｓｔｏｍｅｒ.example", "a@customer.example"),
    ("a@почта。рф", "a@почта.рф"),
]
DIFFERENT = [
    ("ivan@customer.example", "ivan@customer.example.evil"),
    ("ivan@customer.example", "ivan+x@customer.example"),
    ("ivan@customer.example", "ivan@evil@customer.example"),
    ("a@apple.example", "a@аpple.example"),  # the second begins with a Cyrillic letter
    ("a@customer.example", "a@sub.customer.example"),
    ("a@straße.example", "a@strasse.example"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_address_are_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert domain_of(one) == domain_of(other)
    assert domain_of(one).isascii()


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "text", ["", " ", "@", "a@", "@b", "no address", "a@-.-", "a@" + "я" * 300, "a@xn--", "a@\udcff.рф"]
)
def test_what_is_no_address_does_no_harm(text: str) -> None:
    assert normalise(text) == normalise(normalise(text))
    assert domain_of("no address") == ""


@given(st.text())
def test_anything_has_one_normal_form(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_long_hostile_domains_cost_little() -> None:
    started = time.process_time()
    for domain in ("я." * 50_000, "я" * 100_000, "xn--" * 50_000, "。" * 100_000, "\u0308" * 100_000):
        normalise_domain(domain)
    assert time.process_time() - started < 1
