"""Sender rules in the parse stage: what is written down of them, and that a runaway pattern costs its own mail only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert

from backbone.catalogue.tables import object_work_types, objects, sender_rules, version, work_types
from backbone.contracts import ParsedMail, Selection
from backbone.ledger.states import Inbound
from backbone.ledger.tables import rule_troubles
from parse import service
from tests.support.house import HELP, House, house, letter
from tests.support.waiting import wait_for
from tests.unit.parse.rules.catastrophes import CATASTROPHES
from tests.unit.parse.rules.test_reference_mail import HTML_RULE, NEEDED, TEXT_RULE, html_mail, text_mail

SENDER = "desk@customer.example"
PLACE = "ТЦ «Ромашка», 2 этаж"
RUNAWAY, FUEL = r"(a|aa)+$", "a" * 3_000 + "!"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let searches end soon, where patterns run away and none that is slow must find something."""
    monkeypatch.setenv("POSTROOM_PARSE_RULES__SECONDS", "0.05")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    service.own_settings.cache_clear()
    service.runner.cache_clear()
    with house(tmp_path) as made:
        made.add_mailbox(senders=("*@customer.example", SENDER))
        yield made
        service.runner().close()
    service.own_settings.cache_clear()
    service.runner.cache_clear()


def set_rule(office: House, pattern: str = SENDER, **columns: Any) -> int:
    if columns:
        office.change(sender_rules, sender_rules.c.pattern == pattern, **columns)
        office.change(version, number=version.c.number + 1)
    return int(office.rows(sender_rules, sender_rules.c.pattern == pattern)[0].id)


def add_place(office: House) -> int:
    with office.runtime.database.transaction() as connection:
        place = connection.execute(insert(objects).values(name=PLACE).returning(objects.c.id)).scalar_one()
        work = connection.execute(insert(work_types).values(name="Ремонт").returning(work_types.c.id)).scalar_one()
        connection.execute(insert(object_work_types).values(object_id=place, work_type_id=work))
    return int(place)


def reference(kind: str, without: str = "") -> bytes:
    """Return the other ticket system's mail in cp1251, as HTML or as text."""
    body = html_mail(without) if kind == "html" else text_mail(without)
    head = (
        f"From: {SENDER}\r\nTo: {HELP}\r\nSubject: =?windows-1251?B?x+Ds4uvg?= 300434925\r\n"
        f"Date: Fri, 03 Mar 2023 08:33:00 +0300\r\nMessage-ID: <{kind}{len(body)}@customer.example>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/{'html' if kind == 'html' else 'plain'}; charset=windows-1251\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + body.encode("cp1251", "xmlcharrefreplace" if kind == "html" else "strict")


def decided(office: House, *mails: bytes) -> list[int]:
    """Have mails read, and wait for those that were put off."""
    ids = office.read(*mails)
    wait_for(lambda: {office.mail(one).state for one in ids} == {Inbound.PARSED}, 60, "every mail's decision")
    return ids


def selection(office: House, mail_id: int) -> Selection:
    return Selection.model_validate(office.mail(mail_id).selection)


@pytest.mark.parametrize(("kind", "pattern"), [("html", HTML_RULE), ("text", TEXT_RULE)])
def test_the_reference_mail_fills_its_ticket(office: House, kind: str, pattern: str) -> None:
    place = add_place(office)
    rule_id = set_rule(office, message_regex=pattern, regex_source=kind)
    (mail_id,) = decided(office, reference(kind))
    chosen = selection(office, mail_id)
    assert (chosen.verdict, chosen.reason, chosen.rule_id) == ("open", None, rule_id)
    assert chosen.fields.model_dump(mode="json", exclude_defaults=True) == {
        "external_number": "300434925",
        "deadline": "2023-05-03T05:32:36Z",
        "object_id": place,
        "description": "Не работает кондиционер",
    }
    row = office.mail(mail_id)
    assert row.rule_id == rule_id
    assert [step["step"] for step in row.decision] == ["read", "sender_rule", "fields"]
    assert [step["found"] for step in row.decision[-1]["resolutions"]] == ["2023-05-03T05:32:36+00:00", "exact"]


@pytest.mark.parametrize("label", NEEDED)
@pytest.mark.parametrize(
    ("action", "verdict", "reason"),
    [
        ("error", "hold", "regex_mismatch"),
        ("skip", "ignore", "regex_mismatch"),
        ("template", "open", None),
        ("next", "open", None),
    ],
)
@pytest.mark.parametrize(("kind", "pattern"), [("html", HTML_RULE), ("text", TEXT_RULE)])
def test_with_a_label_missing_each_action_does_what_it_says(
    office: House, kind: str, pattern: str, action: str, verdict: str, reason: str | None, label: str
) -> None:
    rule_id = set_rule(office, message_regex=pattern, regex_source=kind, mismatch=action)
    general = set_rule(office, "*@customer.example")
    (mail_id,) = decided(office, reference(kind, label))
    chosen = selection(office, mail_id)
    by = general if action == "next" else rule_id
    assert (chosen.verdict, chosen.reason, chosen.rule_id) == (verdict, reason, by)
    assert chosen.fields.model_dump(exclude_defaults=True) == {}


@pytest.mark.usefixtures("_impatient")
def test_a_chain_over_two_megabytes_ends_with_a_decision(office: House) -> None:
    set_rule(office, message_regex=TEXT_RULE, regex_source="text")
    filling = "Имя: значение\r\n" * 150_000
    (mail_id,) = decided(office, reference("text") + filling.encode("cp1251"))
    chosen = selection(office, mail_id)
    assert chosen.reason in {None, "regex_timeout"}, "how long it takes is for the benchmark to say"
    assert (chosen.fields.external_number == "300434925") == (chosen.verdict == "open")


@pytest.mark.usefixtures("_impatient")
def test_catastrophic_patterns_cost_their_own_mails_only(office: House) -> None:
    patterns = [pattern for pattern, _ in CATASTROPHES]
    with office.runtime.database.transaction() as connection:
        template = office.rows(sender_rules)[0].template_id
        rows = [
            {"mailbox_id": 1, "pattern": f"bad{number}@customer.example", "template_id": template, "message_regex": one}
            for number, one in enumerate(patterns)
        ]
        connection.execute(insert(sender_rules), rows)
    set_rule(office, "*@customer.example", message_regex="Добрый (?<description>день)")
    bad = [letter(text=text, From=f"bad{number}@customer.example") for number, (_, text) in enumerate(CATASTROPHES)]
    good = [letter(text=f"Добрый день! {number}") for number in range(len(bad))]
    ids = office.receive(*(mail for both in zip(bad, good, strict=True) for mail in both))
    service.read(office.runtime, ids)
    for mail_id in ids[1::2]:
        assert office.mail(mail_id).state == Inbound.PARSED, "it waits for a runaway"
        assert selection(office, mail_id).fields.description == "день"
    wait_for(lambda: {office.mail(one).state for one in ids} == {Inbound.PARSED}, 60, "every mail's decision")
    ends = [selection(office, mail_id) for mail_id in ids[::2]]
    assert {end.reason for end in ends} <= {None, "regex_mismatch", "regex_timeout", "regex_memory"}
    assert sum(end.reason == "regex_timeout" for end in ends) > 15
    assert all(end.verdict == ("hold" if end.reason else "open") for end in ends)
    failed = {end.rule_id for end in ends if end.reason not in {None, "regex_mismatch"}}
    assert {row.rule_id for row in office.rows(rule_troubles)} == failed


@pytest.mark.usefixtures("_impatient")
def test_a_rules_troubles_are_counted(office: House) -> None:
    rule_id = set_rule(office, message_regex=RUNAWAY)
    labels = {"reason": "regex_timeout"}
    before = REGISTRY.get_sample_value("postroom_rule_failures_total", labels) or 0
    for count in (1, 2, 3):
        (mail_id,) = decided(office, letter(text=FUEL, From=SENDER))
        (row,) = office.rows(rule_troubles)
        assert (row.rule_id, row.mailbox_id, row.failures, row.mail_id) == (rule_id, 1, count, mail_id)
        assert row.reason == "regex_timeout"
    wait_for(lambda: REGISTRY.get_sample_value("postroom_rule_failures_total", labels) == before + 3, 30, "the metric")


def test_several_troubles_of_one_batch_are_counted_together(office: House) -> None:
    rule_id = set_rule(office, message_regex="(")
    first, second = office.read(letter(From=SENDER), letter(From=SENDER))
    (row,) = office.rows(rule_troubles)
    assert (row.rule_id, row.failures, row.mail_id, row.reason) == (rule_id, 2, second, "regex_invalid")
    assert selection(office, first).reason == "regex_invalid"


@pytest.mark.usefixtures("_impatient")
def test_a_mail_whose_event_comes_twice_is_decided_once(office: House) -> None:
    set_rule(office, message_regex=RUNAWAY)
    ids = office.receive(letter(text=FUEL, From=SENDER))
    for _ in range(5):
        service.read(office.runtime, ids)
    wait_for(lambda: office.mail(ids[0]).state == Inbound.PARSED, 20, "the decision")
    assert [row.failures for row in office.rows(rule_troubles)] == [1]


def test_a_mail_is_written_out_once(office: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    write = ParsedMail.model_dump_json

    def counted(mail: ParsedMail, **options: Any) -> str:
        made.append(write(mail, **options))
        return made[-1]

    monkeypatch.setattr(ParsedMail, "model_dump_json", counted)
    (mail_id,) = office.read(letter(From=SENDER))
    assert len(made) == 1
    assert office.runtime.blobs.get(office.mail(mail_id).parsed_key) == made[0].encode()
