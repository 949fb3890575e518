"""The rule lab: drafts beside what is stored, samples that gate what is applied, patterns proposed from mails."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console.cli import app
from parse import service
from parse.reader import ReadMail, read_mail
from parse.service import own_settings
from tests.support import schema
from tests.support.house import House, letter
from tests.support.shell import Shell

HELP = "help@example.ru"
FILE = """
work_types: [Ремонт]
objects:
  - {name: Склад, work_types: [Ремонт]}
  - {name: Ромашка, work_types: [Ремонт], aliases: [ООО Ромашка]}
templates: [{name: Почта, object: Склад, work_type: Ремонт}]
mailboxes:
  - address: help@example.ru
    imap: {host: imap.example.ru, password: "${HELP_PASSWORD}"}
    senders:
      - pattern: "*@customer.example"
        template: Почта
        match_against: text
        message_regex: 'Заявка (?<taskNumber>\\d+) Объект (?<object>.*)'
        on_mismatch: skip
        samples:
          - file: one.eml
            expect: {external_number: "17", object: Ромашка}
"""
ORDER = letter(text="Заявка 17 Объект ООО Ромашка", To=HELP)
NEXT = letter(text="Заявка 18 Объект Склад", To=HELP)
OTHER = letter(text="Добрый день!", To=HELP)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELP_PASSWORD", "secret")
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(tmp_path / "data"))
    for name, content in (("one.eml", ORDER), ("next.eml", NEXT), ("other.eml", OTHER)):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "mail.yml").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stored(folder: Path) -> Path:
    """The folder, whose file has been applied."""
    schema.put(folder / "data")
    run("apply", "mail.yml")
    return folder


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.output


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 1
    return str(result.exception)


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "mail.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def outcome(*arguments: str) -> dict[str, object]:
    found = json.loads(run("rule", "test", *arguments, "--json"))
    assert isinstance(found, dict)
    return found


def test_a_draft_file_is_laid_beside_what_is_stored(stored: Path) -> None:
    edit(stored, "Заявка (?<taskNumber>", "Заявка 1(?<taskNumber>")
    edit(stored, '"17"', '"7"')
    out = run("rule", "test", "mail.yml", "--mail", "one.eml", "--mail", "other.eml")
    assert "external_number: 17 → 7" in out
    assert "2 mails: 0 gained, 0 lost, 1 changed, 1 same." in out
    assert re.search(r"\*@customer.example +│ 2 +│ \d+\.\d", out), "the time of the rule"


def test_gained_and_lost_matches_are_counted(stored: Path) -> None:
    edit(stored, "Объект (?<object>.*)", "Объект (?<object>Склад)")
    edit(
        stored,
        '        samples:\n          - file: one.eml\n            expect: {external_number: "17", object: Ромашка}\n',
        "",
    )
    found = outcome("mail.yml", "--mail", "one.eml", "--mail", "next.eml")
    assert found["counts"] == {"gained": 0, "lost": 1, "changed": 0, "same": 1}
    edit(stored, "on_mismatch: skip", "on_mismatch: template")
    found = outcome("mail.yml", "--mail", "other.eml")
    assert found["counts"] == {"gained": 1, "lost": 0, "changed": 0, "same": 0}
    run("rule", "test", "mail.yml", "--mail", "other.eml", "--exit-code", code=3)


def test_nothing_need_be_stored(folder: Path) -> None:
    out = run("rule", "test", "mail.yml", "--mail", "one.eml")
    assert "the mailbox is not stored yet" in out
    assert "object: Ромашка" in out
    assert not (folder / "data").exists(), "trying leaves no trace"


@pytest.mark.usefixtures("stored")
def test_one_rule_may_be_drafted_by_options() -> None:
    draft = ["--mailbox", HELP, "--sender", "*@customer.example", "--mail", "one.eml"]
    out = run("rule", "test", *draft, "--message-regex", "Заявка (?<taskNumber>\\d)")
    assert "external_number: 17 → 1" in out
    assert "object: Ромашка → —" in out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--mailbox", "nobody@example.ru"],
            "A rule is drafted in a mailbox: there is none called 'nobody@example.ru'",
        ),
        (["--mailbox", HELP, "--message-regex", "("], "--message-regex: line 1, column"),
        (["--mailbox", HELP, "--subject-regex", "(?<nummer>x)"], "fills no field that we know"),
        (["--mailbox", HELP, "--template", "Почтa"], "No template is called 'Почтa'; did you mean 'Почта'?"),
        (["--mailbox", HELP, "--match-against", "both"], "--match-against is one of html, text, not 'both'."),
        (["--mailbox", HELP, "--on-mismatch", "stop"], "--on-mismatch is one of error, skip, template, next"),
        (["--mailbox", HELP, "--to", "sales"], "--to: 'sales' is no mail address; write one such as"),
        (
            ["--mailbox", HELP, "--to", "sales@example.ru"],
            "--to: the mail to 'sales@example.ru' does not come to help@example.ru; name one of its aliases",
        ),
        (
            ["--mailbox", HELP, "--name", "new", "--on-mismatch", "next"],
            "--on-mismatch says nothing without a regex; add --subject-regex or --message-regex, or leave it out.",
        ),
        (
            ["--mailbox", HELP, "--name", "new", "--subject-regex", "x", "--match-against", "text"],
            "--match-against says nothing without a regex; add --message-regex, or leave it out.",
        ),
    ],
)
@pytest.mark.usefixtures("stored")
def test_a_draft_rule_that_cannot_be_is_refused(options: list[str], sentence: str) -> None:
    said = refused("rule", "test", "--sender", "*@customer.example", "--mail", "one.eml", *options)
    assert sentence in said


@pytest.mark.usefixtures("stored")
def test_options_of_a_rule_need_its_sender() -> None:
    out = run("rule", "test", "--mailbox", HELP, "--message-regex", "x", "--mail", "one.eml", code=2)
    assert "--message-regex is of a rule that is drafted" in out


@pytest.mark.usefixtures("stored")
def test_a_drafted_rule_that_no_mail_comes_to_is_told_of() -> None:
    note = "was asked for none of these mails"
    draft = ["rule", "test", "--mailbox", HELP, "--mail", "one.eml", "--message-regex", "x", "--sender"]
    assert f"Note: me@elsewhere.example {note}" in run(*draft, "me@elsewhere.example")
    assert f"→ help+x@example.ru {note}" in run(*draft, "*@customer.example", "--to", "help+x@example.ru")
    assert note not in run(*draft, "*@customer.example")


@pytest.mark.usefixtures("folder")
def test_a_mail_of_no_mailbox_is_named() -> None:
    Path("mail.yml").write_text(FILE.replace("mailboxes:", "mailboxes:\n" + SECOND), encoding="utf-8")
    Path("lost.eml").write_bytes(letter(To="somebody@elsewhere.example"))
    said = refused("rule", "test", "mail.yml", "--mail", "lost.eml")
    assert said == "The draft has no mailbox for the mail 'lost.eml'; name one of its mailboxes with --mailbox."


SECOND = """  - address: second@example.ru
    imap: {host: imap.example.ru, password: "${HELP_PASSWORD}"}
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"17"',
            '"18"',
            "the sample 'one.eml' of the sender *@customer.example gives external_number '17', not '18'; mend",
        ),
        ("object: Ромашка}", "deadline: 01.02.2026}", "gives no deadline, not '01.02.2026'; mend the regex"),
        ("Заявка (?<", "Заказ (?<", "makes no ticket by this rule: ignore (regex_mismatch)"),
        ("aliases: [ООО Ромашка]", "aliases: []", "gives no object: 'ООО Ромашка (unknown)', not 'Ромашка'"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan", "apply"])
def test_samples_gate_what_is_applied(folder: Path, command: str, old: str, new: str, sentence: str) -> None:
    schema.put(folder / "data")
    edit(folder, old, new)
    out = run(command, "mail.yml", code=1)
    assert "mail.yml:18: " in out
    assert sentence in out
    assert "1 fault; nothing was changed." in out


def test_a_change_elsewhere_must_not_break_a_stored_rule(stored: Path) -> None:
    (stored / "directory.yml").write_text(
        "work_types: [Ремонт]\nobjects: [{name: Ромашка, work_types: [Ремонт]}]\n", encoding="utf-8"
    )
    out = run("apply", "directory.yml", code=1)
    assert "the sample 'one.eml' of the sender *@customer.example gives no object" in out
    assert "Nothing to do" in run("plan", "mail.yml")


@pytest.mark.usefixtures("folder")
def test_a_pattern_is_proposed_and_tried_on_other_mails() -> None:
    marks = ["--mark", "external_number=17", "--mark", "object=ООО Ромашка"]
    out = run("rule", "propose", "one.eml", *marks, "--other", "next.eml", "--other", "other.eml")
    assert "(?<taskNumber>" in out
    assert "✓ next.eml" in out
    assert "external_number: 18" in out
    assert "✗ other.eml no match" in out
    found = json.loads(run("rule", "propose", "one.eml", *marks, "--json"))
    assert found["samples"][0]["captures"] == {"external_number": "17", "object": "ООО Ромашка"}


@pytest.mark.usefixtures("folder")
def test_files_of_one_name_in_two_folders_are_two_samples() -> None:
    for name, content in (("first", ORDER), ("second", NEXT)):
        Path(name).mkdir()
        Path(name, "mail.eml").write_bytes(content)
    out = run("rule", "propose", "first/mail.eml", "--mark", "external_number=17", "--other", "second/mail.eml")
    assert "✓ first/mail.eml" in out
    assert "✓ second/mail.eml" in out


@pytest.fixture
def _short_patterns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("POSTROOM_PARSE_RULES__PATTERN_CHARS", "10")
    own_settings.cache_clear()
    yield
    own_settings.cache_clear()


@pytest.mark.usefixtures("folder", "_short_patterns")
def test_the_lab_keeps_to_the_limits_of_the_stage() -> None:
    assert "ignore (regex_too_long)" in run("rule", "test", "mail.yml", "--mail", "one.eml")
    assert "makes no ticket by this rule: ignore (regex_too_long)" in run("check", "mail.yml", code=1)


def test_how_far_a_pattern_gets_is_told(stored: Path) -> None:
    edit(stored, "Объект (?<object>", "Место (?<object>")
    out = run("rule", "test", "mail.yml", "--mail", "one.eml")
    place = "column 26: nothing fits « Место » behind what fits before it; nearest is « Объект ООО Ромашка»."
    assert f"    message_regex, {place}\n" in out
    found = json.loads(run("rule", "test", "mail.yml", "--mail", "one.eml", "--json"))["mails"][0]
    assert found["draft"]["missed"] == [
        {
            "rule": "*@customer.example",
            "condition": "message_regex",
            "line": 1,
            "column": 26,
            "part": " Место ",
            "first": False,
            "there": " Объект ООО Ромашка",
            "near": True,
        }
    ]
    assert found["stored"]["missed"] == []


def test_each_rule_that_asks_the_next_is_told_of(stored: Path) -> None:
    edit(stored, "on_mismatch: skip", "on_mismatch: next")
    rule = '      - {pattern: "*@*", template: Почта, subject_regex: Заказ}\n'
    (stored / "mail.yml").write_text((stored / "mail.yml").read_text(encoding="utf-8") + rule, encoding="utf-8")
    out = run("rule", "test", "mail.yml", "--mail", "other.eml")
    assert "    message_regex of *@customer.example, column 1: nothing fits «Заявка ».\n" in out
    assert "    subject_regex, column 1: nothing fits «Заказ»" in out


def test_what_may_join_a_ticket_is_told(stored: Path) -> None:
    Path("answer.eml").write_bytes(letter(text="Заявка 17 Объект Склад", To=HELP, In_Reply_To="<one@x.example>"))
    answers, number = "If the mail that it answers is known,", "If this sender has written of 17 before,"
    out = run("rule", "test", "mail.yml", "--mail", "answer.eml")
    assert (answers in out, number in out) == (True, False)
    edit(stored, "on_mismatch: skip", "join_same_number: true")
    out = run("rule", "test", "mail.yml", "--mail", "one.eml")
    assert (answers in out, number in out) == (False, True)
    edit(stored, "mailboxes:", 'blocked: ["*@customer.example"]\nmailboxes:')
    out = run("rule", "test", "mail.yml", "--mail", "answer.eml")
    assert answers not in out


@pytest.mark.usefixtures("stored")
def test_a_mail_is_read_once_for_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def counted(raw: bytes, *limits: Any, **about: Any) -> ReadMail:
        read.append(raw)
        return read_mail(raw, *limits, **about)

    monkeypatch.setattr(service, "read_mail", counted)
    run("rule", "test", "mail.yml", "--mail", "one.eml")
    assert read == [ORDER]
    edit(Path(), "senders:", "authserv_ids: [mx.example.ru]\n    senders:")
    run("rule", "test", "mail.yml", "--mail", "one.eml")
    assert len(read) == 3, "what is believed of it differs"


@pytest.mark.usefixtures("folder")
def test_a_mark_that_cannot_be_is_refused() -> None:
    assert "does not occur in the sample" in refused("rule", "propose", "one.eml", "--mark", "object=Луна")
    assert "is not FIELD=TEXT" in refused("rule", "propose", "one.eml", "--mark", "Луна")


def test_stored_mails_show_what_became_of_them(office: House, shell: Shell) -> None:
    office.take(letter(), letter(From="stranger@elsewhere.example"))
    found = shell("rule", "test", "--stored", "5", "--json").json()
    became = [mail["became"] for mail in found["mails"]]
    assert became[0].startswith("ticket_created O")
    assert became[1] == "ignored (no_sender_rule)"
    assert found["counts"]["same"] == 2
    empty = shell("rule", "test", "--stored", "5", "--mailbox", "nobody@example.ru")
    assert "The ledger has no mail of 'nobody@example.ru' yet; leave out --stored" in empty.err
