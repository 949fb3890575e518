"""A consumer of chat events that kills itself (kill -9) when it reaches a given line of its code.

Run as ``python -m tests.support.dying`` with Postroom's variables set. It reads requests from standard input, one a
line: ``FILE:NUMBER`` runs a consumer until it reaches that line of that file below the repository, ``FILE`` one that
appends the lines that it reaches to this file until it is killed. Each is a process of its own, forked from this one,
which has everything imported; the answers are its process id, and its exit status when it has ended.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from backbone import telemetry
from backbone.broker import Publisher, open_broker
from backbone.exchange import consumer
from backbone.runtime import open_runtime
from backbone.settings import Settings, load
from tickets import bus

ROOT = Path(__file__).parents[2]
WATCHED: dict[str, frozenset[str]] = {
    "backbone/exchange/consumer.py": frozenset({"_take", "_read", "_turn", "end"}),
    "backbone/exchange/hands.py": frozenset({"give", "_work", "_fault_of", "_user"}),
    "backbone/exchange/quarantine.py": frozenset({"put"}),
    "tickets/bus.py": frozenset({"receive", "_post", "_take_back", "_is_new", "_ticket", "_written"}),
    "tickets/chat.py": frozenset({"post_in", "announce"}),
}
"""The functions through which an event goes; what others do to it is part of a transaction that these open."""

Reached = Callable[[str], None]


def main() -> None:
    """Answer requests until standard input ends."""
    for line in sys.stdin:
        request = line.strip()
        child = os.fork()
        if not child:
            _consume(request)
        _answer(child)
        _answer(os.waitpid(child, 0)[1])


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _consume(request: str) -> None:
    """Take events and never return."""
    try:
        watch = _tracer(_die_at(request) if ":" in request else _note_in(Path(request)))
        threading.settrace(watch)
        sys.settrace(watch)
        settings = load(Settings)
        telemetry.start(settings, "chat")  # log lines go to standard error
        runtime = open_runtime(settings, Publisher(open_broker(settings)), 1)
        consumer.run(runtime, bus.receive, 1, threading.Event())
    except BaseException:  # noqa: BLE001 - a child that came back would read its parent's requests
        traceback.print_exc()
    os._exit(1)


def _die_at(place: str) -> Reached:
    def reached(at: str) -> None:
        if at == place:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def _note_in(file: Path) -> Reached:
    seen: set[str] = set()

    def reached(at: str) -> None:
        if at not in seen:
            seen.add(at)
            with file.open("a") as lines:
                lines.write(f"{at}\n")

    return reached


def _tracer(reached: Reached) -> Callable[[FrameType, str, Any], Any]:
    watched = {str(ROOT / path): (path, names) for path, names in WATCHED.items()}

    def enter(frame: FrameType, _event: str, _argument: Any) -> Any:
        path, names = watched.get(frame.f_code.co_filename, ("", frozenset()))
        if frame.f_code.co_name not in names:
            return None

        def line(frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                reached(f"{path}:{frame.f_lineno}")
            return line

        return line

    return enter


if __name__ == "__main__":
    main()
