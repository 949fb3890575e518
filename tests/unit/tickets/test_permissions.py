"""What the pipeline may do on behalf of the API user."""

from dataclasses import replace
from typing import Any

import pytest

from backbone.catalogue.model import Catalogue, Directory, Object, Permission, ServiceUser
from backbone.contracts import Fields, Selection
from backbone.ledger.states import InboundReason
from tests.support.things import MAILBOX, NOON, RULE, TEMPLATE, catalogue, mail
from tickets.finishing import finish, finish_all
from tickets.permissions import refusal
from tickets.planning import Action, Plan, plan
from tickets.standing import Standing
from tickets.threading import Thread

NORTH, SOUTH = 1, 2
PLACES = Directory(
    objects={
        3: Object(3, "Склад", district_id=NORTH),
        4: Object(4, "Офис", district_id=SOUTH),
        5: Object(5, "Цех"),
    }
)


def known(**user: Any) -> Catalogue:
    return replace(catalogue(), version=42, directory=PLACES, api_user=ServiceUser(**user))


@pytest.mark.parametrize(
    ("user", "needed", "object_id", "reason"),
    [
        ({}, tuple(Permission), 3, None),
        ({"enabled": False}, (), None, InboundReason.API_USER_OFF),
        ({"permissions": frozenset()}, (Permission.ADD_MESSAGES,), None, InboundReason.NO_PERMISSION),
        ({"permissions": frozenset({"add_messages"})}, (Permission.ADD_MESSAGES,), 3, None),
        ({"districts": frozenset({NORTH})}, (), 3, None),
        ({"districts": frozenset({NORTH})}, (), 4, InboundReason.NO_DISTRICT),
        ({"districts": frozenset()}, (), 4, InboundReason.NO_DISTRICT),
        ({"districts": frozenset()}, (), 5, None),
        ({"districts": frozenset()}, (), 99, None),
        ({"districts": frozenset()}, (), None, None),
    ],
)
def test_refusals(
    user: dict[str, Any], needed: tuple[Permission, ...], object_id: int | None, reason: InboundReason | None
) -> None:
    refused = refusal(known(**user), needed, object_id)
    assert (refused[0] if refused else None) == reason


def made_by(user: dict[str, Any], *, object_id: int | None = None, standing: Standing | None = None) -> Plan:
    selection = Selection(verdict="open", rule_id=RULE.id, template_id=5, fields=Fields(object_id=object_id))
    current = known(**user)
    planned = plan(
        1,
        mail(),
        size=1,
        arrived=NOON,
        selection=selection,
        mailbox=MAILBOX,
        catalogue=current,
        thread=Thread(standing.ticket_id if standing else None),
        standing=standing,
    )
    finish(planned, current)
    return planned


TICKET = Standing(
    ticket_id=7,
    number="O7",
    asked="O7",
    template_id=TEMPLATE.id,
    rule_id=9,
    object_id=4,
    reply_by_chat=True,
    closed_at=None,
)


@pytest.mark.parametrize(
    ("user", "about", "reason"),
    [
        ({"enabled": False}, {}, "api_user_off"),
        ({"enabled": False}, {"standing": TICKET}, "api_user_off"),
        ({"permissions": frozenset({"add_messages"})}, {}, "no_permission"),
        ({"permissions": frozenset({"create_tickets"})}, {"standing": TICKET}, "no_permission"),
        (
            {"permissions": frozenset({"create_tickets", "add_messages"})},
            {"standing": replace(TICKET, closed_at=NOON)},
            "no_permission",
        ),
        ({"districts": frozenset({SOUTH})}, {}, "no_district"),  # the template's object
        ({"districts": frozenset({NORTH})}, {"object_id": 4}, "no_district"),
        ({"districts": frozenset({NORTH})}, {"standing": TICKET}, "no_district"),
    ],
)
def test_what_the_user_may_not_do_is_held_for_the_next_catalogue(
    user: dict[str, Any], about: dict[str, Any], reason: str
) -> None:
    made = made_by(user, **about)
    assert (made.action, made.reason, made.held_at, made.notices) == (Action.HOLD, reason, 42, [])
    assert [step["step"] for step in made.steps[-2:]] == ["permission", "held"]
    assert made.steps[-2]["granted"] is False
    assert made.steps[-1]["reason"] == reason


@pytest.mark.parametrize(
    ("user", "about", "action"),
    [
        ({"permissions": frozenset({"create_tickets"}), "districts": frozenset({NORTH})}, {}, Action.OPEN),
        ({"permissions": frozenset({"add_messages"})}, {"standing": TICKET}, Action.ADD),
        ({"districts": frozenset({SOUTH})}, {"standing": TICKET}, Action.ADD),
        ({"districts": frozenset({SOUTH})}, {"object_id": 4}, Action.OPEN),
        ({"districts": frozenset()}, {"object_id": 5}, Action.OPEN),
    ],
)
def test_what_the_user_may_do(user: dict[str, Any], about: dict[str, Any], action: Action) -> None:
    assert made_by(user, **about).action is action


def test_who_joins_a_ticket_that_is_not_opened_is_held_with_it() -> None:
    first = made_by({"enabled": False})
    second = made_by({})
    second.action, second.opener = Action.ADD, first
    finish(second, known())
    assert (second.action, second.reason, second.held_at) == (Action.HOLD, InboundReason.API_USER_OFF, 42)


def test_who_joins_a_ticket_of_the_batch_goes_by_its_object() -> None:
    first = made_by({})
    second = made_by({})
    second.action, second.opener = Action.ADD, first
    finish(second, known(districts=frozenset({SOUTH})))
    assert second.reason == InboundReason.NO_DISTRICT


def test_who_may_not_open_a_ticket_again_adds_nothing_to_it_either() -> None:
    may_add = known(permissions=frozenset({"add_messages"}))
    answers = [made_by({}) for _ in range(2)]
    for one in answers:
        one.action, one.joined, one.reopens = Action.ADD, replace(TICKET, closed_at=NOON), True
    finish_all(answers, may_add)
    assert [one.reason for one in answers] == [InboundReason.NO_PERMISSION] * 2
