"""What is to become of a mail, and that its decision says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backbone.catalogue.model import Rule
from backbone.contracts import Address, Automation, Bounce, Confirmation, Fields, ParsedMail, Selection
from backbone.ledger.states import InboundReason
from tests.support.things import MAILBOX, NOON, RULE, TEMPLATE, catalogue, mail, mailbox
from tickets.finishing import finish
from tickets.notices import accepted, wanted
from tickets.planning import Action, Plan, chosen, join, plan
from tickets.proofs import Proof
from tickets.standing import Closed, Standing
from tickets.threading import Thread

OWN = Automation(kind="own", evidence=("X-Postroom-Loop: postroom",))
VACATION = Automation(kind="auto_reply", evidence=("Auto-Submitted: auto-replied",))
STEP = {"step": "thread", "by": "message_id", "candidate": "<a@x>", "verdict": "joined"}
OPEN = Selection(verdict="open", rule_id=RULE.id, template_id=TEMPLATE.id)
NOBODY = Selection(verdict="ignore", reason=InboundReason.NO_SENDER_RULE)
BLOCKED = Selection(verdict="ignore", reason=InboundReason.BLOCKED)
ALONE = Thread(None)
TICKET = Standing(
    ticket_id=7,
    number="O7",
    asked="O7",
    template_id=TEMPLATE.id,
    rule_id=77,
    object_id=3,
    reply_by_chat=True,
    closed_at=None,
)
CREATED = {"step": "notice", "kind": "ticket_created", "queued": True, "why": "a new ticket"}
KNOWS = {"step": "notice", "queued": False, "why": "the mail joins a ticket that its sender knows of"}


def ticket(**changes: Any) -> Standing:
    return replace(TICKET, **changes)


def closed(days: float = 1, **changes: Any) -> Standing:
    return ticket(closed_at=NOON - timedelta(days=days), **changes)


def permission(*needed: str) -> dict[str, Any]:
    return {"step": "permission", "user": "api", "needed": list(needed), "granted": True}


def planned(
    written: ParsedMail,
    thread: Thread = ALONE,
    selection: Selection = OPEN,
    standing: Standing | None = None,
    reopen_days: int = 14,
    proof: Proof | None = None,
    **box: Any,
) -> Plan:
    home = mailbox(**box)
    known = catalogue(home, reopen_days=reopen_days)
    made = plan(
        1,
        written,
        size=10,
        arrived=NOON,
        selection=selection,
        mailbox=home,
        catalogue=known,
        thread=thread,
        standing=standing,
        proof=proof,
    )
    finish(made, known)
    for group in wanted(made, known, public_url=""):
        accepted(made, group[0])
    return made


def told(made: Plan) -> Address | None:
    return made.notices[0].to if made.notices else None


def answered(standing: Standing, *, guest: bool = False, **about: Any) -> Plan:
    return planned(about.pop("written", mail()), Thread(7, guest=guest, steps=(STEP,)), standing=standing, **about)


def test_a_customer_opens_a_ticket_and_is_told() -> None:
    made = planned(mail())
    assert (made.action, made.template, made.rule_id, made.reply_by_chat) == (Action.OPEN, TEMPLATE, RULE.id, True)
    assert told(made) == Address(name="Иван Петров", address="ivan@customer.example")
    assert made.said == "Добрый день!"
    assert made.steps == [permission("create_tickets"), CREATED]


def test_what_was_caught_is_planned() -> None:
    made = planned(mail(), selection=OPEN.model_copy(update={"fields": Fields(external_number="5")}))
    assert made.fields.external_number == "5"


def test_our_own_mail_is_ignored_wherever_it_belongs() -> None:
    made = answered(TICKET, written=mail(automation=OWN))
    assert (made.action, made.reason, made.joined) == (Action.IGNORE, InboundReason.OWN_MAIL, None)
    assert made.steps == [
        {"step": "ignored", "reason": "own_mail", "why": "written by this Postroom itself"},
    ]


@pytest.mark.parametrize("selection", [OPEN, NOBODY, BLOCKED])
@pytest.mark.parametrize("action", ["failed", None])
def test_a_bounce_is_recorded(action: str | None, selection: Selection) -> None:
    made = planned(mail(bounce=Bounce(action=action)), Thread(7, steps=(STEP,)), selection, TICKET)
    assert (made.action, made.reason, told(made)) == (Action.BOUNCE, None, None)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_that_is_no_failure_changes_nothing(action: str) -> None:
    made = planned(mail(bounce=Bounce(action=action, original_message_id="<a@x>")))
    assert (made.action, made.reason) == (Action.IGNORE, InboundReason.BOUNCE)
    assert action in made.steps[-1]["why"]


def test_a_request_to_confirm_a_forwarding_is_held_without_a_version() -> None:
    made = planned(mail(confirmation=Confirmation(provider="Gmail", code="1")), selection=NOBODY)
    assert (made.action, made.reason, made.held_at) == (Action.HOLD, InboundReason.CONFIRM_FORWARDING, None)


@pytest.mark.parametrize(
    ("proof", "action"), [(Proof("<a@x>"), Action.BOUNCE), (Proof(None), Action.IGNORE), (None, Action.IGNORE)]
)
def test_a_report_that_proves_itself_counts_whoever_it_is_from(proof: Proof | None, action: Action) -> None:
    made = planned(mail(bounce=Bounce(by_server=False)), selection=BLOCKED, proof=proof)
    assert (made.action, made.proven) == (action, action is Action.BOUNCE)


@pytest.mark.parametrize(
    "written",
    [mail(), mail(confirmation=Confirmation(provider="Gmail", code="1")), mail(bounce=Bounce(by_server=False))],
)
def test_a_blocked_sender_does_not_join_a_conversation_either(written: ParsedMail) -> None:
    for made in (answered(TICKET, written=written, selection=BLOCKED), planned(written, selection=BLOCKED)):
        assert (made.action, made.reason, made.joined) == (Action.IGNORE, InboundReason.BLOCKED, None)
        assert made.steps == [{"step": "ignored", "reason": "blocked", "why": "the sender is on the block list"}]


@pytest.mark.parametrize("guest", [False, True])
@pytest.mark.parametrize(
    "selection",
    [
        OPEN,
        NOBODY,
        Selection(verdict="hold", reason=InboundReason.REGEX_MISMATCH),
        Selection(verdict="ignore", reason=InboundReason.RECEIVING_OFF),
    ],
)
def test_an_answer_joins_its_ticket_whatever_the_rules_say(guest: bool, selection: Selection) -> None:
    made = answered(TICKET, guest=guest, selection=selection)
    assert (made.action, made.joined, made.guest, told(made)) == (Action.ADD, TICKET, guest, None)
    assert made.steps == [STEP, permission("add_messages"), KNOWS]


def test_an_answer_to_a_mail_on_its_way_waits() -> None:
    assert planned(mail(), Thread(None, wait=True)).action is Action.WAIT


def test_an_answer_to_a_held_mail_is_held_until_the_catalogue_changes() -> None:
    made = planned(mail(), Thread(None, held="no_district"))
    assert (made.action, made.reason, made.held_at) == (Action.HOLD, InboundReason.NO_DISTRICT, 1)
    assert made.steps[-1]["why"] == "the mail that it answers is held"


def test_a_stranger_opens_nothing() -> None:
    made = planned(mail(), Thread(None, steps=({"step": "thread"},)), NOBODY)
    assert (made.action, made.reason) == (Action.IGNORE, InboundReason.NO_SENDER_RULE)
    assert [step["step"] for step in made.steps] == ["thread", "ignored"]


IGNORED = ["no_sender_rule", "receiving_off", "regex_mismatch", "regex_timeout"]
HELD = ["not_verified", "regex_mismatch", "regex_timeout", "regex_too_long", "regex_memory", "regex_invalid", "bug"]


@pytest.mark.parametrize(
    ("verdict", "reason"), [*(("ignore", one) for one in IGNORED), *(("hold", one) for one in HELD)]
)
def test_the_rules_may_say_no(verdict: Any, reason: str) -> None:
    made = planned(mail(), selection=Selection(verdict=verdict, reason=reason))
    assert made.action is (Action.IGNORE if verdict == "ignore" else Action.HOLD)
    assert (made.reason, made.held_at, made.talks) == (InboundReason(reason), None, False)
    assert made.steps[-1]["step"] == ("ignored" if verdict == "ignore" else "held")
    assert made.steps[-1]["reason"] == reason
    assert len(made.steps[-1]["why"]) > 20


@pytest.mark.parametrize(
    "gone",
    [
        {"rule_id": 12345},
        {"rule_id": None},
        {"template_id": 12345},
        {"template_id": None},
        {"fields": Fields(object_id=1)},
        {"fields": Fields(work_type_id=1)},
        {"fields": Fields(ticket_type_id=1)},
        {"fields": Fields(criticality_id=1)},
    ],
)
def test_a_mail_whose_choice_is_gone_from_the_catalogue_is_parsed_again(gone: dict[str, Any]) -> None:
    made = planned(mail(), selection=OPEN.model_copy(update=gone))
    assert (made.action, made.steps) == (Action.PARSE, [])


def test_a_mail_parsed_before_there_were_selections_goes_by_its_rule() -> None:
    off = Rule(id=8, pattern="*@*", template_id=TEMPLATE.id, receive=False)
    home = mailbox(rules=(RULE, off))
    assert chosen(None, RULE.id, home) == OPEN
    assert chosen(None, None, home) == NOBODY
    assert chosen(None, off.id, home).reason == InboundReason.RECEIVING_OFF
    assert planned(mail(), selection=chosen(None, 12345, home)).action is Action.PARSE
    stored = OPEN.model_copy(update={"fields": Fields(deadline=NOON, custom={"a": "b"})})
    assert chosen(stored.model_dump(mode="json"), None, home) == stored


@pytest.mark.parametrize("kind", ["auto_reply", "bulk", "list", "bounce"])
def test_automatic_mail_is_kept_and_never_answered(kind: Any) -> None:
    made = planned(mail(automation=Automation(kind=kind, evidence=("Auto-Submitted: auto-replied",))))
    assert (made.action, told(made)) == (Action.OPEN, None)
    why = f"automatic mail is never answered ({kind})"
    assert made.steps[-1] == {"step": "notice", "kind": "ticket_created", "queued": False, "why": why}


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
    assert (made.action, told(made)) == (Action.OPEN, None)
    assert why in made.steps[-1]["why"]


def test_an_answer_opens_a_closed_ticket_again() -> None:
    made = answered(closed(days=14))
    assert (made.action, made.reopens, told(made)) == (Action.ADD, True, mail().from_)
    assert made.steps == [
        STEP,
        {
            "step": "closed_ticket",
            "number": "O7",
            "closed_at": "2026-11-09T12:00:00+00:00",
            "reopen_days": 14,
            "late": False,
            "taken": "the ticket is opened again",
        },
        permission("add_messages", "reopen_tickets"),
        {"step": "notice", "kind": "closed_ticket", "queued": True, "why": "the ticket is opened again"},
    ]


@pytest.mark.parametrize(("days", "reopen_days"), [(14.01, 14), (0, 0), (2, 1)])
def test_a_late_answer_opens_a_new_ticket_by_its_rule(days: float, reopen_days: int) -> None:
    old = closed(days)
    made = answered(old, reopen_days=reopen_days, written=mail(subject="Re: [#O7] тема", quoted=True))
    assert (made.action, made.linked, made.joined, made.reopens) == (Action.OPEN, old, None, False)
    assert (made.template, made.rule_id) == (catalogue(reopen_days=reopen_days).templates[TEMPLATE.id], RULE.id)
    assert made.our_numbers == {"O7"}
    assert made.said == "Добрый день!"  # what it quotes is known here
    assert [made.steps[1]["late"], made.steps[1]["taken"]] == [True, Closed.NEW_TICKET.value]
    assert told(made) is not None


@pytest.mark.parametrize(
    "selection",
    [
        NOBODY,
        Selection(verdict="hold", reason=InboundReason.REGEX_MISMATCH),
        OPEN.model_copy(update={"rule_id": 12345}),
    ],
)
@pytest.mark.parametrize("reply_by_chat", [True, False])
def test_a_late_answer_that_no_rule_takes_goes_by_the_old_ticket(selection: Selection, reply_by_chat: bool) -> None:
    made = answered(closed(30, reply_by_chat=reply_by_chat), selection=selection)
    assert (made.action, made.template, made.rule_id) == (Action.OPEN, TEMPLATE, 77)
    assert (made.fields, made.reply_by_chat, told(made) is not None) == (Fields(), reply_by_chat, reply_by_chat)


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("who", [{"guest": True}, {"written": mail(automation=VACATION)}])
def test_machines_and_guests_leave_a_closed_ticket_closed(who: dict[str, Any], days: int) -> None:
    made = answered(closed(days), **who)
    assert (made.action, made.reopens, made.linked) == (Action.ADD, False, None)
    assert made.steps[1]["taken"] == Closed.STAYS.value


def test_a_merged_ticket_leads_to_the_last() -> None:
    made = answered(ticket(asked="O3"))
    assert made.steps[1] == {"step": "merged_ticket", "number": "O3", "into": "O7"}
    late = answered(closed(30, asked="O3"))
    assert late.our_numbers == {"O3", "O7"}


@pytest.mark.parametrize(
    ("old", "written", "action", "reopens"),
    [
        (TICKET, mail(), Action.ADD, False),
        (closed(1), mail(), Action.ADD, True),
        (closed(1), mail(automation=VACATION), Action.ADD, False),
        (closed(30), mail(), Action.OPEN, False),
        (closed(30), mail(automation=VACATION), Action.OPEN, False),
    ],
)
def test_a_mail_that_opens_a_ticket_may_join_one(
    old: Standing, written: ParsedMail, action: Action, reopens: bool
) -> None:
    made = plan(
        1,
        written,
        size=10,
        arrived=NOON,
        selection=OPEN,
        mailbox=MAILBOX,
        catalogue=catalogue(),
        thread=ALONE,
        standing=None,
    )
    join(made, old, catalogue())
    assert (made.action, made.reopens) == (action, reopens)
    assert (made.joined, made.linked) == ((None, old) if action is Action.OPEN else (old, None))
