"""An old mail that a backfill takes becomes a ticket like any other, of which nobody is told."""

from datetime import timedelta

import pytest

from backbone.contracts import Selection
from tests.support.things import MAILBOX, NOON, RULE, TEMPLATE, catalogue, mail
from tickets.finishing import finish
from tickets.notices import accepted, wanted
from tickets.planning import Action, Plan, plan
from tickets.standing import Standing
from tickets.threading import Thread


def planned(standing: Standing | None = None, *, silent: bool) -> Plan:
    made = plan(
        1,
        mail(),
        size=10,
        arrived=NOON,
        selection=Selection(verdict="open", rule_id=RULE.id, template_id=TEMPLATE.id),
        mailbox=MAILBOX,
        catalogue=catalogue(),
        thread=Thread(standing.ticket_id if standing else None),
        standing=standing,
        silent=silent,
    )
    finish(made, catalogue())
    for group in wanted(made, catalogue(), public_url=""):
        accepted(made, group[0])
    return made


@pytest.mark.parametrize(("silent", "told", "why"), [(False, True, "a new ticket"), (True, False, "taken by backfill")])
def test_nobody_is_told_of_an_old_mail(silent: bool, told: bool, why: str) -> None:
    made = planned(silent=silent)
    assert (made.action, bool(made.notices)) == (Action.OPEN, told)
    assert made.steps[-1] == {"step": "notice", "kind": "ticket_created", "queued": told, "why": why}


@pytest.mark.parametrize("silent", [False, True])
def test_an_old_mail_opens_no_closed_ticket_again(silent: bool) -> None:
    closed = Standing(
        ticket_id=7,
        number="O7",
        asked="O7",
        template_id=TEMPLATE.id,
        rule_id=RULE.id,
        object_id=3,
        reply_by_chat=True,
        closed_at=NOON - timedelta(days=1),
    )
    made = planned(closed, silent=silent)
    assert (made.action, made.joined, made.reopens) == (Action.ADD, closed, not silent)
