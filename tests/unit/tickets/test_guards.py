"""How many automatic mails may leave, and that nothing is told twice that is told once."""

from datetime import timedelta
from typing import Any

import pytest

from backbone.contracts import Address
from tests.support.things import NOON
from tickets.guards import Book, Limits, address_scope, domain_scope, ticket_scope
from tickets.planning import Notice

IVAN = "ivan@customer.example"
HOME = 1


def book(**windows: Any) -> Book:
    usual: dict[str, Any] = {"per_ticket": {}, "per_address": {}, "per_domain": {}}
    return Book(Limits(**usual | windows, register_again=timedelta(days=30)), NOON)


def notice(to: str = IVAN, kind: Any = "ticket_created", why: str = "") -> Notice:
    return Notice(kind, Address(address=to), why)


def let_through(one: Book, notices: list[Notice], ticket_id: int | None = None, mailbox_id: int = HOME) -> int:
    through = 0
    for each in notices:
        if not one.refusal(each, mailbox_id, ticket_id):
            one.enter(each, mailbox_id, ticket_id)
            through += 1
    return through


@pytest.mark.parametrize(
    ("windows", "others"),
    [
        ({"per_address": {10: 3}}, notice("petr@customer.example")),
        ({"per_address": {10: 99, 30: 3}}, notice("petr@customer.example")),
        ({"per_domain": {10: 3}}, notice("ivan@elsewhere.example")),
    ],
)
def test_a_batch_fills_the_windows_too(windows: dict[str, Any], others: Notice) -> None:
    one = book(**windows)
    assert let_through(one, [notice()] * 5) == 3
    assert "3 automatic mails to this" in one.refusal(notice("IVAN@customer.example"), HOME, None)
    assert one.refusal(others, HOME, None) == ""


def test_a_ticket_has_windows_of_its_own() -> None:
    one = book(per_ticket={10: 2})
    assert let_through(one, [notice()] * 5, ticket_id=7) == 2
    assert "on this ticket" in one.refusal(notice(), HOME, 7)
    assert one.refusal(notice(), HOME, 8) == one.refusal(notice(), HOME, None) == ""


def test_a_domain_is_counted_for_each_mailbox() -> None:
    one = book(per_domain={10: 1})
    assert let_through(one, [notice()] * 2) == 1
    assert one.refusal(notice(), 2, None) == ""


def test_what_the_ledger_counted_counts() -> None:
    one = book(per_ticket={10: 2}, per_address={10: 9, 60: 20}, per_domain={60: 100})
    one.counts.update({(address_scope(IVAN), 60): 19, (ticket_scope(7, IVAN), 10): 1})
    one.counts.update({(domain_scope(HOME, "customer.example"), 60): 50})
    assert let_through(one, [notice()] * 5) == 1


def test_no_mails_in_a_window_are_none() -> None:
    assert "0 automatic mails" in book(per_address={10: 0}).refusal(notice(), HOME, None)


def test_who_is_suppressed_gets_nothing() -> None:
    one = book()
    one.suppressed = {IVAN}
    assert "came back" in one.refusal(notice("Ivan@Customer.example"), HOME, None)
    assert one.refusal(notice("petr@customer.example"), HOME, None) == ""


@pytest.mark.parametrize(
    ("kind", "hours", "again"),
    [
        ("not_accepted", 23, False),
        ("not_accepted", 25, True),
        ("registration", 29 * 24, False),
        ("registration", 31 * 24, True),
        ("ticket_created", 0, True),
        ("too_big", 0, True),
    ],
)
def test_what_is_told_once(kind: Any, hours: float, again: bool) -> None:
    one = book()
    one.told[IVAN, kind, "why"] = NOON - timedelta(hours=hours)
    assert (one.refusal(notice(kind=kind, why="why"), HOME, None) == "") is again
    assert one.refusal(notice(kind=kind, why="other"), HOME, None) == ""
    assert one.refusal(notice("petr@customer.example", kind=kind, why="why"), HOME, None) == ""


def test_it_is_told_once_within_a_batch() -> None:
    assert let_through(book(), [notice(kind="not_accepted", why="no_sender_rule")] * 3) == 1
