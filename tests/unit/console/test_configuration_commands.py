"""The commands check and apply, as a person and as a program call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner, Result

from backbone.catalogue.tables import customers
from backbone.database import Database
from backbone.errors import UserError
from backbone.vault import new_key
from console.configuration import commands
from tests.support import schema

EXAMPLE = str(Path(__file__).parents[3] / "docs/examples/mail.yml")

app = typer.Typer()
app.command("check")(commands.check)
app.command("apply")(commands.apply)


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTROOM_HELP_PASSWORD", "Correct Horse")
    monkeypatch.setenv("POSTROOM_OFFICE_PASSWORD", "Battery Staple")
    Path("bad.yml").write_text("customers: [Ромашка]\nobjects: [{name: Склад, customer: Ромашки}]\n", encoding="utf-8")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    schema.put(tmp_path)
    opened = Database(f"sqlite:///{tmp_path}/postroom.db")
    opened.close()
    return opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_check_counts_what_a_good_file_names() -> None:
    result = run("check", EXAMPLE)
    assert result.exit_code == 0
    assert "3 customers, 2 people" in result.stdout
    assert json.loads(run("check", "--json", EXAMPLE).stdout)["counts"]["senders"] == 8


def test_check_says_what_is_wrong() -> None:
    result = run("check", "bad.yml")
    assert result.exit_code == 1
    assert result.stdout == "bad.yml:2: no customer is called 'Ромашки'; did you mean 'Ромашка'?\n"
    assert "1 fault; nothing was changed" in result.stderr
    assert json.loads(run("check", "bad.yml", "--json").stdout) == {
        "ok": False,
        "faults": [
            {
                "file": "bad.yml",
                "line": 2,
                "problem": "no customer is called 'Ромашки'",
                "cure": "did you mean 'Ромашка'?",
                "text": "bad.yml:2: no customer is called 'Ромашки'; did you mean 'Ромашка'?",
            }
        ],
    }


@pytest.mark.parametrize("command", ["check", "apply"])
def test_no_file_is_wrong_usage_and_help_has_an_example(command: str) -> None:
    assert run(command).exit_code == 2
    assert f"Example: postroom {command}" in run(command, "--help").stdout


def test_apply_tells_what_changed(database: Database) -> None:
    first = run("apply", EXAMPLE)
    assert first.exit_code == 0
    assert "created 3 customers: Ромашка, Вектор, Northwind Ltd" in first.stdout
    assert "and 3 more" in first.stdout
    assert first.stdout.endswith("Applied: 42 created, 0 changed, 0 as before.\n")
    assert "Nothing to do: all 42 entries are as the file says." in run("apply", EXAMPLE).stdout
    again = json.loads(run("apply", EXAMPLE, "--json").stdout)
    nothing = {"created": [], "changed": {}, "switched_off": {}, "removed": [], "unchanged": 2}
    assert again["changes"]["mailboxes"] == nothing
    database.close()


def test_apply_writes_nothing_when_one_file_is_wrong(database: Database) -> None:
    assert run("apply", EXAMPLE, "bad.yml").exit_code == 1
    with database.reading() as connection:
        assert connection.execute(select(customers)).all() == []
    database.close()


def test_apply_makes_the_schema_of_a_fresh_folder() -> None:
    assert run("apply", EXAMPLE).exit_code == 0


def test_apply_says_that_the_database_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_AMQP_URL", "amqp://127.0.0.1")
    monkeypatch.setenv("POSTROOM_SECRET_KEY", new_key())
    result = run("apply", EXAMPLE)
    assert isinstance(result.exception, UserError)
    assert "run 'postroom migrate'" in str(result.exception)
