"""The example files: they are good, show every key, and do what their comments say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from backbone.blobs import Blobs
from backbone.catalogue.model import Catalogue
from backbone.catalogue.snapshot import load
from backbone.contracts import Selection
from backbone.database import Database
from backbone.vault import Vault, new_key
from console.configuration import commands, explain
from console.configuration.apply import apply
from console.configuration.document import parse
from console.configuration.read import read
from parse.reader import read_mail
from parse.rules.runner import Runner
from parse.selection.select import select

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
FILES = sorted(EXAMPLES.glob("*.yml"))
NOW = datetime(2023, 3, 3, 6, tzinfo=UTC)

app = typer.Typer()
app.command("check")(commands.check)
app.command("apply")(commands.apply)  # a second one, so that the first keeps its name


@pytest.fixture(autouse=True)
def _passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_HELP_PASSWORD", "Correct Horse")
    monkeypatch.setenv("POSTROOM_OFFICE_PASSWORD", "Battery Staple")


def catalogue(database: Database, name: str, tmp_path: Path) -> Catalogue:
    apply(database, Vault((new_key(),)), Blobs(f"file://{tmp_path}/blobs"), read([EXAMPLES / name]))
    with database.reading() as connection:
        return load(connection, 1)


def selected(raw: bytes, found: Catalogue) -> tuple[Selection, str | None]:
    """Return what the first mailbox makes of a mail, and the name of the template."""
    with Runner() as runner:
        mail = read_mail(raw).parsed
        made = select(mail, mailbox=found.mailboxes[1], catalogue=found, runner=runner, now=NOW).selection
    return made, found.templates[made.template_id].name if made.template_id else None


def letter(sender: str, to: str = "help@example.ru") -> bytes:
    return f"From: {sender}\r\nTo: {to}\r\nSubject: a\r\n\r\nb\r\n".encode()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_is_good(path: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(path)])
    assert (result.exit_code, result.stdout[:12]) == (0, "All is well:")


def test_together_they_show_every_key() -> None:
    shown: set[tuple[str, ...]] = set()
    for path in FILES:
        document, _ = parse(path.name, path.read_text(encoding="utf-8"))
        shown |= {tuple(part for part in place if isinstance(part, str)) for place in document.lines}
    known = {(*words, key) for words, model in explain.MODELS.items() for key in model.model_fields}
    # a stored mail is nothing that a file can bring along; a bare name stands for an entry that has nothing else
    unshown = {("mailboxes", "senders", "samples", "mail"), ("districts", "name")}
    assert known - shown == unshown


@pytest.mark.parametrize(
    ("mail", "sender"), [("order.eml", "HTML"), ("order-text.eml", "text")], ids=["html", "text in cp1251"]
)
def test_the_patterns_read_the_other_ticket_system(database: Database, tmp_path: Path, mail: str, sender: str) -> None:
    found = catalogue(database, "regex-mail.yml", tmp_path)
    made, template = selected((EXAMPLES / "samples" / mail).read_bytes(), found)
    rule = next(rule for rule in found.mailboxes[1].rules if rule.id == made.rule_id)
    values: dict[str, Any] = made.fields.model_dump(exclude_defaults=True)
    place = found.directory.objects[values.pop("object_id")]
    assert (made.verdict, template, rule.name, place.name) == ("open", "СЗНП по почте", sender, "Ромашка, второй этаж")
    assert values == {
        "external_number": "300434925",
        "deadline": datetime(2023, 5, 3, 5, 32, 36, tzinfo=UTC),
        "description": "Не работает кондиционер",
    } | ({"custom": {"status": "04. В работе"}} if sender == "text" else {})


@pytest.mark.parametrize(
    ("sender", "to", "outcome"),
    [
        ("ivan@romashka.example", "help@example.ru", ("open", "Ромашка по почте")),
        ("ivan@romashka.example", "avaria@example.ru", ("open", "Ромашка, авария")),
        ("noreply@romashka.example", "help@example.ru", ("ignore", None)),
        ("ivan@vector.example", "help@example.ru", ("open", "Вектор по почте")),
        ("ivan@northwind.example", "help@example.ru", ("hold", None)),
        ("ivan@nobody.example", "help@example.ru", ("ignore", None)),
    ],
)
def test_each_customer_gets_a_template(
    database: Database, tmp_path: Path, sender: str, to: str, outcome: tuple[str, str | None]
) -> None:
    made, template = selected(letter(sender, to), catalogue(database, "per-customer.yml", tmp_path))
    assert (made.verdict, template if made.verdict == "open" else None) == outcome


@pytest.mark.parametrize(("sender", "verdict"), [("ivan@nobody.example", "open"), ("win@casino.example", "ignore")])
def test_one_mailbox_takes_everybody_but_the_blocked(
    database: Database, tmp_path: Path, sender: str, verdict: str
) -> None:
    made, _ = selected(letter(sender), catalogue(database, "one-mailbox.yml", tmp_path))
    assert made.verdict == verdict
