"""Older mail is taken from a real IMAP server on request: read mail too, silently, and once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from imap_tools import MailMessageFlags

from backbone import stage
from backbone.runtime import Runtime
from backbone.tls import ServerTroubleError
from ingest import backfill, service
from ingest.backfill import Job
from ingest.settings import IngestSettings
from parse import service as parsing
from tests.support.house import House, letter
from tests.support.mailboxes import Mailbox
from tests.support.runtimes import add_mailbox, change_mailbox, count, mails, runtime
from tests.support.shell import Shell
from tickets import service as deciding

OWN = IngestSettings.model_validate({"batch_mails": 3})
DAYS = (1, 5, 10, 20)
OLD = [datetime(2026, 10, day, 12, tzinfo=UTC) for day in DAYS]


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url) as made:
        yield made


def put(mailbox: Mailbox, *, read: bool = True, folder: str = "INBOX") -> list[bytes]:
    """Put a mail into the folder for each of the old days."""
    sent = [letter(f"Старое {folder} {read} {moment.day}") for moment in OLD]
    with mailbox.open().login(mailbox.address, mailbox.password) as client:
        for raw, moment in zip(sent, OLD, strict=True):
            client.append(raw, folder, dt=moment, flag_set=[MailMessageFlags.SEEN] if read else [])
    return sent


def job(opened: Runtime, box: int, **changes: object) -> Job:
    with opened.database.reading() as connection:
        mailbox = opened.catalogue.current(connection).mailboxes[box]
    usual = Job(mailbox, mailbox.folder, date(2026, 10, 5), 1_000_000)
    return replace(usual, **changes)  # type: ignore[arg-type]  # what a test names is of the right kind


def run(opened: Runtime, wanted: Job) -> tuple[int, int, int]:
    return backfill.run(opened, wanted, OWN, lambda _behind, _total: None)


def test_read_mail_since_a_day_is_taken_silently_and_once(opened: Runtime, mailbox: Mailbox) -> None:
    sent = put(mailbox)
    box = add_mailbox(opened, mailbox)
    assert service.fetch(opened, box) == 0
    looked = backfill.look(opened, job(opened, box), OWN)
    assert (looked.found, len(looked.uids), count(opened)) == (3, 3, 0)
    assert looked.size == sum(map(len, sent[1:]))
    steps: list[tuple[int, int]] = []
    wanted = job(opened, box, since=date(2026, 9, 30))
    found = backfill.run(opened, wanted, OWN, lambda behind, total: steps.append((behind, total)))
    assert (found, steps) == ((4, 0, 4), [(3, 4), (4, 4)])
    rows = mails(opened)
    assert [opened.blobs.get(row.raw_key) for row in rows] == sent
    assert {(row.silent, row.state) for row in rows} == {(True, "received")}
    assert run(opened, wanted) == (4, 4, 0)
    assert count(opened) == 4


def test_unread_mail_is_left_to_the_ordinary_runs_unless_the_mailbox_is_off(opened: Runtime, mailbox: Mailbox) -> None:
    put(mailbox, read=False)
    box = add_mailbox(opened, mailbox)
    assert run(opened, job(opened, box)) == (0, 0, 0)
    change_mailbox(opened, box, enabled=False)
    assert run(opened, job(opened, box)) == (3, 0, 3)
    assert mailbox.unseen() == 1
    change_mailbox(opened, box, enabled=True)
    assert service.fetch(opened, box) == 1
    assert sorted(row.silent for row in mails(opened)) == [False, True, True, True]


def test_a_mail_that_was_moved_away_is_not_taken_again(opened: Runtime, mailbox: Mailbox) -> None:
    with mailbox.open().login(mailbox.address, mailbox.password) as client:
        client.folder.create("Архив")
    sent = put(mailbox, folder="Архив")
    mailbox.append(sent[:2])
    box = add_mailbox(opened, mailbox)
    assert service.fetch(opened, box) == 2
    assert run(opened, job(opened, box, folder="Архив", since=date(2026, 9, 1))) == (4, 0, 2)
    assert sorted(row.state for row in mails(opened)) == ["duplicate", "duplicate", *["received"] * 4]


class Pauses(threading.Event):
    """A stop that nobody waits for: it keeps how long it would have been, and says what ``stop`` says."""

    def __init__(self, *, stop: bool) -> None:
        super().__init__()
        self.stop, self.asked = stop, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout or 0)
        return self.stop


@pytest.mark.parametrize("stop", [False, True])
def test_it_is_slow_and_goes_on_where_it_was_stopped(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, stop: bool
) -> None:
    put(mailbox)
    box = add_mailbox(opened, mailbox)
    pauses = Pauses(stop=stop)
    with monkeypatch.context() as patched:
        patched.setattr(stage, "stopping", pauses)
        wanted = job(opened, box, since=date(2026, 9, 30), per_minute=3)
        assert run(opened, wanted) == (4, 0, 1 if stop else 4)
    assert len(pauses.asked) == (1 if stop else 3)
    assert all(10 < asked <= 20 for asked in pauses.asked)
    assert run(opened, job(opened, box, since=date(2026, 9, 30))) == ((4, 1, 3) if stop else (4, 4, 0))


def test_the_command_tells_what_it_does(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(mailbox)
    add_mailbox(opened, mailbox)
    shell = Shell(monkeypatch, capsys)
    settings = opened.settings
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("POSTROOM_DATABASE_URL", settings.resolved_database_url)
    monkeypatch.setenv("POSTROOM_SECRET_KEY", settings.secret_key.get_secret_value())
    command = ("mailbox", "backfill", mailbox.address, "--since", "2026-10-05")
    about = {"mailbox": mailbox.address, "folder": "INBOX", "since": "2026-10-05", "found": 3}
    dry = shell(*command, "--dry-run", "--json").json()
    size = dry.pop("bytes")
    assert (dry, size > 0) == (about | {"dry_run": True, "known": 0, "wanted": 3}, True)
    assert "3 would be taken, 0.0 MB; nothing was changed." in shell(*command, "--dry-run").out
    assert "3 are taken now; nobody is told of them." in shell(*command, "--per-minute", "60000").out
    assert shell(*command, "--json").json() == about | {"dry_run": False, "known": 3, "taken": 0}
    wrong = shell(*command, "--folder", "None of that")
    assert (wrong.code, "The folder 'None of that' cannot be opened" in wrong.err) == (1, True)
    assert shell(*command[:-1], "yesterday").code == 2


def test_a_folder_that_is_not_there_is_said(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox)
    with pytest.raises(ServerTroubleError, match="The folder 'None of that' cannot be opened"):
        run(opened, job(opened, box, folder="None of that"))


def test_old_mail_becomes_tickets_and_nobody_hears_of_it(opened: Runtime, mailbox: Mailbox) -> None:
    house = House(opened)
    put(mailbox)
    box = house.add_mailbox(mailbox.address)
    imap = {"imap_host": mailbox.host, "imap_port": mailbox.port, "imap_security": "tls"}
    password = opened.vault.encrypt(mailbox.password)
    change_mailbox(opened, box, **imap, imap_ca_file=str(mailbox.ca_file), imap_password=password)
    assert run(opened, job(opened, box)) == (3, 0, 3)
    ids = [row.id for row in mails(opened)]
    parsing.read(opened, ids)
    deciding.decide(opened, ids)
    rows = mails(opened)
    assert {row.state for row in rows} == {"ticket_created"}
    notices = [step for row in rows for step in row.decision if step["step"] == "notice"]
    told = {"step": "notice", "kind": "ticket_created", "queued": False, "why": "taken by backfill"}
    assert notices == [told] * 3
    assert house.owed() == []
