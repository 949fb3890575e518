"""Every fault of a configuration file has its exact sentence: line, what is wrong, and the cure."""

from __future__ import annotations

import copy
import functools
import json
import operator
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from console.configuration import document, names
from console.configuration.faults import FaultyConfigurationError, meant
from console.configuration.read import read
from tests.support.profiles import THOROUGH

HERE = Path(__file__).parent
ENVIRONMENT = {"SECRET": "Correct Horse", "EMPTY": "", "POSTROOM_CONSOLE_PORT": "8080"}
ENDLESS = "the file is nested without end; write it plainly, without anchors that name themselves."
GOOD = """\
customers: [Ромашка, Вектор]
work_types: [Ремонт, Осмотр]
ticket_types: [Заявка]
criticalities: [Высокая]
objects:
  - name: Склад
    customer: Ромашка
    work_types: [Ремонт]
templates:
  - name: Почта
    object: Склад
    work_type: Ремонт
mailboxes:
  - address: help@example.ru
    imap:
      host: imap.example.ru
      password: ${SECRET}
    senders:
      - pattern: "*@*"
        template: Почта
"""


def cases() -> list[Any]:
    yaml = YAML(typ="safe", pure=True)
    return [
        pytest.param(case.get("edits", [case]), case["faults"], id=case["case"])
        for file in sorted(HERE.glob("configuration_faults_*.yml"))
        for case in yaml.load(file)
    ]


def sentences(*paths: Path) -> list[str]:
    with pytest.raises(FaultyConfigurationError) as caught:
        read(paths, ENVIRONMENT)
    return str(caught.value).splitlines()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").touch()
    Path("secret").write_text("Battery Staple\n", encoding="utf-8")
    Path("latin").write_bytes("пароль".encode("cp1251"))
    Path("order.eml").write_bytes(b"Subject: order\n\nPlease.\n")
    Path("logo.svg").write_text("<svg/>", encoding="utf-8")
    Path("big.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200_000))


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_good_file_is_good() -> None:
    assert len(read([written("mail.yml", GOOD)], ENVIRONMENT).mailboxes) == 1


@pytest.mark.parametrize(("edits", "faults"), cases())
def test_a_faulty_file_gets_its_sentence(edits: list[dict[str, str]], faults: list[str]) -> None:
    text = GOOD
    for edit in edits:
        assert edit["for"] in text
        text = text.replace(edit["for"], edit["write"], 1)
    assert sentences(written("mail.yml", text)) == [f"mail.yml:{fault}" for fault in faults]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "the file is empty; write the mail configuration into it."),
        ("# nothing\n", "the file is empty; write the mail configuration into it."),
        ("- a\n", "the file must be a block of keys, and is a list; write its keys one a line, as 'key: value'."),
        ("hello\n", "the file must be a block of keys, and is text; write its keys one a line, as 'key: value'."),
        ("null\n", "the file must be a block of keys, and is empty; write its keys one a line, as 'key: value'."),
        ("[" * 600, ENDLESS),
        ("a: &a [*a]\n", ENDLESS),
        (
            "a: &a\n  <<: *a\n",
            "the file is nested without end; write it plainly, without anchors that name themselves.",
        ),
    ],
    ids=["empty", "comment", "list", "text", "null", "deep", "circle", "merged circle"],
)
def test_a_file_that_is_no_configuration_gets_its_sentence(text: str, fault: str) -> None:
    assert sentences(written("mail.yml", text)) == [f"mail.yml:1: {fault}"]


def test_aliases_of_aliases_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_NODES", 20_000)
    levels = "\n".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12))
    said = "the file holds more than 20000 values; make several files of it, without nested anchors."
    assert sentences(written("mail.yml", f"l0: &l0 [a]\n{levels}\n")) == [f"mail.yml:1: {said}"]


def test_a_file_that_is_not_there() -> None:
    assert sentences(Path("mail.yml")) == ["mail.yml:1: there is no such file; check its path."]


def test_a_folder_instead_of_a_file() -> None:
    Path("mail.yml").mkdir()
    assert sentences(Path("mail.yml")) == [
        "mail.yml:1: the file cannot be read (is a directory); check its path and rights."
    ]


def test_a_file_in_another_encoding() -> None:
    Path("mail.yml").write_bytes("# first\ncustomers: [Ромашка]\n".encode("cp1251"))
    assert sentences(Path("mail.yml")) == ["mail.yml:2: this is not UTF-8; save the file in UTF-8."]


def test_all_faults_of_all_files_come_at_once_in_order_of_file_and_line() -> None:
    directory = written("directory.yml", "customers: [Ромашка]\nwork_tipes: [Ремонт]\ntemplate: ru\n")
    mail = written("mail.yml", 'mailboxes: [1, {addres: x}]\ncustomers: ["Ромашка", 5]\nmailboxes: []\n')
    assert sentences(directory, mail) == [
        "directory.yml:2: the key 'work_tipes' is not known here; did you mean 'work_types'?",
        "directory.yml:3: the key 'template' is not known here; did you mean 'templates'?",
        (
            "mail.yml:1: an item of 'mailboxes' must be a block of keys, and is a number; write its keys one a line, "
            "as 'key: value'."
        ),
        "mail.yml:1: 'imap' is missing; add 'imap: {host: imap.example.ru, password: \"${MAIL_PASSWORD}\"}'.",
        "mail.yml:1: the key 'addres' is not known here; did you mean 'address'?",
        "mail.yml:2: an item of 'customers' must be text, and is a number; put quotes around it.",
        (
            "mail.yml:2: the customer 'Ромашка' stands twice, first at directory.yml:1; keep one of them, or give one "
            "another name."
        ),
        "mail.yml:3: the key 'mailboxes' stands twice, first on line 1; keep one of them.",
    ]


def test_names_are_not_said_to_be_missing_while_a_file_is_unreadable() -> None:
    assert sentences(written("mail.yml", GOOD.replace("customers", "# customers")), Path("directory.yml")) == [
        "directory.yml:1: there is no such file; check its path."
    ]


@pytest.mark.parametrize("password", ["hunter2", '"hunter2"', "@hunter2", "[hunter2]", "{hunter2: 1}", "*hunter2"])
def test_a_literal_password_is_never_repeated(password: str) -> None:
    text = "\n".join(sentences(written("mail.yml", GOOD.replace("${SECRET}", password))))
    assert "hunter2" not in text
    assert "${NAME}" in text


def test_what_two_files_both_say_is_told_at_the_second() -> None:
    first = written(
        "a.yml",
        "roles: [{name: А, permissions: []}]\nservice_users: {api: {roles: [А], districts: all}}\n"
        "customers: [{name: Ромашка, domains: [a.example]}]\n",
    )
    second = written(
        "b.yml",
        "service_users:\n  api: {roles: [А], districts: all}\n"
        "customers:\n  - Ромашка\n  - {name: Вектор, domains: [A.example]}\n",
    )
    assert sentences(first, second) == [
        "b.yml:2: the service user 'api' stands twice, first at a.yml:2; keep one of them.",
        "b.yml:4: the customer 'Ромашка' stands twice, first at a.yml:3; keep one of them, or give one another name.",
        "b.yml:5: the domain 'a.example' stands twice, first at a.yml:3; keep it at one of the customers.",
    ]


JUNK: tuple[Any, ...] = (
    None,
    True,
    5,
    1.5,
    "",
    "*@*",
    "(",
    "${X}",
    [],
    {},
    [None],
    [{"name": "x"}],
    {"a": {"b": [1]}},
    "\ud800",
    10**400,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def test_junk_at_any_place_gets_a_sentence_or_means_something() -> None:
    text = (HERE.parents[2] / "docs/examples/mail.yml").read_text(encoding="utf-8")
    good = YAML(typ="safe", pure=True).load(text)
    told: list[str] = []
    step = 1 if THOROUGH else 10  # YAML is slow
    for number, (*path, last) in enumerate(places(good)):
        if number % step:
            continue
        edited = copy.deepcopy(good)
        functools.reduce(operator.getitem, path, edited)[last] = JUNK[number // step % len(JUNK)]
        try:
            read([written("mail.yml", json.dumps(edited))], {})
        except FaultyConfigurationError as error:
            told += map(str, error.faults)
    assert [fault for fault in told if "cannot be used (" in fault] == []


def test_a_fault_is_one_line_that_can_be_read() -> None:
    long = "x" * 5_000
    (told,) = sentences(written("mail.yml", GOOD.replace("address: help@example.ru", f"address: {long}")))
    assert told == f"mail.yml:14: '{'x' * 80}…' is no mail address; write one such as help@example.ru."
    (_, told) = sentences(written("mail.yml", GOOD.replace("[Ремонт]", '["a\\nb", Осмотр]')))
    assert "choose from: a b, Осмотр." in told


def test_what_a_name_was_meant_to_be_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(word: str, known: Iterable[str]) -> str | None:
        asked.append(word)
        return meant(word, known)

    monkeypatch.setattr(names, "meant", counted)
    rules = "".join(f'      - {{pattern: "*@c{number}.ru", template: Почтa}}\n' for number in range(50))
    assert len(sentences(written("mail.yml", GOOD + rules))) == 50
    assert asked == ["Почтa"]
