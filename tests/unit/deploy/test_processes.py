"""Processes are told apart, and ended with all their children."""

import os
import socket
import sys
from pathlib import Path

import pytest

from deploy.services import ServiceError, ports, process
from deploy.services.layout import Layout
from deploy.services.leases import Leases, holder_name, lives
from deploy.services.state import Record, State
from tests.support.waiting import wait_for

PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE).wait()"
STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"


def start(log: Path, code: str) -> process.Process:
    return process.start([sys.executable, "-c", code], log, env={process.MARK: str(log)})


def test_a_process_is_not_taken_for_another_with_its_number() -> None:
    us = process.Process.of(os.getpid())
    assert us is not None
    assert us.alive()
    assert not process.Process(us.pid, us.started + 1).alive()


def test_children_are_killed_with_their_parent(tmp_path: Path) -> None:
    parent = start(tmp_path / "log", PARENT)
    (child,) = wait_for(parent.descendants, 30, "the child")
    assert set(process.marked(str(tmp_path / "log"))) == {parent, child}
    process.kill([parent])
    assert not parent.alive()
    assert not child.alive()


def test_what_does_not_stop_is_killed_at_the_deadline(tmp_path: Path) -> None:
    log = tmp_path / "log"
    stubborn = start(log, STUBBORN)
    wait_for(log.read_text, 30, "the program's first line")
    process.stop([stubborn], seconds=0.2)
    assert not stubborn.alive()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="/no/such/program cannot be started"):
        process.start(["/no/such/program"], tmp_path / "log", env={})


def test_a_port_in_use_is_not_free() -> None:
    port = ports.choose(set())
    assert ports.is_free(port)
    with socket.create_server(("127.0.0.2", port)):
        assert not ports.is_free(port)


def test_leases_of_the_dead_do_not_count(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    leases.take(os.getpid())
    (tmp_path / "leases" / f"{os.getpid()}-1").touch()
    assert leases.anybody()
    leases.give_back(os.getpid())
    assert not leases.anybody()
    assert list((tmp_path / "leases").iterdir()) == []
    leases.take(None)
    assert leases.anybody()


def test_a_private_sets_folder_tells_whether_its_owner_lives() -> None:
    assert lives(f"{holder_name(os.getpid())}-label")
    assert not lives(f"{os.getpid()}-1-label")
    assert not lives("something else")


def test_records_survive_and_damaged_ones_count_as_none(tmp_path: Path) -> None:
    state = State(tmp_path)
    record = Record({"sql": 20001}, [process.Process(1, 2)])
    state.put("postgresql", record)
    assert State(tmp_path).read() == {"postgresql": record}
    for damage in ("", "{", "[]", '{"postgresql": {"ports": 1, "processes": []}}', '{"postgresql": 7}'):
        (tmp_path / "services.json").write_text(damage)
        assert state.read() == {}


def test_a_secret_is_made_once_and_half_made_data_is_removed(tmp_path: Path) -> None:
    layout = Layout.at(tmp_path)
    layout.make()
    secret = layout.secret
    layout.make()
    assert layout.secret == secret
    (layout.data / "secret").unlink()
    (layout.data / "rest").touch()
    layout.make()
    assert layout.secret != secret
    assert not (layout.data / "rest").exists()
    layout.wipe()
    assert not layout.data.exists()


def test_sockets_of_a_deep_folder_get_a_short_path(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20)
    layout = Layout.at(deep)
    assert len(str(layout.data)) < 50
    assert layout.data != Layout.at(tmp_path / "other").data
