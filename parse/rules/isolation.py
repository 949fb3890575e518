"""A process apart in which a pattern may run away: spoken to under a deadline, killed past it, replaced."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

from parse.rules.program import Program, Spans
from parse.rules.worker import LENGTH, READY, request

BOOT_SECONDS = 30.0
"""What the process has to come up; it does in a tenth of a second."""

GRACE = 0.25
"""It ends a search itself at the limit, and is killed this much later."""

_ROOT = str(Path(__file__).resolve().parents[2])
_CHUNK = 1 << 16


class MemoryExceeded(Exception):  # noqa: N818 - an outcome, not a fault
    """The search wanted more memory than it may have."""


class Isolated:
    """One process apart, started when it is first needed. Not for two threads at once."""

    def __init__(self, memory_bytes: int) -> None:
        """Remember the limit."""
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def find(self, program: Program, text: str, seconds: float) -> Spans | None:
        """Do :func:`parse.rules.program.find` over there; raise TimeoutError or MemoryExceeded."""
        body = text.encode("utf-8", "surrogatepass")
        self._await_boot()
        until = time.monotonic() + seconds + GRACE
        try:
            self._write(request(program, len(body), seconds) + body, until)
            answer = json.loads(self._read(LENGTH.unpack(self._read(LENGTH.size, until))[0], until))
        except TimeoutError:
            self.restart()
            raise
        except (BrokenPipeError, EOFError) as error:
            # the system ends a process that asks for memory in a way that Python cannot answer
            self.restart()
            raise MemoryExceeded from error
        failure = answer.get("failure")
        if failure == "regex_timeout":
            raise TimeoutError
        if failure:
            self.restart()
            raise MemoryExceeded
        spans = answer["spans"]
        return None if spans is None else {number: (start, end) for number, start, end in spans}

    def restart(self) -> None:
        """Kill the process and start another, without waiting until it is up."""
        self.close()
        self._start()

    def close(self) -> None:
        """Kill the process."""
        if self._process is None:
            return
        with self._process as process:
            process.kill()
        self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        # no secret of ours goes along: the environment is its own
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "parse.rules.worker", str(self._memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={"PYTHONPATH": _ROOT, "PATH": os.defpath},
        )
        self._ready = False
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                os.set_blocking(pipe.fileno(), False)
        return self._process

    def _await_boot(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.restart()
        if not self._ready:
            try:
                self._ready = self._read(len(READY), time.monotonic() + BOOT_SECONDS) == READY
            except (EOFError, TimeoutError) as error:
                self.close()
                raise RuntimeError("the process that runs patterns does not start") from error

    def _write(self, data: bytes, until: float) -> None:
        pipe = self._process.stdin if self._process else None
        view = memoryview(data)
        while view and pipe:
            _wait(pipe.fileno(), select.POLLOUT, until)
            view = view[os.write(pipe.fileno(), view[:_CHUNK]) :]

    def _read(self, size: int, until: float) -> bytes:
        pipe = self._process.stdout if self._process else None
        parts = bytearray()
        while len(parts) < size and pipe:
            _wait(pipe.fileno(), select.POLLIN, until)
            part = os.read(pipe.fileno(), size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)


def _wait(descriptor: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = until - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError
