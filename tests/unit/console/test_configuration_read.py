"""What good configuration files mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.configuration.model import Imap, Smtp
from console.configuration.read import read

EXAMPLE = Path(__file__).parents[3] / "docs/examples/mail.yml"
SERVER = "imap: {host: imap.example.ru, password: 'file:secret'}"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("Battery Staple\r\n", encoding="utf-8")
    return tmp_path / "mail.yml"


def servers(mail: Path, text: str) -> tuple[Imap, Smtp | None]:
    mail.write_text(f"mailboxes:\n- address: help@example.ru\n  {text}\n", encoding="utf-8")
    mailbox = read([mail], {"SECRET": "Correct Horse"}).mailboxes[0]
    return mailbox.imap, mailbox.smtp


def test_the_example_is_good() -> None:
    found = read([EXAMPLE], {"POSTROOM_HELP_PASSWORD": "one", "POSTROOM_OFFICE_PASSWORD": "two"})
    assert [mailbox.address for mailbox in found.mailboxes] == ["help@example.ru", "office@example.com"]
    assert [sender.pattern for sender in found.mailboxes[0].senders] == [
        "*@*",
        "dispatcher@vector.example",
        "*@romashka.example",
        "*@xn--80a1acny.xn--p1ai",
        "*@*",
    ]


def test_a_short_mailbox_gets_defaults(mail: Path) -> None:
    imap, smtp = servers(mail, SERVER)
    assert (imap.port, imap.security, imap.verify, imap.folder) == (993, "tls", True, "INBOX")
    assert imap.login == "help@example.ru"
    assert imap.password.get_secret_value() == "Battery Staple"
    assert smtp is None


@pytest.mark.parametrize(
    ("security", "imap_port", "smtp_port"), [("tls", 993, 465), ("starttls", 143, 587), ("none", 143, 25)]
)
def test_the_port_follows_the_security(mail: Path, security: str, imap_port: int, smtp_port: int) -> None:
    imap, smtp = servers(
        mail,
        f"imap: {{host: a.ru, security: {security}, password: 'file:secret'}}\n"
        f"  smtp: {{host: a.ru, security: {security}}}",
    )
    assert smtp
    assert (imap.port, smtp.port) == (imap_port, smtp_port)


def test_smtp_logs_in_as_imap_does_unless_told_otherwise(mail: Path) -> None:
    _, same = servers(mail, "imap: {host: a, login: me, password: '${SECRET}'}\n  smtp: {host: b}")
    _, own = servers(mail, SERVER + "\n  smtp: {host: b, login: other, password: '${SECRET}'}")
    _, none = servers(mail, SERVER + "\n  smtp: {host: b, login: ''}")
    assert same
    assert own
    assert none
    assert (same.login, same.password and same.password.get_secret_value()) == ("me", "Correct Horse")
    assert (own.login, own.password and own.password.get_secret_value()) == ("other", "Correct Horse")
    assert (none.login, none.password) == ("", None)


def test_the_preset_fills_both_servers_and_yields_to_the_file(mail: Path) -> None:
    imap, smtp = servers(
        mail, "preset: yandex\n  imap: {password: '${SECRET}'}\n  smtp: {port: 587, security: starttls}"
    )
    assert smtp
    assert (imap.host, imap.port, imap.security) == ("imap.yandex.ru", 993, "tls")
    assert (smtp.host, smtp.port, smtp.security) == ("smtp.yandex.ru", 587, "starttls")
    _, untouched = servers(mail, "preset: yandex\n  imap: {password: '${SECRET}'}")
    assert untouched
    assert (untouched.host, untouched.port, untouched.security) == ("smtp.yandex.ru", 465, "tls")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("почта.рф", "xn--80a1acny.xn--p1ai"), ("IMAP.Example.ru.", "imap.example.ru"), ("127.0.0.1", "127.0.0.1")],
)
def test_hosts_are_normalised(mail: Path, written: str, meant: str) -> None:
    imap, _ = servers(mail, f"imap: {{host: {written}, password: 'file:secret'}}")
    assert imap.host == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("*@*", "*@*"),
        ("*@Example.RU", "*@example.ru"),
        ("*@Почта.рф", "*@xn--80a1acny.xn--p1ai"),
        (" Ivan.Petrov+x@Example.ru ", "ivan.petrov+x@example.ru"),
        ("иван@почта.рф", "иван@xn--80a1acny.xn--p1ai"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_patterns_are_normalised(mail: Path, written: str, meant: str) -> None:
    mail.write_text(
        "work_types: [r]\nobjects: [{name: o, work_types: [r]}]\ntemplates: [{name: t, object: o, work_type: r}]\n"
        f"mailboxes:\n- address: a@b.ru\n  {SERVER}\n  senders: [{{pattern: '{written}', template: t}}]\n",
        encoding="utf-8",
    )
    assert read([mail]).mailboxes[0].senders[0].pattern == meant


def test_files_may_refer_to_one_another_and_be_named_twice(tmp_path: Path) -> None:
    directory, objects = tmp_path / "directory.yml", tmp_path / "objects.yml"
    directory.write_text("\ufeffcustomers: [Ромашка]\n", encoding="utf-8")
    objects.write_text("objects: [{name: Склад, customer: Ромашка}]\n", encoding="utf-8")
    found = read([objects, directory, tmp_path / "." / "objects.yml"])
    assert ([item.name for item in found.customers], [item.name for item in found.objects]) == (["Ромашка"], ["Склад"])


def test_a_key_with_nothing_behind_it_counts_as_not_written(tmp_path: Path) -> None:
    mail = tmp_path / "mail.yml"
    mail.write_text("customers:\nobjects:\n- name: Склад\n  customer:\n  work_types:\n", encoding="utf-8")
    assert read([mail]).objects[0].customer is None


def test_anchors_and_merged_keys_share_settings(mail: Path) -> None:
    mail.write_text(
        "mailboxes:\n- address: a@b.ru\n  imap: &server\n    host: h.ru\n    password: file:secret\n"
        "- address: c@b.ru\n  imap:\n    <<: *server\n    port: 1993\n",
        encoding="utf-8",
    )
    first, second = read([mail]).mailboxes
    assert (first.imap.port, second.imap.host, second.imap.port) == (993, "h.ru", 1993)


def test_names_compare_as_they_look(tmp_path: Path) -> None:
    mail = tmp_path / "mail.yml"
    mail.write_text("customers: ['\u0438\u0306 ']\nobjects: [{name: o, customer: '\u0439'}]\n", encoding="utf-8")
    assert [item.name for item in read([mail]).customers] == ["\u0439"]
