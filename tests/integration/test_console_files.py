"""``postroom console`` as a process of its own: links in our mails, over both databases and both kinds of store."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from backbone import clock
from backbone.contracts import Attachment, Letter
from backbone.vault import new_key
from deploy.services import ports
from tests.support.buckets import Bucket
from tests.support.databases import Databases
from tests.support.deployment import ROOT
from tests.support.house import House, house, letter
from tests.support.sending import set_outgoing
from tests.support.waiting import wait_for
from tickets import chat, undo
from tickets.models import attachments, tickets

LARGE = 96_000_000
MOST_MEMORY = 60_000_000
"""Bytes by which the process may grow when it sends a large file: a few pieces, and what the libraries keep."""


@pytest.fixture(params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free_port: int,
    postgres_databases: Databases,
    s3_bucket: Bucket,
) -> Iterator[House]:
    changes: dict[str, Any] = {"secret_key": new_key(), "public_url": f"http://127.0.0.1:{free_port}"}
    if request.param == "postgresql":
        changes["database_url"] = postgres_databases.create()
        changes |= {"blob_url": s3_bucket.url, "blob_options": s3_bucket.options}
    with house(tmp_path, **changes) as made:
        for name, value in ({"data_dir": str(tmp_path)} | changes).items():
            text = json.dumps(value) if isinstance(value, dict) else value
            monkeypatch.setenv(f"POSTROOM_{name.upper()}", text)
        made.add_mailbox()
        set_outgoing(made, 1, attachments_mb=0, undo_seconds=600)
        made.take(letter())
        yield made


@pytest.fixture
def free_port() -> int:
    return ports.choose(set())


@pytest.fixture
def console(office: House, free_port: int) -> Iterator[subprocess.Popen[bytes]]:
    assert office
    with served(free_port) as process:
        yield process


@contextmanager
def served(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``postroom console`` at a port."""
    environment = os.environ | {"POSTROOM_CONSOLE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "console.cli", "console"], cwd=ROOT, env=environment)
    try:
        wait_for(lambda: process.poll() is not None or listening(port), 60, "the console to listen")
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def get(console: subprocess.Popen[bytes], free_port: int) -> Iterator[Callable[..., HTTPResponse]]:
    assert console
    opened: list[HTTPConnection] = []

    def ask(path: str, language: str = "", method: str = "GET") -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", free_port, timeout=30)
        opened.append(connection)
        connection.request(method, path, headers={"Accept-Language": language} if language else {})
        return connection.getresponse()

    yield ask
    for connection in opened:
        connection.close()


def shared(office: House, content: bytes, name: str = "акт 1.pdf") -> tuple[str, chat.Posted]:
    """Send a file through the chat; return the path of its link, and what was posted."""
    sha256 = office.runtime.blobs.put(content)
    file = Attachment(filename=name, content_type="text/html", size=len(content), sha256=sha256)
    posted = chat.post(office.runtime, str(office.rows(tickets)[0].number), "", "Анна", [file])
    (link,) = Letter.model_validate(office.owed()[-1].letter).links
    return link.url.removeprefix(office.runtime.settings.public_url), posted


def test_a_file_is_saved_and_never_shown(office: House, get: Callable[..., HTTPResponse]) -> None:
    content = b"<script>alert(1)</script>"
    path, _ = shared(office, content)
    answer = get(path)
    assert (answer.status, answer.read()) == (200, content)
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"___ 1.pdf\"; filename*=UTF-8''%D0%B0%D0%BA%D1%82%201.pdf"
    )
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in answer.headers
    asked = get(path, method="HEAD")
    assert (asked.status, asked.read()) == (200, b"")
    assert set(asked.headers.items()) - {("Date", asked.headers["Date"])} <= set(answer.headers.items())
    assert get(path, method="POST").status == 405


def test_a_large_file_is_never_whole_in_memory(
    office: House, console: subprocess.Popen[bytes], get: Callable[..., HTTPResponse]
) -> None:
    content = os.urandom(1 << 20) * (LARGE >> 20)
    path, _ = shared(office, content)
    small, _ = shared(office, b"x")
    assert get(small).read() == b"x"
    before = peak(console.pid)
    answer = get(path)
    place = 0
    while piece := answer.read(1 << 16):
        assert content[place : place + len(piece)] == piece
        place += len(piece)
    assert place == len(content)
    assert peak(console.pid) - before < MOST_MEMORY


def peak(process: int) -> int:
    """Return the most bytes of memory that a process ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024


def test_what_opens_nothing_says_why_in_the_reader_s_language(
    office: House, get: Callable[..., HTTPResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, posted = shared(office, b"one")
    monkeypatch.setattr(clock, "now", lambda real=clock.now: real().replace(year=2020))
    expired, _ = shared(office, b"two")
    monkeypatch.undo()
    undone, posted = shared(office, b"three")
    undo.take_back(office.runtime, posted.chat_message_id)
    gone, _ = shared(office, b"four")
    office.change(attachments, attachments.c.size == 4, sha256="f" * 64)
    for wrong, status, words in (
        (expired, 410, "Срок действия ссылки истёк"),
        (path[:-1] + ("A" if path[-1] != "A" else "B"), 404, "Здесь ничего нет"),
        ("/f/nonsense", 404, "Здесь ничего нет"),
        ("/f/nonsense/", 404, "Здесь ничего нет"),  # and leads to no host that the request names
        ("/f/%00%ff.%f0", 404, "Здесь ничего нет"),
        ("/f/" + "x" * 5000, 404, "Здесь ничего нет"),
        ("/", 404, "Здесь ничего нет"),
        ("/docs", 404, "Здесь ничего нет"),
        (undone, 404, "Здесь ничего нет"),
        (gone, 404, "Здесь ничего нет"),
    ):
        answer = get(wrong, "ru-RU,ru;q=0.9,en;q=0.8")
        page = answer.read().decode()
        assert (answer.status, words in page, '<html lang="ru">' in page) == (status, True, True), wrong
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "This link has expired" in get(expired).read().decode()
    assert "There is nothing here" in get("/f/nonsense", "de").read().decode()


def test_the_process_tells_that_it_is_there(get: Callable[..., HTTPResponse]) -> None:
    answer = get("/healthz")
    assert (answer.status, answer.read()) == (200, b"ok\n")
