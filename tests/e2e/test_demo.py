"""``postroom demo`` as a process of its own, as a reader starts it after cloning."""

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

from console.demo.customers import COLLECTION, CUSTOMERS, READER
from console.demo.story import STEPS

LONGEST = 60
POSTROOM = Path(sys.executable).with_name("postroom")


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which a real Postroom is set up, which the demo must leave alone."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTROOM_")}
    return clean | {"POSTROOM_DATA_DIR": str(folder / "real"), "POSTROOM_DATABASE_URL": f"sqlite:///{folder}/real.db"}


@contextmanager
def running(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start the demo; whatever happens, it is gone at the end."""
    command = [str(POSTROOM), "demo", *arguments]
    with subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        watchdog = Timer(LONGEST * 2, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def test_the_story_happens_within_a_minute_and_its_numbers_agree(tmp_path: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [POSTROOM, "demo", "--once", "--json"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=LONGEST * 2,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < LONGEST
    assert list(tmp_path.iterdir()) == []
    story: dict[str, Any] = json.loads(done.stdout)
    assert story["ok"] is True
    assert [(step["name"], step["ok"]) for step in story["steps"]] == [(step.name, True) for step in STEPS]
    inbound, outbound = story["ledger"]["inbound"], story["ledger"]["outbound"]
    messages = story["threaded_answers"] + story["automatic_answers"]
    assert story["mails_seen"] == sum(inbound.values()) == story["tickets"] + messages + story["decisions"]
    assert story["tickets"] == inbound["ticket_created"] == story["notices"] == story["replies"] == len(CUSTOMERS)
    assert messages == inbound["message_added"]
    assert story["decisions"] == inbound["ignored"] + inbound["duplicate"]
    assert outbound == {"sent": story["notices"] + story["replies"]}
    boxes = story["mailboxes"]
    assert (boxes["notices"], boxes["replies"]) == (story["notices"], story["replies"])
    assert sum(boxes["mails"].values()) == outbound["sent"]
    assert set(inbound) == {"ticket_created", "message_added", "ignored", "duplicate"}


def test_afterwards_the_reader_writes_mail_and_ends_it_with_ctrl_c(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with running("--keep", str(kept), folder=tmp_path) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C ends the demo" in line:
                break
        port = re.search(r"SMTP 127\.0\.0\.1 port (\d+)", said)
        assert port, said
        with smtplib.SMTP("127.0.0.1", int(port[1]), timeout=LONGEST) as client:
            client.login(READER.address, READER.password)
            mail = f"From: {READER.address}\r\nSubject: Hello\r\n\r\nThe lamp is broken.\r\n"
            client.sendmail(READER.address, [COLLECTION.address], mail)
        wanted = f"{len(CUSTOMERS) + 1} notices"
        assert any(wanted in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        assert "Goodbye." in process.stdout.read()
        assert process.wait(LONGEST) == 0
    assert (kept / "postroom.db").exists()


def test_a_folder_in_use_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = subprocess.run(
        [POSTROOM, "demo", "--once", "--keep", tmp_path],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("postroom: The folder ")
    assert len(done.stderr.splitlines()) == 1
