"""What was measured on: printed above every figure."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("dramatiq", "pika", "sqlalchemy", "psycopg", "pydantic", "imap-tools", "obstore")


def describe() -> str:
    """Return the machine, the versions and the command, one a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor() or "unknown processor",
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return "\n".join(
        (
            f"machine   {os.cpu_count()} cores, {model}",
            f"versions  Python {platform.python_version()}, {libraries}",
            f"command   python -m benchmarks {' '.join(sys.argv[1:])}",
        )
    )
