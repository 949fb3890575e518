"""Whatever is wrong with a mailbox is told in a sentence, held back by a growing pause, and holds up no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backbone import clock
from backbone.runtime import Runtime
from deploy.services import tls
from deploy.services.dovecot import REFUSED_USER
from ingest import queries, service
from ingest.models import mailbox_errors, mailbox_states
from tests.support.bad_imap import Answer, polite, serving, silent
from tests.support.mailboxes import Mailbox
from tests.support.mails import mixed
from tests.support.runtimes import add_mailbox, change_mailbox, count, own_settings, runtime

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Wrong:
    """A setting that is wrong, the fault that it means, and words of its sentence."""

    fault: str
    words: str
    values: dict[str, Any]


WRONG = [
    Wrong("host", "'no-such-host.invalid' is not known; check its spelling", {"imap_host": "no-such-host.invalid"}),
    Wrong("host", "'mail..example' is not known; check its spelling", {"imap_host": "mail..example"}),
    Wrong("port", "127.0.0.1:1; check the port (usually 993 for tls", {"imap_port": 1}),
    Wrong("certificate", "certificate has expired", {"imap_host": tls.EXPIRED_HOST}),
    Wrong("certificate", "IP address mismatch", {"imap_host": tls.WRONG_HOST}),
    Wrong("certificate", "give its authority as ca_file", {"imap_ca_file": ""}),
    Wrong("login", "AUTHENTICATIONFAILED] Authentication failed.); check login and password", {"password": "wrong"}),
    Wrong("login", "check login and password", {"password": "неверный"}),
    Wrong("login", f"refuses the login '{REFUSED_USER}'", {"imap_login": REFUSED_USER}),
    Wrong("folder", "folder 'Missing' cannot be opened; check imap folder", {"imap_folder": "Missing"}),
    Wrong("folder", "folder 'Входящие' cannot be opened", {"imap_folder": "Входящие"}),
]


@pytest.fixture
def opened(tmp_path: Path, postgres_url: str) -> Iterator[Runtime]:
    with runtime(tmp_path, postgres_url) as made:
        yield made


def errors(opened: Runtime, mailbox_id: int) -> list[tuple[str, str]]:
    with opened.database.reading() as connection:
        rows = queries.errors(connection, [mailbox_id], clock.after(-60), clock.now(), 100)
    return [(row.fault, row.sentence) for row in rows]


def pauses_for(opened: Runtime, mailbox_id: int, seconds: float) -> bool:
    """Fetch, and say whether the mailbox is due again so many seconds after that."""
    before = clock.now()
    service.fetch(opened, mailbox_id)
    with opened.database.reading() as connection:
        due = connection.scalar(select(mailbox_states.c.due_at).where(mailbox_states.c.mailbox_id == mailbox_id))
    assert due
    return bool(before <= due - timedelta(seconds=seconds) <= clock.now())


def patience(fault: str) -> float:
    """Return the seconds for an answer: few for the one that never comes."""
    return 1 if fault == "timeout" else 30


def postroom(opened: Runtime, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    own = {
        "POSTROOM_DATABASE_URL": opened.settings.database_url,
        "POSTROOM_DATA_DIR": str(opened.settings.data_dir),
        "POSTROOM_SECRET_KEY": opened.settings.secret_key.get_secret_value(),
    }
    return subprocess.run(
        [sys.executable, "-m", "console.cli", *arguments],
        env=kept | own,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.fault}-{'-'.join(map(str, wrong.values.values()))}")
def test_every_wrong_setting_has_its_sentence(opened: Runtime, mailbox: Mailbox, wrong: Wrong) -> None:
    box = add_mailbox(opened, mailbox, **wrong.values)
    assert service.fetch(opened, box) == 0
    ((fault, sentence),) = errors(opened, box)
    assert fault == wrong.fault
    assert wrong.words in sentence
    assert mailbox.password not in sentence


def test_security_that_does_not_fit_the_server_has_its_sentence(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = add_mailbox(opened, mailbox, imap_port=mailbox.plain_port)
    for security, port, fault in (
        ("tls", mailbox.plain_port, "security"),
        ("none", mailbox.port, "timeout"),
        ("starttls", mailbox.port, "timeout"),
    ):
        own_settings(monkeypatch, timeout=patience(fault))
        change_mailbox(opened, box, imap_security=security, imap_port=port)
        service.fetch(opened, box)
        assert errors(opened, box)[0][0] == fault
        assert security in errors(opened, box)[0][1]
    own_settings(monkeypatch)
    change_mailbox(opened, box, imap_security="starttls", imap_port=mailbox.plain_port, imap_host=tls.EXPIRED_HOST)
    service.fetch(opened, box)
    assert errors(opened, box)[0][0] == "certificate", errors(opened, box)[0]
    change_mailbox(opened, box, imap_host=mailbox.host)
    for security in ("starttls", "none"):
        change_mailbox(opened, box, imap_security=security, imap_port=mailbox.plain_port)
        service.fetch(opened, box)
    assert len(errors(opened, box)) == 4


def private(tag: str, command: str) -> str:
    if command.upper().startswith("LOGIN"):
        return f"{tag} NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure connections.\r\n"
    return polite(tag, command)


def read_only(tag: str, command: str) -> str:
    verb = command.upper().split(" ", 1)[0]
    if verb == "STATUS":
        return f'* STATUS "INBOX" (UIDVALIDITY 1 UIDNEXT 1 UNSEEN 0)\r\n{tag} OK done\r\n'
    if verb == "SELECT":
        return f"* 0 EXISTS\r\n* OK [READ-ONLY] so\r\n{tag} OK [READ-ONLY] done\r\n"
    return polite(tag, command)


def unmarkable(tag: str, command: str) -> str:
    """Hold three mails, and let none of them be marked as read."""
    words = command.upper().split()
    if words[0] == "STATUS":
        return f'* STATUS "INBOX" (UIDVALIDITY 1 UIDNEXT 4 UNSEEN 3)\r\n{tag} OK done\r\n'
    if words[:2] == ["UID", "SEARCH"]:
        return f"* SEARCH 3 1 2\r\n{tag} OK done\r\n"
    if words[:2] == ["UID", "STORE"]:
        return f"{tag} NO [NOPERM] no\r\n"
    if words[:2] == ["UID", "FETCH"]:
        mails = {uid: f"Message-ID: <{uid}@b.example>\r\n\r\nbody\r\n" for uid in words[2].split(",")}
        lines = [
            f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mail)})\r\n"
            if "(UID RFC822.SIZE)" in command
            else f"* {uid} FETCH (BODY[] {{{len(mail)}}}\r\n{mail} UID {uid})\r\n"
            for uid, mail in mails.items()
        ]
        return f"{''.join(lines)}{tag} OK done\r\n"
    return polite(tag, command)


@pytest.mark.parametrize(
    ("answer", "security", "fault", "words"),
    [
        (polite, "starttls", "security", "does not offer STARTTLS; set security to tls"),
        (private, "none", "security", "takes no password without TLS; set security to starttls"),
        (read_only, "none", "folder", "'INBOX' does not let mails be marked as read"),
        (silent, "none", "timeout", "does not answer in time"),
        (silent, "tls", "security", "does not speak TLS"),
    ],
)
def test_what_a_strange_server_refuses_has_its_sentence(
    opened: Runtime,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    security: str,
    fault: str,
    words: str,
) -> None:
    own_settings(monkeypatch, timeout=patience(fault))
    with serving(answer) as port:
        box = add_mailbox(opened, mailbox, imap_port=port, imap_security=security)
        service.fetch(opened, box)
    ((found, sentence),) = errors(opened, box)
    assert (found, words in sentence) == (fault, True), sentence


def test_mails_that_cannot_be_marked_are_taken_all_the_same_and_once(
    opened: Runtime, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_settings(monkeypatch, batch_mails=1)
    with serving(unmarkable) as port:
        box = add_mailbox(opened, mailbox, imap_port=port, imap_security="none")
        service.fetch(opened, box)
        service.fetch(opened, box)
    assert count(opened) == 3
    assert ["does not let mails be marked as read" in sentence for _, sentence in errors(opened, box)] == [True, True]


def test_pauses_grow_with_every_failure_and_end_with_the_first_success(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox, imap_port=1, poll_seconds=60)
    wanted = [60, 120, 240, 480, 960, 1800, 1800]
    assert [seconds for seconds in wanted if pauses_for(opened, box, seconds)] == wanted
    change_mailbox(opened, box, imap_port=mailbox.port)
    assert pauses_for(opened, box, 60)
    with opened.database.reading() as connection:
        (row,) = queries.states(connection)
    assert (row.failures, row.last_error) == (0, None)
    assert row.last_completed >= row.last_started
    change_mailbox(opened, box, imap_port=1)
    assert pauses_for(opened, box, 60)


def test_a_mailbox_that_hangs_holds_up_no_other(
    opened: Runtime, mailbox_factory: Callable[[], Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    own_settings(monkeypatch, timeout=300)
    good, bad = mailbox_factory(), mailbox_factory()
    good.append(mixed(5, good.address))
    with ThreadPoolExecutor(1) as pool:
        with serving(silent, greeting="") as port:
            stuck = pool.submit(service.fetch, opened, add_mailbox(opened, bad, imap_port=port, imap_security="none"))
            box = add_mailbox(opened, good)
            assert service.fetch(opened, box) == 5
            assert not stuck.done()
        assert stuck.result(60) == 0


def test_a_mailbox_in_trouble_is_not_asked_before_its_pause_is_over(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox, imap_port=1)
    service.fetch(opened, box)
    assert service.due_mailboxes(opened) == []
    with opened.database.transaction() as connection:
        connection.execute(update(mailbox_states).values(due_at=clock.now() - timedelta(seconds=1)))
    assert len(service.due_mailboxes(opened)) == 1


def test_the_command_says_what_is_wrong_and_ends_with_one(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox)
    works = postroom(opened, "mailbox", "test", mailbox.address)
    assert (works.returncode, "0 unread mails in INBOX" in works.stdout) == (0, True), works.stderr
    wrong = WRONG[0]
    change_mailbox(opened, box, **wrong.values)
    done = postroom(opened, "mailbox", "test", mailbox.address, "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert (told["ok"], told["results"][0]["fault"]) == (False, wrong.fault)
    assert wrong.words in told["results"][0]["sentence"]
    with opened.database.reading() as connection:
        assert connection.execute(select(mailbox_errors)).all() == []


def test_the_error_list_keeps_every_failure_newest_first(opened: Runtime, mailbox: Mailbox) -> None:
    box = add_mailbox(opened, mailbox, imap_port=1)
    service.fetch(opened, box)
    change_mailbox(opened, box, imap_port=mailbox.port, imap_folder="Missing")
    service.fetch(opened, box)
    assert [fault for fault, _ in errors(opened, box)] == ["folder", "port"]
    listed = json.loads(postroom(opened, "mailbox", "errors", mailbox.address, "--json").stdout)
    assert [line["fault"] for line in listed] == ["folder", "port"]
