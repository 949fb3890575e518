"""Why a mail became what it became, in words: every rule, every candidate, and why an answer was or was not sent."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.console import Console
from sqlalchemy import update

from backbone.catalogue.tables import sender_rules
from backbone.ledger.tables import outbound
from console.commands import why
from console.commands.why_rules import fields
from console.commands.why_steps import tell
from console.commands.why_words import Line
from tests.support.house import House, letter
from tests.support.shell import Shell
from tickets.models import tickets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def mail(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": 17,
        "state": "ticket_created",
        "reason": None,
        "mailbox": "help@postroom.test",
        "sender": "ivan@customer.example",
        "subject": "Тема",
        "ticket": "O1",
        "created_at": NOON,
        "updated_at": NOON,
        "message_id": "<a@b>",
        "correlation_id": "c",
        "raw_key": "r",
        "error": None,
        "decision": list(steps),
        "outbound": [],
    }
    return usual | changes


def printed(one: dict[str, Any], width: int = 120) -> str:
    file = io.StringIO()
    why.show(Console(file=file, width=width, soft_wrap=True, markup=False, highlight=False), one, {1: "Почта"})
    return file.getvalue()


def lines(step: dict[str, Any]) -> list[str]:
    return [f"{'  ' * line.depth}{line.mark} {line.text}" for line in tell(step, {1: "Почта"}).lines]


def condition(name: str, ok: bool, **about: Any) -> dict[str, Any]:
    return {"condition": name, "ok": ok} | about


def test_every_rule_is_shown_with_each_of_its_conditions() -> None:
    first = {
        "rule_id": 4,
        "name": "Пульт",
        "pattern": "*@customer.example",
        "recipient": "alarm@postroom.test",
        "conditions": [
            condition("enabled", ok=True),
            condition("recipient", ok=True, required="alarm@postroom.test"),
            condition("receive", ok=True),
            condition("trust", ok=True, required="any", value="unverified"),
            condition("message_regex", ok=False, required="номер\n(.*)", value="html", seconds=0.0021, failure=None),
        ],
    }
    second = {
        "rule_id": 5,
        "pattern": "*@*",
        "conditions": [
            condition("trust", ok=False, required="verified", value="suspect"),
            condition(
                "subject_regex", ok=False, required="(", seconds=1, failure="regex_invalid", why="Open.", cut=True
            ),
            condition("moon", ok=True, required="full", value="full"),
        ],
    }
    step = {
        "step": "sender_rule",
        "sender": "ivan@customer.example",
        "recipients": ["help@postroom.test"],
        "considered": [first, second],
        "more": 7,
        "rule_id": 5,
        "template_id": 1,
        "verdict": "open",
        "reason": None,
    }
    assert lines(step) == [
        "· for mail of ivan@customer.example to help@postroom.test",
        "· *@customer.example to alarm@postroom.test «Пульт» (rule 4)",
        "  ✓ switched on",
        "  ✓ sent to alarm@postroom.test",
        "  ✓ receiving mail is allowed",
        "  ✓ the sender need not be verified (is unverified)",
        "  ✗ the message (html) does not fit номер (.*) (2.1 ms)",
        "→ *@* (rule 5)",
        "  ✗ the sender has to be verified (is suspect)",
        "  ✗ the subject does not fit ( (1000.0 ms)",
        "    ! the regular expression failed: it cannot be used any more",
        "    · Open.",
        "    · only the beginning of the text was searched",
        "  ✓ moon: required full, is full",
        "· and 7 more",
        "✓ rule 5 lets the mail in, by the template «Почта»",
    ]
    assert lines(step | {"verdict": "hold", "reason": "not_verified"})[-1] == "✗ rule 5 holds the mail (not_verified)"
    assert lines(step | {"verdict": "ignore", "reason": "x"})[-1] == "✗ rule 5 ignores the mail (x)"
    assert lines(step | {"rule_id": None})[-1] == "✗ no sender rule lets this sender in"


def test_a_step_of_older_times_is_shown_too() -> None:
    old = {"step": "sender_rule", "sender": "a@b", "considered": [{"pattern": "*@b", "matched": True}], "rule_id": 1}
    assert lines(old | {"template_id": 9})[1:] == [
        "✓ *@b: there is a rule",
        "✓ rule 1 lets the mail in, by the template with id 9",
    ]


def test_what_was_caught_is_shown_with_what_it_was_taken_for() -> None:
    step = {
        "step": "fields",
        "captures": {"external_number": "300434925", "object": "склад 1", "work_type": "Мойка", "deadline": "завтра"},
        "resolutions": [
            {"field": "object", "text": "склад 1", "found": "normalised", "id": 3, "name": "Склад №1", "why": None},
            {"field": "work_type", "text": "Мойка", "found": "exact", "id": None, "name": None, "why": "not_offered"},
            {"field": "deadline", "text": "завтра", "found": "2026-11-24T00:00", "id": None, "name": None, "why": None},
            {"field": "criticality", "text": "?", "found": "unknown", "id": None, "name": None, "why": "new reason"},
        ],
    }
    assert [f"{line.mark} {line.text}" for line in fields(step)] == [
        "✓ external number: 300434925",
        "✓ object: склад 1 = Склад №1, by its normalised name",
        "✗ work type: Мойка; that work is not offered on that object, so that the template's value is used",
        "✓ deadline: завтра = 2026-11-24T00:00",
        "✗ criticality: ?; new reason, so that the template's value is used",
    ]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ({"step": "thread", "by": "message_id", "candidate": "<a@b>", "verdict": "joined"}, "✓ answers <a@b>: taken"),
        ({"step": "thread", "by": "message_id", "candidate": "<a@b>", "verdict": "guest"}, "✓ answers <a@b>: taken as"),
        ({"step": "thread", "by": "message_id", "candidate": "<a@b>", "verdict": "bad_signature"}, "signature is not"),
        ({"step": "thread", "by": "subject_tag", "candidate": "O1", "verdict": "not_a_participant"}, "✗ the number O1"),
        ({"step": "blocked", "sender": "a@b", "pattern": "*@b", "where": "all"}, "blocked by *@b of all mailboxes"),
        ({"step": "forwarded", "original_sender": "a@b", "counts": False}, "✗ the original is from a@b"),
        ({"step": "external_number", "number": "7", "joins": True, "found": "O3"}, "✓ 7 was seen before: O3; the mail"),
        ({"step": "external_number", "number": "7", "joins": True, "found": None}, "7 was never seen"),
        (
            {"step": "permission", "user": "api", "needed": ["a_b"], "granted": False},
            "✗ the api user may not do all of this",
        ),
        ({"step": "notice", "queued": False, "why": "taken by backfill"}, "✗ no notice is sent: taken by backfill"),
        ({"step": "notice", "kind": "too_big", "queued": True, "why": "large"}, "✓ a notice (too big) is sent: large"),
        (
            {"step": "thread", "by": "plus_address", "candidate": "x+t@y", "verdict": "bad_signature"},
            "its recipient x+t@y",
        ),
        (
            {"step": "thread", "by": "body_marker", "candidate": "pr.a", "verdict": "colleague"},
            "✓ the token in its text",
        ),
        (
            {"step": "bounce", "recipient": "a@b", "status": "5.1.1", "suppressed": "a@b"},
            "nothing automatic goes to a@b",
        ),
        ({"step": "held", "reason": "api_user_off", "why": "the API user is off"}, "✗ held: the API user is off"),
        (
            {"step": "held", "reason": "api_user_off", "why": "off"},
            "'postroom service-user on api'; this mail then goes",
        ),
        ({"step": "ignored", "reason": "no_sender_rule", "why": "none"}, "· add a sender rule and apply it, then send"),
        (
            {"step": "fields", "resolutions": [{"field": "deadline", "text": "?", "why": "not_a_date"}]},
            "✗ deadline: ?; no date that could be read, so that the ticket has none",
        ),
        ({"step": "merged_ticket", "number": "O1", "into": "O2"}, "→ O1 was merged into O2"),
        ({"step": "closed_ticket", "number": "O1", "late": True, "reopen_days": 3, "taken": "new"}, "too late to open"),
        ({"step": "bounce", "recipient": "a@b", "status": "5.1.1", "found": True}, "to a@b was not delivered (5.1.1)"),
        (
            {"step": "bounce", "found": True, "doubt": "not_by_server"},
            "✗ not believed, so nothing changes: neither its",
        ),
        ({"step": "external_number", "number": "7", "suspect": True}, "✗ 7 leads nowhere: the sender is suspect"),
        ({"step": "as_new", "by": "Анна", "at": "2026-11-23"}, "→ Анна takes it for a new mail, whatever it answers"),
        ({"step": "as_new", "by": ""}, "→ a person takes it for a new mail"),
        ({"step": "bounce", "found": True, "doubt": "suspect"}, "believe says that its sender is forged"),
        (
            {"step": "bounce", "found": True, "token": "right"},
            "✓ it came to the signed address that our mail was sent from",
        ),
        ({"step": "bounce", "found": True, "doubt": "no_token"}, "so nothing changes: it did not come to the signed"),
        (
            {"step": "bounce", "found": True, "token": "wrong", "doubt": "bad_token"},
            "✗ not believed, so nothing changes: the signed address that it came to is none of ours",
        ),
        ({"step": "bounce", "found": False, "token": "wrong"}, "✗ the signed address that it came to is none of ours"),
        ({"step": "confirm_forwarding", "provider": "Gmail", "link": "https://x", "code": None}, "link: https://x"),
        ({"step": "read", "level": "headers", "defects": ["oversize"], "trust": "suspect"}, "✗ the sender is suspect"),
        ({"step": "duplicate", "of": 5, "message_id": "<a@b>"}, "the same mail as 5"),
        ({"step": "quite_new", "some_thing": ["a", 1], "empty": None}, '· some thing: ["a", 1]'),
    ],
)
def test_each_step_is_told(step: dict[str, Any], words: str) -> None:
    assert words in "\n".join(lines(step)), lines(step)


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@given(name=some.text(max_size=12), about=some.dictionaries(some.text(max_size=8), VALUES, max_size=4))
def test_a_step_that_nobody_knows_is_shown(name: str, about: dict[str, Any]) -> None:
    told = tell(about | {"step": f"x {name}"}, {})
    assert all(isinstance(line, Line) for line in told.lines)
    printed(mail(about | {"step": f"x {name}"}))


def test_neighbours_of_one_label_stand_together() -> None:
    thread = {"step": "thread", "by": "message_id", "candidate": "<a@b>", "verdict": "unknown"}
    text = printed(mail(thread, thread, {"step": "ticket", "number": "O1", "template": "Почта"}))
    assert text.count("conversation") == 1
    assert text.count("answers <a@b>") == 2


@pytest.mark.parametrize("width", [30, 45, 59, 60, 80, 200])
def test_it_fits_the_terminal(width: int) -> None:
    step = {"step": "notice", "queued": False, "why": "слово " * 40 + "x" * 300}
    text = printed(mail(step, subject="слово " * 30, reason="regex_timeout"), width)
    assert max(map(len, text.splitlines())) <= max(width, len("mail 17 · ticket_created · regex_timeout"))
    assert text.count("слово") == 70


def test_a_mail_on_its_whole_way(shell: Shell, office: House) -> None:
    with office.runtime.database.transaction() as connection:
        connection.execute(update(sender_rules).values(subject_regex=r"номер (?<taskNumber>\d+)"))
    (mail_id,) = office.take(letter("Заявка номер 300434925 [x]"))
    number = office.rows(tickets)[0].number
    office.change(outbound, answer="451 [b]later[/b]", state="deferred", reason="try_later")
    told = shell("trace", number).out
    for words in (
        f"mail {mail_id} · ticket_created",
        f"ticket          {number}",
        "→ *@customer.example (rule 1)",
        r"✓ the subject fits номер (?<taskNumber>\d+)",
        "external number: 300434925",
        "✓ rule 1 lets the mail in, by the template «Почта»",
        "✓ the api user may: create tickets",
        "✓ a notice (ticket created) is sent: a new ticket",
        "ticket created (mail 1) to ivan@customer.example: deferred · try_later",
        "451 [b]later[/b]",
    ):
        assert words in told, told
