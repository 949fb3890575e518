"""The command line: help with examples, exit codes, and one sentence for whatever is wrong."""

import io
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from backbone.catalogue.tables import mailboxes
from backbone.ledger.states import Inbound, Outbound, OutboundReason
from backbone.ledger.tables import inbound, outbound
from console.cli import app
from console.commands import mails
from console.menu import MENU
from tests.support.house import HELP, House, letter
from tests.support.ledger import add_inbound, add_outbound
from tests.support.shell import Shell
from tickets.models import tickets


def commands(group: Any = None, before: str = "") -> list[str]:
    found: list[str] = []
    for name, command in (group or typer.main.get_group(app)).commands.items():
        found += commands(command, f"{before}{name} ") if hasattr(command, "commands") else [f"{before}{name}"]
    return found


@pytest.mark.parametrize("name", commands())
def test_every_command_has_an_example(shell: Shell, name: str) -> None:
    result = shell(*name.split(), "--help")
    assert result.code == 0
    assert re.search(rf"Example:.*postroom {name}\b", " ".join(result.out.split())), result.out


@pytest.mark.parametrize("name", MENU)
def test_the_list_says_what_the_command_says_of_itself(name: str) -> None:
    made = typer.main.get_group(app).commands[name]
    assert made.name == name
    assert MENU[name][1] == " ".join(str(made.help).partition("\n\n")[0].split())


def test_the_list_of_commands_loads_none_of_them() -> None:
    code = "import sys, console.cli\ntry: console.cli.main()\nfinally: print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    assert "quarantine" in done.stdout
    loaded = done.stdout.splitlines()[-1].split()
    assert "console.menu" in loaded
    assert not {"sqlalchemy", "pydantic", "structlog", "parse", "console.commands"} & set(loaded)


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("tickets", "--no-such-option"),
        ("tickets", "--limit", "0"),
        ("tickets", "--limit", "many"),
        ("chat", "O1"),
        ("replay",),
        ("replay", "seven"),
        ("replay", "0"),
        ("replay", "99999999999999999999999999"),
        ("mailbox", "no-such"),
        ("mailbox", "errors", HELP, "--hours", "1e300"),
        ("mailbox", "errors", HELP, "--hours", "nan"),
        ("worker", "no-such-stage"),
        ("worker", "parse", "--threads", "0"),
        ("parse",),
    ],
)
def test_a_wrong_call_ends_with_two(shell: Shell, arguments: tuple[str, ...]) -> None:
    result = shell(*arguments)
    assert (result.code, "Traceback" in result.err) == (2, False), result.err


BAD: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (("tickets", "O9999999"), {}, "There is no ticket 'O9999999'"),
    (("chat", "O9999999", "text"), {}, "There is no ticket 'O9999999'"),
    (("chat", "O9999999", ""), {}, "The message is empty"),
    (("chat", "O1", "text", "--author", " "), {}, "The author must be"),
    (("chat", "O1", "a\udcff"), {}, "bytes that are no text"),
    (("chat", "O1", "text", "--attach", "/no/such/file"), {}, "The file /no/such/file cannot be read"),
    (("chat", "O1", "text", "--attach", "/"), {}, "The file / cannot be read (Is a directory)"),
    (("parse", "/no/such.eml"), {}, "The file /no/such.eml cannot be read"),
    (("parse", "/"), {}, "cannot be read"),
    (("trace", "<nobody@nowhere>"), {}, "The ledger knows no mail '<nobody@nowhere>'"),
    (("trace", "99999999999999999999999999"), {}, "The ledger knows no mail"),
    (("trace", ""), {}, "The ledger knows no mail"),
    (("mailbox", "test", "nobody@x"), {}, "There is no mailbox 'nobody@x'"),
    (("mailbox", "fetch", "nobody@x"), {}, "There is no mailbox"),
    (("mailbox", "errors", "nobody@x"), {}, "There is no mailbox"),
    (("status",), {"POSTROOM_DATABASE_URL": "nonsense"}, "POSTROOM_DATABASE_URL cannot be read"),
    (("status",), {"POSTROOM_DATABASE_URL": "oracle://x"}, "POSTROOM_DATABASE_URL cannot be read"),
    (("status",), {"POSTROOM_DATABASE_URL": "sqlite:////no/such/folder/x.db"}, "The database refused (unable to open"),
    (("status",), {"POSTROOM_DATABASE_URL": "postgresql://u:geheim@127.0.0.1:1/x"}, "The database refused (conn"),
    (("migrate",), {"POSTROOM_DATABASE_URL": "postgresql://u:geheim@127.0.0.1:1/x"}, "The database refused (conn"),
    (("migrate",), {"POSTROOM_DATABASE_URL": "sqlite:////proc/no/x.db"}, "The system refused /proc/no"),
    (("status",), {"POSTROOM_DATA_DIR": "/dev/null/x"}, "The system refused /dev/null/x"),
    (("status",), {"POSTROOM_BLOB_URL": "nonsense://x"}, "POSTROOM_BLOB_URL 'nonsense://x' cannot be opened"),
    (("status",), {"POSTROOM_BLOB_OPTIONS": "no json"}, "Settings cannot be used"),
    (("status",), {"POSTROOM_REQUEUE_AFTER": "soon"}, "POSTROOM_REQUEUE_AFTER"),
    (("status",), {"POSTROOM_SECRET_KEY": "short"}, "POSTROOM_SECRET_KEY holds something that is no key"),
    (("status",), {"POSTROOM_AMQP_URL": "amqp://127.0.0.1:1", "POSTROOM_SECRET_KEY": ""}, "POSTROOM_SECRET_KEY is req"),
    (("worker", "parse"), {}, "needs RabbitMQ"),
    (("scheduler",), {}, "needs RabbitMQ"),
    (("run",), {"POSTROOM_AMQP_URL": "amqp://127.0.0.1:1"}, "the stages run as processes of their own"),
]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(("arguments", "environment", "words"), BAD)
def test_what_is_wrong_is_said_in_one_sentence(
    shell: Shell, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    result = shell(*arguments, **environment)
    assert result.code == 1, result.out + result.err
    assert result.err.startswith("postroom: ")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert result.err.rstrip().endswith(".")
    assert "Traceback" not in result.err
    assert "geheim" not in result.err


def test_a_database_without_tables(shell: Shell) -> None:
    result = shell("status")
    assert (result.code, "run 'postroom migrate'" in result.err) == (1, True)
    assert shell("migrate").code == 0
    assert shell("migrate").code == 0
    assert shell("status", "--json").json() == []


def test_standard_input(shell: Shell, office: House, monkeypatch: pytest.MonkeyPatch) -> None:
    office.take(letter())
    number = office.rows(tickets)[0].number
    for content, code in (("Мастер приедет.\n".encode(), 0), (b"\xff\xfe", 1), (b"a\0b", 1), (b"", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert shell("chat", number, "-").code == code
    assert [one["text"] for one in shell("tickets", number, "--json").json()["messages"]] == [
        "Добрый день!",
        "Мастер приедет.\n",
    ]


def test_rabbitmq_may_be_away_while_somebody_writes(shell: Shell, office: House) -> None:
    office.take(letter())
    number = office.rows(tickets)[0].number
    result = shell("chat", number, "Мастер приедет.", "--json", POSTROOM_AMQP_URL="amqp://127.0.0.1:1")
    assert result.json()["outbound_id"] == office.owed()[-1].id
    assert "broker.unreachable" in result.err
    assert result.err.count("\n") == 1


HOSTILE = "[/bold] [red]x[/] :smile: [#O1] \x1b]0;title\x07\x1b[2J\x9b31m \u202e\u2066 [link=file:///etc/passwd]"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def test_what_strangers_wrote_is_shown_as_it_is_and_steers_nothing(shell: Shell, office: House, tmp_path: Path) -> None:
    raw = letter(subject=HOSTILE, text=HOSTILE, From=f'"{HOSTILE[:20]}" <ivan@customer.example>')
    (mail_id,) = office.take(raw)
    office.change(inbound, error=HOSTILE)
    (tmp_path / "[bold]x.eml").write_bytes(raw)
    number = office.rows(tickets)[0].number
    for arguments in (
        ("tickets",),
        ("tickets", number),
        ("trace", str(mail_id)),
        ("parse", str(tmp_path / "[bold]x.eml")),
        ("mailbox", "list"),
        ("status",),
    ):
        for form in ((), ("--json",)):
            result = shell(*arguments, *form)
            assert result.code == 0, result.err
            assert not STEERING.search(result.out)
    assert "[/bold] [red]x[/] :smile: [#O1]" in shell("tickets", number).out
    assert shell("tickets", number, "--json").json()["messages"][0]["text"].startswith("[/bold] [red]x[/] :smile:")
    assert "\u202e\u2066" in shell("parse", str(tmp_path / "[bold]x.eml"), "--json").json()["subject"]


def test_a_sentence_steers_nothing(shell: Shell, tmp_path: Path) -> None:
    result = shell("parse", str(tmp_path / "\x1b[2Jx.eml"))
    assert result.code == 1
    assert "x.eml" in result.err
    assert not STEERING.search(result.err)


def test_names_of_attachments_are_shown(shell: Shell, office: House, tmp_path: Path) -> None:
    office.take(letter())
    number = office.rows(tickets)[0].number
    (tmp_path / "акт.pdf").write_bytes(b"%PDF")
    assert shell("chat", number, "см. файл", "--attach", str(tmp_path / "акт.pdf")).code == 0
    assert "[акт.pdf]" in shell("tickets", number).out
    shown = shell("tickets", number, "--json").json()["messages"][1]
    assert [(one["filename"], one["content_type"], one["size"]) for one in shown["attachments"]] == [
        ("акт.pdf", "application/pdf", 4)
    ]


def test_failures_are_listed_and_replayed(shell: Shell, office: House) -> None:
    assert "Nothing failed" in shell("failures", "list").out
    (mail_id,) = office.take(letter())
    outbound_id = office.owed()[0].id
    held = {
        "state": Outbound.HELD,
        "reason": OutboundReason.OUTCOME_UNKNOWN,
        "answer": "[bold]550 no[/]",
        "due_at": None,
    }
    office.change(outbound, **held)
    (broken,) = office.read(letter())
    office.change(
        inbound, inbound.c.id == broken, state=Inbound.FAILED, error="Traceback\nValueError: [/x]", due_at=None
    )
    listed = shell("failures", "list").out
    assert "ValueError: [/x]" in listed
    assert "[bold]550 no[/]" in listed
    assert {(row["ledger"], row["id"]) for row in shell("failures", "list", "--json").json()} == {
        ("inbound", broken),
        ("outbound", outbound_id),
    }
    assert shell("replay", str(mail_id)).code == 1
    assert shell("failures", "replay", "--json").json() == {"inbound": [broken], "outbound": [outbound_id]}
    assert (office.mail(broken).state, office.owed()[0].state) == (Inbound.RECEIVED, Outbound.QUEUED)
    assert shell("failures", "replay", "--json").json() == {"inbound": [], "outbound": []}


def test_a_heap_of_failures_is_listed_in_part_and_replayed_a_piece_at_a_time(
    shell: Shell, office: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "AT_ONCE", 2)
    database = office.runtime.database
    box = office.rows(mailboxes)[0].id
    failed = [add_inbound(database, box, state="failed", due_at=None) for _ in range(5)]
    held = [add_outbound(database, box, state="held", due_at=None) for _ in range(5)]
    assert [row["id"] for row in shell("failures", "list", "--newest", "3", "--json").json()] == held[:1:-1]
    assert "These are the newest 3;" in shell("failures", "list", "--newest", "3").out
    assert "These are" not in shell("failures", "list").out
    assert shell("failures", "replay", "--json").json() == {"inbound": failed, "outbound": held}
    assert {row.state for row in office.rows(inbound)} == {Inbound.RECEIVED}
    assert {row.state for row in office.rows(outbound)} == {Outbound.QUEUED}


def test_a_held_mail_is_taken_for_a_new_one(shell: Shell, office: House) -> None:
    (mail_id,) = office.take(letter(From="eve@elsewhere.example"))
    assert "leave out --outbound or --as-new" in shell("replay", "1", "--outbound", "--as-new").err
    assert "add --as-new" in shell("replay", "1", "--author", "Анна").err
    for no_name in ("Анна\nПётр", "\udcff", "а" * 201):
        assert "a name on one line" in shell("replay", str(mail_id), "--as-new", "--author", no_name).err
    assert shell("replay", str(mail_id), "--as-new", "--author", " Анна ").code == 0
    assert office.mail(mail_id).as_new["by"] == "Анна"
    assert datetime.fromisoformat(office.mail(mail_id).as_new["at"]).tzinfo is not None


def test_ignored_mail_is_replayed_on_request(shell: Shell, office: House) -> None:
    (stranger,) = office.take(letter(From="eve@elsewhere.example"))
    assert office.mail(stranger).state == Inbound.IGNORED
    assert shell("replay", str(stranger), "--json").json() == {"inbound": [stranger], "outbound": []}
    assert office.mail(stranger).state == Inbound.RECEIVED


def test_a_story_is_found_by_each_of_its_names(shell: Shell, office: House) -> None:
    (mail_id,) = office.take(letter(Message_ID="<first@customer.example>"))
    number = office.rows(tickets)[0].number
    row = office.mail(mail_id)
    names = (str(mail_id), "<first@customer.example>", "first@customer.example", number, row.correlation_id)
    for name in (*names, office.owed()[0].message_id, f" {number} "):
        (found,) = shell("trace", name, "--json").json()
        assert (found["id"], found["ticket"], found["state"]) == (mail_id, number, "ticket_created")
        assert [step["step"] for step in found["decision"]] == ["read", "sender_rule", "permission", "notice", "ticket"]
        assert [sent["message_id"] for sent in found["outbound"]] == [office.owed()[0].message_id]
        assert "letter" not in found["outbound"][0]
    told = shell("trace", number).out
    for words in (f"mail {mail_id} · ticket_created", f"ticket          {number}", "→ *@customer.example (rule 1)"):
        assert words in told


def test_a_pipe_that_closes_is_no_drama(shell: Shell, office: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return place

    with (Path(office.runtime.settings.data_dir) / "out").open("wb") as file:
        place = file.fileno()
        monkeypatch.setattr(sys, "stdout", Gone())
        result = shell("tickets", "--json")
    assert (result.code, result.err) == (1, "")
