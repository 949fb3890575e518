"""Which automatic mails are called for, and why others are not."""

from dataclasses import replace
from typing import Any

import pytest

from backbone.catalogue.model import Catalogue, Directory, Person
from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Address, Automation, ParsedMail, Trust
from backbone.ledger.states import InboundReason
from tests.support.things import NOON, TEMPLATE, catalogue, mail, mailbox
from tickets.notices import TOLD, wanted
from tickets.planning import Action, Plan
from tickets.standing import Standing

ALL = {"ticket_created": True, "closed_ticket": True, "not_accepted": True, "too_big": True, "registration": True}
URL = "https://tickets.postroom.test"
VERIFIED = Trust(verdict="verified")
TICKET = Standing(
    ticket_id=7,
    number="O7",
    asked="O7",
    template_id=TEMPLATE.id,
    rule_id=9,
    object_id=None,
    reply_by_chat=True,
    closed_at=None,
)


def made(written: ParsedMail | None = None, notices: dict[str, bool] | None = None, **about: Any) -> Plan:
    outgoing = Outgoing.model_validate({"notices": {**ALL, **(notices or {})}})
    home = mailbox(outgoing=outgoing, **about.pop("box", {}))
    usual: dict[str, Any] = {"action": Action.OPEN, "template": TEMPLATE, "reply_by_chat": True}
    return Plan(1, written or mail(), home, NOON, **usual | about)


def refused(reason: InboundReason = InboundReason.NO_SENDER_RULE, **about: Any) -> Plan:
    usual: dict[str, Any] = {"action": Action.IGNORE, "reason": reason, "steps": [{"step": "ignored"}]}
    return made(about.pop("written", mail(trust=VERIFIED)), **usual | about)


def registered(*addresses: str) -> Catalogue:
    people = {one: Person(one, "Иван", "", None, None) for one in addresses}
    return replace(catalogue(), directory=Directory(people=people))


KNOWN = registered("ivan@customer.example")


def kinds(plan: Plan, known: Catalogue = KNOWN, url: str = URL) -> list[list[str]]:
    return [[one.kind + (f":{one.why}" if one.why else "") for one in group] for group in wanted(plan, known, url)]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, "ticket_created"),
        ({"linked": TICKET}, "closed_ticket:new_ticket"),
        ({"linked": TICKET, "notices": {"closed_ticket": False}}, "ticket_created"),
        ({"action": Action.ADD, "joined": TICKET, "reopens": True}, "closed_ticket:reopened"),
        ({"written": mail(defects=("oversize",))}, "too_big"),
        ({"written": mail(defects=("oversize",)), "action": Action.ADD, "joined": TICKET}, "too_big"),
        ({"written": mail(defects=("oversize",)), "notices": {"too_big": False}}, "ticket_created"),
    ],
)
def test_one_thing_is_told_about_a_ticket(about: dict[str, Any], expected: str) -> None:
    assert kinds(made(**about)) == [[expected]]


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"action": Action.ADD, "joined": TICKET}, "knows of"),
        ({"notices": {"ticket_created": False}}, "switched off"),
        ({"linked": TICKET, "notices": {"closed_ticket": False, "ticket_created": False}}, "switched off"),
        ({"silent": True}, "backfill"),
        ({"written": mail(from_=Address(address="noreply@customer.example"))}, "nobody reads"),
        ({"written": mail(reply_to=Address(address="help+tag@postroom.test"))}, "mailbox of ours"),
        ({"written": mail(automation=Automation(kind="auto_reply", evidence=()))}, "automatic mail"),
        (
            {"written": mail(defects=("oversize",)), "action": Action.ADD, "joined": TICKET, "guest": True},
            "a guest is not answered",
        ),
        (
            {"action": Action.ADD, "joined": replace(TICKET, reply_by_chat=False), "reopens": True},
            "does not answer through the chat",
        ),
    ],
)
def test_why_nothing_is_told_of_a_ticket(about: dict[str, Any], why: str) -> None:
    plan = made(**about)
    assert kinds(plan) == []
    assert (plan.steps[-1]["queued"], why in plan.steps[-1]["why"]) == (False, True)


@pytest.mark.parametrize("reason", InboundReason)
def test_of_which_refusals_a_verified_sender_learns(reason: InboundReason) -> None:
    told = kinds(refused(reason, action=Action.HOLD))
    assert told == ([[f"not_accepted:{reason}"]] if reason in TOLD else [])
    assert reason not in TOLD or reason not in ("blocked", "not_verified", "bad_token", "no_district")


@pytest.mark.parametrize(
    "about",
    [
        {"written": mail()},
        {"written": mail(trust=Trust(verdict="suspect"))},
        {"written": mail(trust=VERIFIED, automation=Automation(kind="list", evidence=()))},
        {"silent": True},
        {"box": {"smtp": None}},
        {"reply_by_chat": False},
        {"notices": {"not_accepted": False}},
    ],
)
def test_others_learn_nothing(about: dict[str, Any]) -> None:
    plan = refused(**about)
    assert kinds(plan) == []
    assert plan.steps[-1] == {"step": "ignored"}, "how it ended stays the last step"
    assert [step["queued"] for step in plan.steps[:-1]] == ([] if "notices" in about else [False])


def test_a_refusal_goes_to_who_wrote_and_to_nobody_he_names() -> None:
    plan = refused(written=mail(trust=VERIFIED, reply_to=Address(address="victim@elsewhere.example")))
    (group,) = wanted(plan, KNOWN, URL)
    assert group[0].to.address == "ivan@customer.example"


def test_a_mail_too_big_to_be_read_by_its_rule() -> None:
    plan = refused(InboundReason.REGEX_MISMATCH, written=mail(trust=VERIFIED, defects=("oversize",)))
    assert kinds(plan) == [["too_big", "not_accepted:regex_mismatch"]]
    plan = refused(InboundReason.NO_SENDER_RULE, written=mail(trust=VERIFIED, defects=("oversize",)))
    assert kinds(plan) == [["not_accepted:no_sender_rule"]]


@pytest.mark.parametrize("trust", [VERIFIED, Trust()])
def test_who_is_not_registered_is_invited(trust: Trust) -> None:
    assert kinds(made(mail(trust=trust)), catalogue()) == [["ticket_created"], ["registration"]]
    invited = [["registration", "not_accepted:no_sender_rule"]] if trust is VERIFIED else []
    assert kinds(refused(written=mail(trust=trust)), catalogue()) == invited
    assert kinds(made(mail(trust=trust), {"registration": False}), catalogue()) == [["ticket_created"]]
    assert kinds(made(mail(trust=trust), action=Action.ADD, joined=TICKET), catalogue()) == []


def test_without_a_public_address_there_is_no_invitation() -> None:
    plan = made()
    assert kinds(plan, catalogue(), "") == [["ticket_created"]]
    assert plan.steps[-1] == {
        "step": "notice",
        "kind": "registration",
        "queued": False,
        "why": "POSTROOM_PUBLIC_URL is not set",
    }
