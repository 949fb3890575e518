"""Which rule decides about a mail, and how: every condition, every mismatch action, blocking and forwarding."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.catalogue.model import Mismatch
from backbone.contracts import Address, Forwarded, ParsedMail, Trust
from backbone.ledger.states import InboundReason
from parse.rules.patterns import MAX_LENGTH
from parse.rules.runner import LEAST_MEMORY, RunLimits, Runner
from parse.selection.model import Selected, Trouble
from parse.selection.select import MOST_SHOWN
from tests.support.things import TEMPLATE, mail
from tests.unit.parse.selection.choosing import AWAY, LONG_A, RUNNER, choose, conditions, rule, step

IVAN = Address(address="ivan@customer.example")
COLLEAGUE = Address(address="colleague@office.example")
FORWARD = Forwarded(sender=IVAN, subject="Лампа", text="Лампа не горит")
VERIFIED = Trust(verdict="verified")
PASSED = [("enabled", True), ("receive", True), ("trust", True)]


def ends(selected: Selected) -> tuple[str, str | None, int | None]:
    chosen = selected.selection
    return chosen.verdict, chosen.reason, chosen.rule_id


def passed_on(**more: Any) -> ParsedMail:
    return mail(from_=COLLEAGUE, subject="Fwd: Лампа", forwarded=FORWARD, **more)


def test_a_rule_without_conditions_opens_by_its_template() -> None:
    selected = choose()
    assert ends(selected) == ("open", None, 9)
    assert selected.selection.template_id == TEMPLATE.id
    assert conditions(selected) == [PASSED]
    assert step(selected, "sender_rule") == {
        "step": "sender_rule",
        "sender": "ivan@customer.example",
        "recipients": [],
        "considered": [
            {
                "rule_id": 9,
                "name": "",
                "pattern": "*@customer.example",
                "recipient": "",
                "position": 0,
                "conditions": [
                    {"condition": "enabled", "ok": True},
                    {"condition": "receive", "ok": True},
                    {"condition": "trust", "ok": True, "required": "any", "value": "unverified"},
                ],
            }
        ],
        "rule_id": 9,
        "template_id": TEMPLATE.id,
        "verdict": "open",
        "reason": None,
    }


def test_without_a_rule_nothing_is_opened() -> None:
    selected = choose(None, rule(pattern="*@other.example"))
    assert ends(selected) == ("ignore", InboundReason.NO_SENDER_RULE, None)
    assert step(selected, "sender_rule")["considered"] == []


def test_a_rule_that_is_off_is_shown_and_passed_over() -> None:
    selected = choose(None, rule(1, position=1, enabled=False), rule(2, position=2))
    assert ends(selected) == ("open", None, 2)
    assert conditions(selected) == [[("enabled", False)], PASSED]
    assert ends(choose(None, rule(enabled=False))) == ("ignore", InboundReason.NO_SENDER_RULE, None)


def test_receiving_may_be_off_and_needs_no_trust_then() -> None:
    selected = choose(None, rule(receive=False, trust="verified"), rule(10, "*@*"))
    assert ends(selected) == ("ignore", InboundReason.RECEIVING_OFF, 9)
    assert conditions(selected) == [[("enabled", True), ("receive", False)]]


@pytest.mark.parametrize("verdict", ["unverified", "suspect"])
def test_a_rule_that_demands_trust_holds_what_is_not_verified(verdict: Any) -> None:
    selected = choose(mail(trust=Trust(verdict=verdict)), rule(trust="verified"), rule(10, "*@*"))
    assert ends(selected) == ("hold", InboundReason.NOT_VERIFIED, 9)
    assert step(selected, "sender_rule")["considered"][0]["conditions"][-1] == {
        "condition": "trust",
        "ok": False,
        "required": "verified",
        "value": verdict,
    }
    assert ends(choose(mail(trust=VERIFIED), rule(trust="verified"))) == ("open", None, 9)


def test_a_rule_for_a_recipient_is_asked_for_mail_to_him_only() -> None:
    rules = (rule(1, "ivan@customer.example"), rule(2, "*@*", recipient="help+roofs@postroom.test"))
    tagged = choose(mail(to=(Address(address="Help+Roofs@Postroom.test"),)), *rules)
    assert ends(tagged) == ("open", None, 2)
    assert step(tagged, "sender_rule")["recipients"] == ["help+roofs@postroom.test"]
    assert ("recipient", True) in conditions(tagged)[0]
    assert ends(choose(mail(to=(Address(address="help@postroom.test"),)), *rules)) == ("open", None, 1)


@pytest.mark.parametrize("pattern", ["ivan@customer.example", "*@customer.example", "*@*"])
@pytest.mark.parametrize("where", ["all", "mailbox"])
def test_a_blocked_sender_is_not_let_in(pattern: str, where: str) -> None:
    patterns = frozenset({pattern})
    selected = choose(blocked=patterns) if where == "all" else choose(box={"blocked": patterns})
    assert ends(selected) == ("ignore", InboundReason.BLOCKED, None)
    assert selected.steps == ({"step": "blocked", "sender": IVAN.address, "pattern": pattern, "where": where},)
    other = choose(mail(from_=Address(address="ivan@sub.customer.example")), blocked=frozenset({"*@customer.example"}))
    assert other.selection.reason == InboundReason.NO_SENDER_RULE


class TestForwarded:
    RULES = (rule(1, "*@office.example", forwarded_counts=True), rule(2, "*@customer.example"))

    def test_the_originals_rule_decides_where_the_forwarders_lets_it(self) -> None:
        selected = choose(passed_on(), *self.RULES)
        assert ends(selected) == ("open", None, 2)
        assert selected.mail.forwarded
        assert selected.mail.forwarded.counts
        assert [one["step"] for one in selected.steps] == ["forwarded", "sender_rule"]
        assert step(selected, "sender_rule")["sender"] == IVAN.address

    def test_an_original_without_a_rule_goes_by_the_forwarders(self) -> None:
        for rules in ((self.RULES[0],), (self.RULES[0], rule(2, enabled=False))):
            selected = choose(passed_on(), *rules)
            assert ends(selected) == ("open", None, 1)
            assert selected.mail.forwarded
            assert selected.mail.forwarded.counts

    def test_it_does_not_count_where_the_rule_says_nothing(self) -> None:
        selected = choose(passed_on(), rule(1, "*@office.example"), self.RULES[1])
        assert ends(selected) == ("open", None, 1)
        assert step(selected, "forwarded") == {
            "step": "forwarded",
            "original_sender": IVAN.address,
            "counts": False,
        }

    def test_who_poses_as_a_colleague_gets_nobodys_rights(self) -> None:
        demanding = rule(1, "*@office.example", forwarded_counts=True, trust="verified")
        assert ends(choose(passed_on(), demanding, self.RULES[1])) == ("hold", InboundReason.NOT_VERIFIED, 1)
        assert ends(choose(passed_on(trust=VERIFIED), demanding, self.RULES[1])) == ("open", None, 2)

    def test_a_blocked_sender_stays_blocked_when_passed_on(self) -> None:
        selected = choose(passed_on(), *self.RULES, blocked=frozenset({IVAN.address}))
        assert ends(selected) == ("ignore", InboundReason.BLOCKED, None)

    def test_patterns_see_the_originals_subject_and_text(self) -> None:
        reading = rule(2, subject_regex="^Лампа$", message_regex=r"^(?<description>Лампа .*)$", regex_source="text")
        selected = choose(passed_on(text="Смотри:\nЛампа не горит"), self.RULES[0], reading)
        assert ends(selected) == ("open", None, 2)
        assert selected.selection.fields.description == "Лампа не горит"


ACTIONS = [
    (Mismatch.ERROR, "hold", True),
    (Mismatch.SKIP, "ignore", True),
    (Mismatch.TEMPLATE, "open", False),
    (Mismatch.NEXT, "hold", True),
]
FAILURES = [
    (r"не то", "текст", InboundReason.REGEX_MISMATCH),
    (AWAY, LONG_A, InboundReason.REGEX_TIMEOUT),
    ("a" * (MAX_LENGTH + 1), "текст", InboundReason.REGEX_TOO_LONG),
    ("(", "текст", InboundReason.REGEX_INVALID),
    ("(?<custom_gone>x)", "x", InboundReason.REGEX_INVALID),
]


@pytest.mark.parametrize(("action", "verdict", "reasoned"), ACTIONS)
@pytest.mark.parametrize(("pattern", "text", "reason"), FAILURES)
def test_each_failure_takes_the_mismatch_action(
    action: Mismatch, verdict: str, reasoned: bool, pattern: str, text: str, reason: InboundReason
) -> None:
    for made in (rule(mismatch=action, message_regex=pattern), rule(mismatch=action, subject_regex=pattern)):
        selected = choose(mail(text=text, subject=text), made)
        assert ends(selected) == (verdict, reason if reasoned else None, 9)
        assert selected.selection.fields.model_dump(exclude_defaults=True) == {}
        failed = reason is not InboundReason.REGEX_MISMATCH
        assert selected.troubles == ((Trouble(9, reason),) if failed else ())
        said = step(selected, "sender_rule")["considered"][0]["conditions"][-1]
        assert (said["ok"], said["failure"]) == (False, reason if failed else None)


def test_memory_is_a_reason_of_its_own() -> None:
    limits = RunLimits(seconds=20, body_chars=30_000_000, memory_bytes=LEAST_MEMORY)
    with Runner(limits) as runner:
        selected = choose(mail(text="a" * limits.body_chars), rule(message_regex=AWAY + "b"), runner=runner)
    assert ends(selected) == ("hold", InboundReason.REGEX_MEMORY, 9)


def test_next_asks_the_next_rule() -> None:
    rules = (
        rule(1, "ivan@customer.example", mismatch=Mismatch.NEXT, message_regex="никогда"),
        rule(2, mismatch=Mismatch.NEXT, subject_regex="кондиционер", message_regex="тоже никогда"),
        rule(3, "*@*"),
        rule(4, "*@*", position=1),
    )
    selected = choose(None, *rules)
    assert ends(selected) == ("open", None, 3)
    asked = [one["rule_id"] for one in step(selected, "sender_rule")["considered"]]
    assert asked == [1, 2, 3]
    assert conditions(selected)[1] == [*PASSED, ("subject_regex", True), ("message_regex", False)]


def test_when_no_next_one_is_left_the_mail_is_held_by_the_last_asked() -> None:
    rules = (
        rule(1, "ivan@customer.example", mismatch=Mismatch.NEXT, message_regex=AWAY),
        rule(2, mismatch=Mismatch.NEXT, message_regex="никогда"),
        rule(3, "*@*", enabled=False),
    )
    selected = choose(mail(text=LONG_A), *rules)
    assert ends(selected) == ("hold", InboundReason.REGEX_MISMATCH, 2)
    assert selected.troubles == (Trouble(1, InboundReason.REGEX_TIMEOUT),)


def test_all_searches_for_one_mail_share_a_limit() -> None:
    rules = [rule(number, mismatch=Mismatch.NEXT, message_regex=f"{AWAY}|{number}") for number in range(1, 60)]
    with Runner(RunLimits(seconds=0.1, mail_seconds=0.2)) as runner:
        selected = choose(mail(text=LONG_A), *rules, runner=runner)
    assert ends(selected) == ("hold", InboundReason.REGEX_TIMEOUT, 59)
    assert selected.seconds < 2
    tried = [trouble.rule_id for trouble in selected.troubles]
    assert tried == list(range(1, len(tried) + 1))
    assert 1 <= len(tried) <= 4, "rules that had no time left are not to blame"
    said = step(selected, "sender_rule")
    assert said["considered"][-1]["conditions"][-1]["why"].endswith("it was not tried.")
    assert (len(said["considered"]), said["more"]) == (MOST_SHOWN, 59 - MOST_SHOWN)


HTML = "<p>Объект: <b>Склад</b></p>"


@pytest.mark.parametrize(
    ("source", "html", "matched"),
    [("html", HTML, "<b>"), ("html", None, "TEXT"), ("text", HTML, "TEXT"), ("text", None, "TEXT")],
)
def test_the_message_is_the_html_source_where_there_is_one_and_it_is_wanted(
    source: str, html: str | None, matched: str
) -> None:
    written = mail(html=html, text="Объект: TEXT Склад")
    selected = choose(written, rule(regex_source=source, message_regex=f"Объект: {matched}"))
    assert ends(selected) == ("open", None, 9)
    said = step(selected, "sender_rule")["considered"][0]["conditions"][-1]
    assert said["value"] == ("html" if matched == "<b>" else "text")


def test_both_patterns_must_match() -> None:
    for subject, message, verdict in (("кондиционер", "Добрый", "open"), ("кондиционер", "нет", "hold")):
        assert choose(None, rule(subject_regex=subject, message_regex=message)).selection.verdict == verdict
    assert choose(None, rule(subject_regex="нет", message_regex="Добрый")).selection.verdict == "hold"


def test_what_the_message_says_wins_over_the_subject_unless_it_is_blank() -> None:
    written = mail(subject="номер 1 от Анны", text="номер 2 от  !")
    both = r"номер (?<taskNumber>\d+) от (?<contactName>\w*\s*)"
    fields = choose(written, rule(subject_regex=both, message_regex=both)).selection.fields
    assert (fields.external_number, fields.contact_name) == ("2", "Анны")


def test_a_long_body_is_searched_as_far_as_allowed_and_that_is_said() -> None:
    with Runner(RunLimits(body_chars=10)) as runner:
        selected = choose(mail(text=" " * 20 + "здесь"), rule(message_regex="здесь"), runner=runner)
    assert ends(selected) == ("hold", InboundReason.REGEX_MISMATCH, 9)
    assert step(selected, "sender_rule")["considered"][0]["conditions"][-1]["cut"] is True


ADDRESSES = st.sampled_from(("ivan@customer.example", "IVAN@CUSTOMER.EXAMPLE", "x@y.example", "", "*@*", "a@b@c", "*"))
PATTERNS = st.one_of(
    st.just(""),
    st.text(alphabet="ab.*+?()[]{}|^$\\d<>:=!'-0123kP", max_size=14),
    st.sampled_from((r"(?<object>.*)", r"(?<taskDeadline>.*)", r"(?<custom_floor>.*)", "(" * 300, "(?<address>.+)")),
)
# Before mails come to be selected for, NUL is taken out of them (parse.service); HTML may name it.
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    st.sampled_from(("&#0;&#xD800;", "<b>01.01.0001</b>", "31.12.9999 23:59")),
)


@given(
    people=st.tuples(ADDRESSES, ADDRESSES),
    texts=st.tuples(TEXTS, TEXTS, st.none() | TEXTS),
    patterns=st.tuples(PATTERNS, PATTERNS),
    action=st.sampled_from(Mismatch),
    counts=st.booleans(),
)
def test_a_selection_never_raises_and_can_always_be_stored(
    people: tuple[str, str],
    texts: tuple[str, str, str | None],
    patterns: tuple[str, str],
    action: Mismatch,
    counts: bool,
) -> None:
    subject, text, html = texts
    written = mail(
        from_=Address(address=people[0]),
        subject=subject,
        text=text,
        html=html,
        forwarded=Forwarded(sender=Address(address=people[1]), text=text),
    )
    made = rule(
        1, "*@*", mismatch=action, subject_regex=patterns[0], message_regex=patterns[1], forwarded_counts=counts
    )
    selected = choose(written, made, rule(2, "*@*", position=1), runner=RUNNER)
    assert (selected.selection.reason is None) == (selected.selection.verdict == "open")
    stored = json.dumps([selected.selection.model_dump(mode="json"), selected.steps], ensure_ascii=False)
    assert stored.encode()
    assert "\\u0000" not in stored
