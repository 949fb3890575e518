"""What is written down about a running set: services.json, and a lock around changing it."""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.services.process import Process

FILE = "services.json"


@dataclass(frozen=True)
class Record:
    """One server as it was started."""

    ports: dict[str, int] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def alive(self) -> bool:
        """Tell whether its main process still runs."""
        return bool(self.processes) and self.processes[0].alive()


class State:
    """The records of a set, kept in its folder."""

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is read yet."""
        self._file = root / FILE
        self._lock_file = root / "lock"
        self._threads = threading.RLock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other program off the set."""
        with self._lock_file.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def read(self) -> dict[str, Record]:
        """Return all records; a file that cannot be read counts as none."""
        try:
            written = json.loads(self._file.read_text())
            return {name: _record(each) for name, each in written.items()}
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def put(self, name: str, record: Record) -> None:
        """Write down one server."""
        with self._threads:
            records = {**self.read(), name: record}
            self._write(records)

    def _write(self, records: dict[str, Record]) -> None:
        text = {
            name: {
                "ports": record.ports,
                "processes": [{"pid": each.pid, "started": each.started} for each in record.processes],
            }
            for name, record in records.items()
        }
        half = self._file.with_name(f"{FILE}.{os.getpid()}")
        half.write_text(json.dumps(text, indent=2) + "\n")
        half.replace(self._file)


def _record(written: dict[str, dict[str, int] | list[dict[str, int]]]) -> Record:
    ports, processes = written["ports"], written["processes"]
    if not isinstance(ports, dict) or not isinstance(processes, list):
        raise TypeError(written)
    return Record(
        {str(key): int(value) for key, value in ports.items()},
        [Process(int(each["pid"]), int(each["started"])) for each in processes],
    )
