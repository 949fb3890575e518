"""What is to become of a mail, and that its decision says why."""

from typing import Any

import pytest

from backbone.catalogue.model import Rule
from backbone.contracts import Address, Automation, Bounce, ParsedMail
from backbone.ledger.states import InboundReason
from tests.support.things import MAILBOX, RULE, TEMPLATE, catalogue, mail, mailbox
from tickets.planning import Action, Plan, plan
from tickets.threading import Thread

OWN = Automation(kind="own", evidence=("X-Postroom-Loop: postroom",))
STEP = {"step": "thread", "by": "message_id", "candidate": "<a@x>", "verdict": "joined"}


ALONE = Thread(None)


def planned(written: ParsedMail, thread: Thread = ALONE, rule_id: int | None = RULE.id, **box: Any) -> Plan:
    chosen = mailbox(**box)
    return plan(1, written, size=10, rule_id=rule_id, mailbox=chosen, catalogue=catalogue(chosen), thread=thread)


def test_a_customer_opens_a_ticket_and_is_told() -> None:
    made = planned(mail())
    assert (made.action, made.template, made.rule) == (Action.OPEN, TEMPLATE, RULE)
    assert made.answer_to == Address(name="Иван Петров", address="ivan@customer.example")
    assert made.said == "Добрый день!"
    assert made.steps == [{"step": "notice", "queued": True, "why": "a new ticket"}]


def test_our_own_mail_is_ignored_wherever_it_belongs() -> None:
    made = planned(mail(automation=OWN), Thread(7, steps=(STEP,)))
    assert (made.action, made.reason, made.ticket_id) == (Action.IGNORE, InboundReason.OWN_MAIL, None)
    assert made.steps == [
        {"step": "ignored", "reason": "own_mail", "why": "written by this Postroom itself"},
    ]


@pytest.mark.parametrize("action", ["failed", None])
def test_a_bounce_is_recorded(action: str | None) -> None:
    made = planned(mail(bounce=Bounce(action=action)), Thread(7, steps=(STEP,)))
    assert (made.action, made.reason, made.answer_to) == (Action.BOUNCE, None, None)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_that_is_no_failure_changes_nothing(action: str) -> None:
    made = planned(mail(bounce=Bounce(action=action, original_message_id="<a@x>")))
    assert (made.action, made.reason) == (Action.IGNORE, InboundReason.BOUNCE)
    assert action in made.steps[-1]["why"]


@pytest.mark.parametrize("guest", [False, True])
def test_an_answer_joins_its_ticket_whatever_the_rules_say(guest: bool) -> None:
    made = planned(mail(), Thread(7, guest=guest, steps=(STEP,)), rule_id=None)
    assert (made.action, made.ticket_id, made.guest, made.answer_to) == (Action.ADD, 7, guest, None)
    assert made.steps == [STEP]


def test_an_answer_to_a_mail_on_its_way_waits() -> None:
    assert planned(mail(), Thread(None, wait=True)).action is Action.WAIT


def test_a_stranger_opens_nothing() -> None:
    made = planned(mail(), Thread(None, steps=({"step": "thread"},)), rule_id=None)
    assert (made.action, made.reason) == (Action.IGNORE, InboundReason.NO_SENDER_RULE)
    assert [step["step"] for step in made.steps] == ["thread", "ignored"]


def test_a_rule_that_is_gone_lets_nobody_in() -> None:
    assert planned(mail(), rule_id=12345).reason is InboundReason.NO_SENDER_RULE


def test_receiving_may_be_off() -> None:
    made = planned(mail(), rules=(Rule(id=9, pattern="*@*", template_id=TEMPLATE.id, receive=False),))
    assert (made.action, made.reason) == (Action.IGNORE, InboundReason.RECEIVING_OFF)


@pytest.mark.parametrize("kind", ["auto_reply", "bulk", "list", "bounce"])
def test_automatic_mail_is_kept_and_never_answered(kind: Any) -> None:
    made = planned(mail(automation=Automation(kind=kind, evidence=("Auto-Submitted: auto-replied",))))
    assert (made.action, made.answer_to) == (Action.OPEN, None)
    assert made.steps == [{"step": "notice", "queued": False, "why": f"automatic mail is never answered ({kind})"}]


@pytest.mark.parametrize(
    ("written", "box", "why"),
    [
        (mail(from_=None), {}, "names no sender"),
        (mail(from_=Address(address="postmaster")), {}, "names no sender"),
        (mail(reply_to=Address(address="HELP@postroom.TEST")), {}, "mailbox of ours"),
        (mail(from_=Address(address=MAILBOX.address)), {}, "mailbox of ours"),
        (
            mail(),
            {"rules": (Rule(id=9, pattern="*@*", template_id=TEMPLATE.id, reply_by_chat=False),)},
            "does not answer",
        ),
        (mail(), {"smtp": None}, "no SMTP server"),
    ],
)
def test_who_is_not_told(written: ParsedMail, box: dict[str, Any], why: str) -> None:
    made = planned(written, **box)
    assert (made.action, made.answer_to) == (Action.OPEN, None)
    assert why in made.steps[-1]["why"]
