"""What goes wrong with a mailbox, and what its rules did, as the command line lists them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from backbone import clock
from backbone.catalogue.tables import mailboxes, sender_rules, templates
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound, rule_troubles
from ingest.models import mailbox_errors
from tests.support.house import HELP, House, letter
from tests.support.shell import Shell
from tickets.models import tickets

OFFICE = "office@postroom.test"


def in_trouble(office: House, rule_id: int = 1, **values: Any) -> None:
    usual = {"mailbox_id": 1, "failures": 3, "reason": InboundReason.REGEX_TIMEOUT, "mail_id": 17}
    row = {"rule_id": rule_id, "failed_at": clock.now()} | usual | values
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(rule_troubles).values(row))


def trouble_with_the_server(office: House, mailbox_id: int = 1, **values: Any) -> None:
    usual = {"happened_at": clock.now(), "fault": "login", "sentence": "The server [x] refuses."}
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(mailbox_errors).values({"mailbox_id": mailbox_id} | usual | values))


def hold(office: House, mail_id: int, reason: str = InboundReason.REGEX_MISMATCH, **values: Any) -> None:
    step = {"step": "held", "reason": reason, "why": "the regular expressions do not fit"}
    held = {"state": Inbound.HELD, "reason": reason, "rule_id": 1, "due_at": None, "decision": [step]}
    office.change(inbound, inbound.c.id == mail_id, **held | values)


def test_errors_of_server_mails_and_rules_are_one_list(shell: Shell, office: House) -> None:
    (held,) = office.read(letter(subject="Наряд [x]"))
    hold(office, held)
    trouble_with_the_server(office, happened_at=clock.after(-60))
    in_trouble(office, failed_at=clock.after(-120))
    found = shell("mailbox", "errors", HELP, "--json").json()
    assert [(one["kind"], one["fault"], one["mail_id"], one["mailbox"]) for one in found] == [
        ("mail", "regex_mismatch", held, HELP),
        ("server", "login", None, HELP),
        ("rule", "regex_timeout", 17, HELP),
    ]
    assert found[0]["rule"] == "*@customer.example"
    told = shell("mailbox", "errors", HELP).out
    for words in (
        "Held by the sender rule *@customer.example: the regular expressions do not fit (ivan@customer.example",
        "Наряд [x]).",
        "The server [x] refuses.",
        "did not end as it should 3 times, last with this mail; simplify it.",
    ):
        assert words in told


def test_mails_held_for_other_reasons_or_held_no_more_are_no_errors(shell: Shell, office: House) -> None:
    other, gone = office.read(letter(), letter())
    hold(office, other, InboundReason.API_USER_OFF)
    hold(office, gone, state=Inbound.TICKET_CREATED)
    assert shell("mailbox", "errors", HELP, "--json").json() == []
    assert f"Nothing went wrong with {HELP}" in shell("mailbox", "errors", HELP).out
    assert "Nothing went wrong with any mailbox" in shell("mailbox", "errors", "all").out


@pytest.mark.parametrize("reason", ["not_verified", "regex_timeout", "regex_too_long", "regex_memory", "regex_invalid"])
def test_every_reason_of_a_rule_is_an_error(shell: Shell, office: House, reason: str) -> None:
    (held,) = office.read(letter())
    hold(office, held, reason, rule_id=99, decision=[])
    (found,) = shell("mailbox", "errors", HELP, "--json").json()
    assert (found["fault"], found["rule"]) == (reason, "no longer there")


def test_all_mailboxes_are_asked_together(shell: Shell, office: House) -> None:
    second = office.add_mailbox(OFFICE)
    trouble_with_the_server(office)
    trouble_with_the_server(office, second, fault="host", happened_at=clock.after(-1))
    found = shell("mailbox", "errors", "all", "--json").json()
    assert [(one["mailbox"], one["fault"]) for one in found] == [(HELP, "login"), (OFFICE, "host")]
    assert OFFICE in shell("mailbox", "errors", "all").out
    assert [one["fault"] for one in shell("mailbox", "errors", OFFICE, "--json").json()] == ["host"]


def test_a_range_of_time_is_in_the_zone_of_the_machine(shell: Shell, office: House) -> None:
    now = clock.now().astimezone()
    for days in (0, 1, 3):
        trouble_with_the_server(office, sentence=str(days), happened_at=now - timedelta(days=days))

    def found(*options: str) -> list[str]:
        return [one["sentence"] for one in shell("mailbox", "errors", HELP, "--json", *options).json()]

    def day(back: int) -> str:
        return (now - timedelta(days=back)).date().isoformat()

    assert found() == ["0"]
    assert found("--hours", "30") == ["0", "1"]
    assert found("--since", day(4)) == ["0", "1", "3"]
    assert found("--since", day(3), "--until", day(1)) == ["1", "3"]
    assert found("--since", day(3), "--until", f"{day(1)}T00:00") == ["3"]
    assert found("--until", day(1)) == ["1"]
    assert found("--since", (now - timedelta(days=2)).isoformat()) == ["0", "1"]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "yesterday"), "The time 'yesterday' cannot be read; write it as 2026-11-23"),
        (("--until", "2026-13-01"), "The time '2026-13-01' cannot be read"),
        (("--until", "9999-12-31"), "The time '9999-12-31' cannot be read"),
        (("--since", "2026-11-23", "--hours", "4"), "Both --since and --hours"),
        (("--since", "2026-11-23", "--until", "2026-11-20"), "The time ends (2026-11-20) before it begins"),
    ],
)
def test_a_range_that_is_none_is_said(shell: Shell, options: tuple[str, ...], words: str) -> None:
    result = shell("mailbox", "errors", HELP, *options)
    assert (result.code, words in result.err) == (1, True), result.err


def test_the_list_marks_rules_in_trouble_lately(shell: Shell, office: House) -> None:
    second = office.add_mailbox(OFFICE)
    in_trouble(office)
    in_trouble(office, rule_id=2, mailbox_id=second, failed_at=clock.now() - timedelta(days=8))
    listed = shell("mailbox", "list", "--json").json()
    assert [(one["address"], one["rules_in_trouble"]) for one in listed] == [(HELP, 1), (OFFICE, 0)]
    assert "! 1" in shell("mailbox", "list").out
    office.change(mailboxes, mailboxes.c.id == second, retired=True)
    assert [one["address"] for one in shell("mailbox", "list", "--json").json()] == [HELP]


def test_senders_are_listed_with_their_last_mail_and_ticket(shell: Shell, office: House) -> None:
    with office.runtime.database.transaction() as connection:
        template = connection.scalar(select(templates.c.id))
        values = {"mailbox_id": 1, "template_id": template, "pattern": "*@other.example", "position": 5}
        more = {"name": "Пульт [x]", "recipient": "a@x.example", "message_regex": "(?<taskNumber>.)", "receive": False}
        connection.execute(insert(sender_rules).values(values | more))
    in_trouble(office)
    mail_ids = office.take(letter(), letter(), letter())
    newest = office.rows(tickets)[-1]
    first, second = shell("mailbox", "senders", HELP, "--json").json()
    assert (first["pattern"], first["template"], first["failures"], first["failure"]) == (
        "*@customer.example",
        "Почта",
        3,
        "regex_timeout",
    )
    assert (first["last_call"]["mail_id"], first["last_call"]["state"]) == (mail_ids[-1], "ticket_created")
    assert first["last_ticket"]["number"] == newest.number
    assert (second["rule"], second["receive"]) == ("*@other.example to a@x.example «Пульт [x]»", False)
    assert (second["last_call"], second["last_ticket"], second["failures"]) == (None, None, 0)
    told = shell("mailbox", "senders", HELP).out
    for words in (
        newest.number,
        f"mail {mail_ids[-1]} ticket_created",
        "«Пульт [x]»",
        "3, last regex_timeout",
        "message",
    ):
        assert words in told
    assert "There is no mailbox 'nobody@x'" in shell("mailbox", "senders", "nobody@x").err
