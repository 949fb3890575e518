"""The JSON schema for editors lets through what ``check`` lets through, and stops what a schema can stop."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from console.configuration import schema
from console.configuration.explain import MODELS
from deploy import docs
from tests.support.configurations import EVERY_KEY, Place
from tests.support.shell import Shell

ROOT = Path(__file__).parents[3]
PUBLISHED = "docs/configuration.schema.json"
GOOD = [*sorted((ROOT / "docs/examples").glob("*.yml")), EVERY_KEY, ROOT / "console/demo/configuration.yml"]
IMAP = {"host": "x.ru", "password": "${P}"}
MAILBOX = {"address": "a@x.ru", "imap": IMAP}
SENDER = {"pattern": "*@*", "template": "Почта"}


@pytest.fixture(scope="module")
def validator() -> Any:
    made = schema.document()
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED in docs.PAGES
    assert (ROOT / PUBLISHED).read_text(encoding="utf-8") == schema.text(), "run python -m deploy.docs"


def test_the_command_prints_it(shell: Shell) -> None:
    assert shell("schema").out == schema.text()


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_files_are_good(validator: Any, path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("$imap_port", "993").replace("$smtp_port", "465")
    assert [error.message for error in validator.iter_errors(YAML(typ="safe", pure=True).load(text))] == []


def test_an_export_is_good(validator: Any, place: Place) -> None:
    place.apply(EVERY_KEY)
    assert list(validator.iter_errors(YAML(typ="safe", pure=True).load(place.export()))) == []


@pytest.mark.parametrize(
    "data",
    [
        {"mailboxes": [MAILBOX | {"preset": "yandex", "imap": {"password": "file:/run/secret"}}]},
        {"mailboxes": [MAILBOX | {"name": None, "smtp": None, "senders": None}]},
        {"service_users": {"api": {"roles": ["Р"], "districts": "all"}}},
        {"customers": ["Ромашка", {"name": "Вектор", "domains": ["v.ru"]}]},
        {"mailboxes": [MAILBOX | {"outgoing": {"signature": "С уважением", "logo": "logo.png", "limits": None}}]},
        {"mailboxes": [MAILBOX | {"outgoing": {"signature": {"ru": "С уважением"}, "subject_tag": "off"}}]},
    ],
    ids=["preset fills in the host", "keys without values", "all districts", "names and blocks", "one text", "texts"],
)
def test_what_may_be_written_is_good(validator: Any, data: dict[str, Any]) -> None:
    assert list(validator.iter_errors(data)) == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"mailbox": []}, ""),
        ({"mailboxes": [MAILBOX | {"adress": "a@x.ru"}]}, "mailboxes/0"),
        ({"mailboxes": [{"address": "a@x.ru"}]}, "mailboxes/0"),
        ({"mailboxes": [MAILBOX | {"imap": {"host": "x.ru", "password": "hunter2"}}]}, "mailboxes/0/imap/password"),
        ({"mailboxes": [MAILBOX | {"imap": {"password": "${P}"}}]}, "mailboxes/0/imap"),
        ({"mailboxes": [MAILBOX | {"imap": IMAP | {"port": 70000}}]}, "mailboxes/0/imap/port"),
        ({"mailboxes": [MAILBOX | {"language": "de"}]}, "mailboxes/0/language"),
        ({"mailboxes": [MAILBOX | {"outgoing": {"undo_seconds": 601}}]}, "mailboxes/0/outgoing/undo_seconds"),
        ({"mailboxes": [MAILBOX | {"outgoing": {"signature": {"de": "x"}}}]}, "mailboxes/0/outgoing/signature"),
        ({"canned_replies": ["Ждите"]}, "canned_replies/0"),
        ({"mailboxes": [MAILBOX | {"enabled": "yes"}]}, "mailboxes/0/enabled"),
        ({"mailboxes": [MAILBOX | {"senders": [SENDER | {"trust": "no"}]}]}, "mailboxes/0/senders/0/trust"),
        ({"templates": [{"name": "Т", "closed": {"reopen_days": -1}}]}, "templates/0/closed/reopen_days"),
        ({"objects": ["Склад"]}, "objects/0"),
        ({"customers": [["Ромашка"]]}, "customers/0"),
    ],
)  # fmt: skip
def test_bad_files_are_bad(validator: Any, data: dict[str, Any], path: str) -> None:
    errors = [inner for error in validator.iter_errors(data) for inner in _within(error)]
    assert path in {"/".join(map(str, error.absolute_path)) for error in errors}


def test_every_key_is_explained() -> None:
    made = json.loads(schema.text())
    parts = {"Configuration": made, **made["$defs"]}
    silent = [
        f"{model.__name__}.{key}"
        for model in set(MODELS.values())
        for key in model.model_fields
        if "description" not in parts[model.__name__]["properties"][key]
    ]
    assert sorted(silent) == []


def _within(error: Any) -> list[Any]:
    return [error, *(deeper for inner in error.context for deeper in _within(inner))]
