"""``postroom suppression``: who gets no automatic mail, and why."""

from backbone import clock
from backbone.ledger import suppressions
from tests.support.house import House
from tests.support.shell import Shell

IVAN, GONE, LATER = "ivan@customer.example", "gone@customer.example", "later@customer.example"


def suppress(office: House, address: str, seconds: float) -> None:
    with office.runtime.database.transaction() as connection:
        suppressions.suppress(connection, {address: f"550 5.1.1 No \x1b[31m{address}"}, clock.after(seconds))


def test_those_who_get_nothing_now_are_listed_the_newest_first(shell: Shell, office: House) -> None:
    assert shell("suppression", "list").out == "Every address gets automatic mail.\n"
    for address, seconds in ((IVAN, 3600), (GONE, -1), (LATER, 3600)):
        suppress(office, address, seconds)
    found = shell("suppression", "list", "--json").json()
    assert [one["address"] for one in found] == [LATER, IVAN]
    assert found[0]["until"] > found[0]["since"]
    assert [one["address"] for one in shell("suppression", "list", "--newest", "1", "--json").json()] == [LATER]
    shown = shell("suppression", "list").out
    assert f"550 5.1.1 No \N{REPLACEMENT CHARACTER}[31m{IVAN}" in shown
    assert GONE not in shown


def test_one_is_lifted(shell: Shell, office: House) -> None:
    suppress(office, IVAN, 3600)
    assert shell("suppression", "lift", " Ivan@Customer.Example").out == f"Automatic mail goes to {IVAN} again.\n"
    with office.runtime.database.reading() as connection:
        assert not suppressions.among(connection, {IVAN})
    again = shell("suppression", "lift", IVAN)
    assert (again.code, "Nothing is held back from 'ivan@customer.example'" in again.err) == (1, True)
