"""The process that runs patterns which may not end: ``python -m parse.rules.worker MEMORY``, spoken to over its pipes.

It reads requests from standard input and writes answers to standard output: four bytes of length, JSON, and after a
request the text as UTF-8. Its memory is limited, it goes behind others on a busy core, and it ends with its input.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from parse.rules.program import Gap, Program, Step, find

LENGTH = struct.Struct(">I")
READY = b"\x06"
"""Written once when the process is up."""

NICENESS = 10


def request(program: Program, size: int, seconds: float) -> bytes:
    """Return the head of a request for ``size`` bytes of text."""
    steps = [[step.source, step.prefix, step.gap] for step in program.steps]
    return _framed({"steps": steps, "size": size, "seconds": seconds})


def main() -> None:
    """Answer requests until the input ends."""
    limit_memory(int(sys.argv[1]))
    os.nice(NICENESS)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(READY)
    sink.flush()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        while head := source.read(LENGTH.size):
            sink.write(_framed(_answer(source, LENGTH.unpack(head)[0])))
            sink.flush()


def limit_memory(extra: int) -> None:
    """Let this process have ``extra`` bytes more than it has."""
    statistics = Path("/proc/self/statm")
    has = int(statistics.read_text().split()[0]) * resource.getpagesize() if statistics.exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (has + extra, has + extra))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(source: BinaryIO, length: int) -> dict[str, Any]:
    asked = json.loads(source.read(length))
    try:
        text = source.read(asked["size"]).decode("utf-8", "surrogatepass")
        steps = tuple(Step(body, prefix, Gap(gap)) for body, prefix, gap in asked["steps"])
        spans = find(Program(steps), text, asked["seconds"])
    except TimeoutError:
        return {"failure": "regex_timeout"}
    except MemoryError:
        return {"failure": "regex_memory"}
    return {"spans": None if spans is None else [[number, *place] for number, place in spans.items()]}


def _framed(document: dict[str, Any]) -> bytes:
    body = json.dumps(document).encode()
    return LENGTH.pack(len(body)) + body


if __name__ == "__main__":
    main()
