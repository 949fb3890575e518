"""Starting, finding, waiting for and ending processes; Linux only, by /proc."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.services.errors import ServiceError

POLL_SECONDS = 0.05
PROC = Path("/proc")
MARK = "POSTROOM_SERVICES_ROOT"


@dataclass(frozen=True)
class Process:
    """One process, told apart from a later one with the same number by its start time."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """Return the process with this number, or None when there is none, or only its zombie."""
        fields = _stat(pid)
        return None if fields is None or fields[0] == "Z" else cls(pid, int(fields[19]))

    def alive(self) -> bool:
        """Tell whether this very process still runs."""
        return Process.of(self.pid) == self

    def signal(self, number: int) -> None:
        """Send a signal unless the process is gone."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def descendants(self) -> list["Process"]:
        """Return all living children, their children and so on."""
        parents: dict[int, list[int]] = {}
        for entry in PROC.iterdir():
            if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
        found: list[Process] = []
        queue = [self.pid]
        while queue:
            for pid in parents.get(queue.pop(), []):
                queue.append(pid)
                if (child := Process.of(pid)) is not None:
                    found.append(child)
        return found


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on (the name before them may hold spaces)."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def marked(root: str) -> list[Process]:
    """Return the processes that were started for the set in the folder `root`, whatever became of its records."""
    mark = f"{MARK}={root}".encode()
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and mark in _environ(entry)]
    return [each for pid in pids if (each := Process.of(pid)) is not None]


def inside(folder: Path) -> list[Process]:
    """Return the processes whose working directory is `folder`."""
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _works_in(entry, folder)]
    return [each for pid in pids if (each := Process.of(pid)) is not None]


def _works_in(entry: Path, folder: Path) -> bool:
    try:
        return (entry / "cwd").readlink() == folder
    except OSError:
        return False


def _environ(entry: Path) -> list[bytes]:
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def start(
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str],
    user: int | None = None,
    group: int | None = None,
) -> Process:
    """Start a server in its own session, its output going to the end of `log`; `user` needs root."""
    try:
        with log.open("ab") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=dict(env),
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )
    except OSError as error:
        raise ServiceError(f"{command[0]} cannot be started: {error}.") from error
    _children[child.pid] = child
    return Process.of(child.pid) or Process(child.pid, 0)


# A child must be waited for by its parent, or it stays as a zombie (and Python warns about it).
_children: dict[int, subprocess.Popen[bytes]] = {}


def reap() -> None:
    """Collect the exit codes of servers that were started here and have ended."""
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def let_go() -> None:
    """Forget the servers started here: they are meant to outlive this program."""
    for child in _children.values():
        child.returncode = 0
    _children.clear()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until the condition holds (True) or the time is over (False)."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)


def stop(processes: Iterable[Process], number: int = signal.SIGTERM, seconds: float = 20) -> None:
    """Ask the processes to end; what is left of them and of their children at the deadline is killed."""
    leaders = list(processes)
    everyone = [*leaders, *(child for leader in leaders for child in leader.descendants())]
    for leader in leaders:
        leader.signal(number)
    _gone(leaders, seconds)
    kill(everyone)


def kill(processes: Iterable[Process]) -> None:
    """Kill the processes and all their children, and wait until they are gone."""
    leaders = list(processes)
    everyone = [*leaders, *(child for leader in leaders for child in leader.descendants())]
    for each in everyone:
        each.signal(signal.SIGKILL)
    if not _gone(everyone, 10):
        left = ", ".join(str(each.pid) for each in everyone if each.alive())
        raise ServiceError(f"Processes {left} do not die even by SIGKILL; look at them with ps.")


def _gone(processes: list[Process], seconds: float) -> bool:
    def all_gone() -> bool:
        reap()
        return not any(each.alive() for each in processes)

    return wait_until(all_gone, seconds)
