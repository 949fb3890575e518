"""Service users: their tokens, which nobody can read, and their switches, which all processes see."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from backbone import clock
from backbone.catalogue import access, tables
from backbone.catalogue.access import Kind
from backbone.catalogue.model import Permission
from backbone.catalogue.snapshot import newest_version
from backbone.ledger.states import Inbound
from tests.support.house import House, letter
from tests.support.shell import Shell

TOKEN = re.compile(r"prt_[0-9a-f]{64}")


def set_up(office: House, kind: str = "api", **values: object) -> None:
    """Do what apply does with a service user of one role and one district."""
    with office.runtime.database.transaction() as connection:
        row = {"kind": kind} | values
        user = connection.execute(insert(tables.service_users).values(row).returning(tables.service_users.c.id))
        ids = {"service_user_id": user.scalar_one()}
        permissions = [Permission.CREATE_TICKETS, Permission.ADD_MESSAGES]
        connection.execute(insert(tables.roles).values(id=1, name="Почта [x]", permissions=permissions))
        connection.execute(insert(tables.districts).values(id=1, name="Север"))
        connection.execute(insert(tables.service_user_roles).values(ids | {"role_id": 1}))
        connection.execute(insert(tables.service_user_districts).values(ids | {"district_id": 1}))


def version(office: House) -> int:
    with office.runtime.database.reading() as connection:
        return newest_version(connection)


def test_what_is_not_set_is_listed_as_it_counts(shell: Shell, office: House) -> None:
    api, anonymous = shell("service-user", "list", "--json").json()
    assert (api["set"], api["enabled"], api["permissions"], api["districts"]) == (False, True, sorted(Permission), None)
    assert (anonymous["set"], anonymous["enabled"], anonymous["permissions"]) == (False, False, [])
    assert office.rows(tables.service_tokens) == []
    told = shell("service-user", "list").out
    assert "(not set)" in told
    assert told.count("all") == 1, "the anonymous user may do nothing anywhere"


def test_roles_and_districts_are_listed(shell: Shell, office: House) -> None:
    set_up(office)
    api = shell("service-user", "list", "--json").json()[0]
    assert (api["set"], api["roles"], api["districts"]) == (True, ["Почта [x]"], ["Север"])
    assert api["permissions"] == ["add_messages", "create_tickets"]
    told = shell("service-user", "list").out
    assert "Почта [x]" in told
    assert "Север" in told


def test_a_token_is_shown_once_and_only_its_digest_is_kept(shell: Shell, office: House) -> None:
    first = shell("service-user", "token", "api", "--json").json()
    told = shell("service-user", "token", "api", "--days", "30").out
    second = TOKEN.search(told)
    assert second
    assert TOKEN.fullmatch(first["token"])
    rows = office.rows(tables.service_tokens)
    assert [row.valid_until - row.made_at for row in rows] == [timedelta(days=365), timedelta(days=30)]
    held = str(rows) + shell("service-user", "list").out + shell("service-user", "list", "--json").out
    assert first["token"] not in held
    assert second[0] not in held
    assert all(len(row.digest) == 64 for row in rows)
    assert rows[0].digest not in shell("service-user", "list", "--json").out
    for one in (first["token"], second[0]):
        assert access.verify(office.runtime.database, one) is not None


def test_a_token_that_is_wrong_late_or_revoked_lets_nobody_in(shell: Shell, office: House) -> None:
    database = office.runtime.database
    made = shell("service-user", "token", "api", "--json").json()
    token = made["token"]
    assert access.verify(database, token) is not None
    for wrong in ("", "prt_", token[:-1], token + "0", token.upper(), token[4:], "\udcff", "prt_" + "0" * 64):
        assert access.verify(database, wrong) is None
    office.change(tables.service_tokens, valid_until=clock.now())
    assert access.verify(database, token) is None
    assert shell("service-user", "list", "--json").json()[0]["tokens"][0]["state"] == "expired"
    office.change(tables.service_tokens, valid_until=clock.after(60))
    assert access.verify(database, token) is not None
    assert shell("service-user", "revoke", str(made["id"])).code == 0
    assert access.verify(database, token) is None
    revoked = office.rows(tables.service_tokens)[0].revoked_at
    assert shell("service-user", "revoke", str(made["id"]), "--json").json() == {"id": made["id"], "revoked": True}
    assert office.rows(tables.service_tokens)[0].revoked_at == revoked
    assert shell("service-user", "list", "--json").json()[0]["tokens"][0]["state"] == "revoked"


def test_a_token_acts_as_its_service_user(shell: Shell, office: House) -> None:
    set_up(office)
    token = shell("service-user", "token", "api", "--json").json()["token"]
    user = access.verify(office.runtime.database, token)
    assert user is not None
    assert user.permissions == {"add_messages", "create_tickets"}
    assert user.districts == frozenset({1})
    assert shell("service-user", "off", "api").code == 0
    assert access.verify(office.runtime.database, token) is None


def test_the_last_use_of_a_token_is_noted_once_a_minute(shell: Shell, office: House) -> None:
    token = shell("service-user", "token", "api", "--json").json()["token"]

    def used() -> object:
        access.verify(office.runtime.database, token)
        return office.rows(tables.service_tokens)[0].used_at

    first = used()
    assert first is not None
    assert used() == first
    office.change(tables.service_tokens, used_at=clock.now() - access.USED_EVERY)
    assert used() >= first  # type: ignore[operator]  # both are times


def test_a_switch_is_seen_by_all_processes_and_changes_nothing_when_it_stands_so(shell: Shell, office: House) -> None:
    set_up(office)
    before = version(office)
    for _ in range(2):
        assert shell("service-user", "off", "api", "--json").json() == {"kind": "api", "enabled": False}
        assert version(office) == before + 1
    with office.runtime.database.reading() as connection:
        assert office.runtime.catalogue.current(connection).api_user.enabled is False
    assert shell("service-user", "on", "api").code == 0
    assert version(office) == before + 2
    (mail_id,) = office.take(letter())
    assert office.mail(mail_id).state == Inbound.TICKET_CREATED


def test_what_is_not_set_stays_as_it_counts(shell: Shell, office: House) -> None:
    for kind, stands, other in ((Kind.API, "on", "off"), (Kind.ANONYMOUS, "off", "on")):
        assert shell("service-user", stands, kind).code == 0
        refused = shell("service-user", other, kind)
        assert (refused.code, f"The {kind} user is not set" in refused.err) == (1, True)
    assert office.rows(tables.service_users) == []


@pytest.mark.usefixtures("office")
def test_what_cannot_be_done_is_said(shell: Shell) -> None:
    assert "The anonymous user has no tokens" in shell("service-user", "token", "anonymous").err
    assert "There is no token 7" in shell("service-user", "revoke", "7").err
    for arguments in (("token", "nobody"), ("token", "api", "--days", "0"), ("revoke", "x"), ("on",)):
        assert shell("service-user", *arguments).code == 2
