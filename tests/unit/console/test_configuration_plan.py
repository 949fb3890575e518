"""``postroom plan`` as a person and as a program call it: what is shown, what is never shown, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from backbone.database import Database
from console.configuration.changes import Changes
from console.configuration.passwords import Kept
from console.configuration.remarks import remarks
from console.configuration.shadows import Shadow
from tests.support import schema
from tests.support.configurations import PASSWORDS, Place, done
from tests.support.shell import Shell

FILE = """\
customers: [Ромашка]
work_types: [Ремонт, Уборка]
objects:
  - {name: Склад, work_types: [Ремонт], address: "Москва\\nЛесная, 5"}
templates:
  - {name: Почта, object: Склад, work_type: Ремонт, number_prefix: РМ}
mailboxes:
  - address: help@x.ru
    imap: {host: imap.x.ru, password: "${FIRST}"}
    smtp: {host: smtp.x.ru, password: "${SECOND}"}
    senders:
      - {pattern: "*@y.ru", template: Почта, subject_regex: '%s'}
"""
REGEX = "(назначена заявка номер .*)(?<external_number>[0-9]+)((.|\\n)*)Крайний срок: (?<deadline>.*?)(конец|$)"


@pytest.fixture
def written(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file that has been applied."""
    monkeypatch.chdir(tmp_path)
    for name, value in PASSWORDS.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "mail.yml"
    path.write_text(FILE % REGEX, encoding="utf-8")
    schema.put(tmp_path)
    assert shell("apply", "mail.yml").code == 0
    return path


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def test_there_is_nothing_to_do_after_apply(shell: Shell, written: Path) -> None:
    result = shell("plan", str(written), "--exit-code", "--prune")
    assert (result.code, result.out) == (0, "Nothing to do: all 7 entries are as the file says.\n")


def test_a_diff_tells_old_and_new(shell: Shell, written: Path) -> None:
    edit(
        written,
        ("customers: [Ромашка]", "customers: [Ромашка, Вектор]"),
        ("work_types: [Ремонт], address", "work_types: [Уборка, Ремонт], address"),
        ("Лесная, 5", "Лесная, 7"),
        ("number_prefix: РМ", "published: false, number_prefix: РО"),
        ("Крайний срок", "Выполнить до"),
    )
    result = shell("plan", str(written), "--exit-code")
    assert result.code == 3
    cut = "…ber>[0-9]+)((.|\\n)*)%s: (?<deadline>.*?)(конец|$)"
    assert result.out.splitlines() == [
        "+ customer Вектор",
        "~ object Склад",
        "    address:",
        "        -Лесная, 5",
        "        +Лесная, 7",
        "    work_types: + Уборка",
        "o template Почта: switched off",
        "    published: true → false",
        "    number_prefix: РМ → РО",
        "~ sender help@x.ru → *@y.ru",
        f"    subject_regex: {cut % 'Крайний срок'} → {cut % 'Выполнить до'}",
        "Plan: 1 created, 2 changed, 1 switched off, 4 as before.",
    ]
    assert shell("plan", str(written)).code == 0


def test_secrets_are_never_shown(shell: Shell, written: Path) -> None:
    edit(written, ("${SECOND}", "${THIRD}"))
    for options in ((), ("--json",)):
        result = shell("plan", str(written), *options, FIRST="Tr0ub4dor", THIRD="hunter2")
        assert not {"Tr0ub4dor", "hunter2", *PASSWORDS.values()} & set(result.out.replace('"', " ").split())
    shown = shell("plan", str(written)).out
    assert shown.splitlines()[:3] == ["~ mailbox help@x.ru", "    imap.password: changed", "    smtp.password: changed"]


def test_a_program_reads_the_same(shell: Shell, written: Path) -> None:
    edit(written, ("number_prefix: РМ", "number_prefix: РО"), ("[Ремонт, Уборка]", "[Ремонт]"))
    found = shell("plan", str(written), "--json", "--prune", FIRST="Tr0ub4dor").json()
    assert found["changes"]["templates"]["changed"] == {"Почта": {"number_prefix": {"old": "РМ", "new": "РО"}}}
    assert found["changes"]["mailboxes"]["changed"] == {"help@x.ru": {"imap.password": {"secret": True}}}
    assert found["changes"]["work_types"]["removed"] == ["Уборка"]
    assert found["counts"] == {"created": 0, "changed": 2, "switched_off": 0, "removed": 1, "unchanged": 4}


def test_plan_changes_nothing_and_makes_nothing(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mail.yml").write_text("customers: [Ромашка]\n", encoding="utf-8")
    monkeypatch.setenv("POSTROOM_SECRET_KEY", "")
    result = shell("plan", str(tmp_path / "mail.yml"))
    assert result.out == "+ customer Ромашка\nPlan: 1 created, 0 changed, 0 as before.\n"
    assert shell("export").out.endswith("\nmailboxes: []\n")
    assert [path.name for path in tmp_path.iterdir()] == ["mail.yml"]


def test_a_database_that_is_too_old_is_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mail.yml").write_text("customers: [Ромашка]\n", encoding="utf-8")
    with Database(f"sqlite:///{tmp_path}/postroom.db").transaction():
        pass
    result = shell("plan", str(tmp_path / "mail.yml"))
    assert result.code == 1
    assert "run 'postroom migrate'" in result.err


def test_an_exported_file_needs_no_password_where_it_comes_from(
    shell: Shell, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shell("export").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    result = shell("plan", "-", "--prune", "--exit-code")
    assert result.code == 0
    assert result.out.splitlines() == [
        "Note: POSTROOM_HELP_X_RU_IMAP_PASSWORD is not set: the stored password of help@x.ru stays.",
        "Note: POSTROOM_HELP_X_RU_SMTP_PASSWORD is not set: the stored password of help@x.ru stays.",
        "Nothing to do: all 7 entries are as the file says.",
    ]
    written.write_text(text, encoding="utf-8")
    found = shell("apply", str(written), "--json").json()
    assert (found["counts"]["changed"], len(found["notes"])) == (0, 2)


def test_many_passwords_that_stay_are_counted() -> None:
    kept = tuple(Kept(f"box{number}@x.ru", f"BOX{number}") for number in range(1000))
    told = list(remarks(Changes((), kept=kept)))
    assert len(told) == 6
    assert told[-1] == "995 more variables are not set, and as many stored passwords stay."


RENAMED = ("template: Почта, subject_regex", "template: Почта, name: new, subject_regex")
FIRST, SECOND = "help@x.ru → *@y.ru", "help@x.ru → *@y.ru → new"


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_rule_behind_a_stored_one_that_stays_is_told(shell: Shell, written: Path, command: str) -> None:
    edit(written, RENAMED)
    result = shell(command, "mail.yml")
    assert (
        f"Note: No mail comes to the sender {SECOND}, as {FIRST}, which the files do not name, decides first; "
        "name that with 'on_mismatch: next' and a regex, or remove it by --prune.\n"
    ) in result.out
    assert "No mail comes" not in shell("plan", "mail.yml", "--prune").out


@pytest.mark.parametrize(
    "changes",
    [
        [("name: new", "name: new, enabled: false")],
        [("name: new", "name: new, to: help+sales@x.ru")],
        [('"*@y.ru"', '"me@y.ru"')],
        [("name: new, subject_regex", "on_mismatch: next, subject_regex")],
    ],
    ids=["off", "another recipient", "another sender", "the stored one asks the next"],
)
def test_a_rule_that_gets_mail_is_not_told_of(shell: Shell, written: Path, changes: list[tuple[str, str]]) -> None:
    edit(written, RENAMED, *changes)
    assert shell("apply", "mail.yml").code == 0
    if "on_mismatch" in changes[0][1]:
        edit(written, ("on_mismatch: next", "name: new"))
    assert "No mail comes" not in shell("plan", "mail.yml").out


def test_rules_that_get_no_mail_are_counted() -> None:
    told = list(remarks(Changes((), shadows=tuple(Shadow(f"rule {number}", "old") for number in range(7)))))
    assert told[-1] == "2 more senders get no mail for the same reason."
    assert len(told) == 6


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_that_a_file_switches_a_service_user_on_again_is_told(shell: Shell, written: Path, command: str) -> None:
    roles = "roles: [{name: Приём, permissions: [create_tickets]}]\n"
    users = "service_users: {api: {roles: [Приём], districts: all}}\n"
    edit(written, ("customers:", f"{roles}{users}customers:"))
    shell("apply", "mail.yml")
    note = "Note: The service user api was off and is on by the files; 'enabled: false' there keeps it off.\n"
    assert shell("service-user", "off", "api").code == 0
    assert note in shell(command, "mail.yml").out
    shell("apply", "mail.yml")
    assert note not in shell(command, "mail.yml").out


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("help@x.ru", "other@x.ru"),
        ("host: imap.x.ru", "host: imap.elsewhere.ru"),
        ("host: smtp", "login: me, host: smtp"),
    ],
    ids=["new mailbox", "another server", "another login"],
)
def test_a_stored_password_is_for_its_server_only(
    shell: Shell, written: Path, monkeypatch: pytest.MonkeyPatch, command: str, old: str, new: str
) -> None:
    monkeypatch.delenv("FIRST")
    monkeypatch.delenv("SECOND")
    edit(written, (old, new))
    result = shell(command, str(written))
    assert result.code == 1
    lines = [9, 10] if old == "help@x.ru" else [9] if "imap" in old else [10]
    assert [line.partition("mail.yml:")[2].partition(":")[0] for line in result.out.splitlines()] == list(
        map(str, lines)
    )
    assert "is not set; set it to the password" in result.out
    assert shell("check", str(written)).code == 1


def test_one_variable_for_both_sides_means_one_password(place: Place) -> None:
    text = "mailboxes: [{address: a@x.ru, imap: {host: x.ru, password: '${A}'}, smtp: {host: x.ru, password: '${%s}'}}]"
    place.apply(text % "B", {"A": "first", "B": "second"})
    assert done(place.plan(text % "B", {})) == {}
    changes = place.plan(text % "A", {})
    assert [step.fields for step in changes.steps] == [("smtp_password",)]
    assert json.dumps([kept.variable for kept in changes.kept]) == '["A"]'
