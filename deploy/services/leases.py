"""Who still needs a set: it is taken down when the last one is gone."""

from pathlib import Path

from deploy.services.process import Process

MANUAL = "manual"  # brought up from the command line, so down from there too


class Leases:
    """A file for each program that uses the set."""

    def __init__(self, root: Path) -> None:
        """Name the set's folder."""
        self._folder = root / "leases"

    def take(self, pid: int | None) -> None:
        """Note that a process (or, by None, a person) needs the set."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / holder_name(pid)).touch()

    def give_back(self, pid: int | None) -> None:
        """Note that it is needed no more."""
        (self._folder / holder_name(pid)).unlink(missing_ok=True)

    def has(self, pid: int) -> bool:
        """Tell whether this process has a lease."""
        return (self._folder / holder_name(pid)).exists()

    def living(self) -> list[str]:
        """Return the numbers of the living processes that need the set."""
        return [lease.name.partition("-")[0] for lease in self._folder.glob("*") if lives(lease.name)]

    def has_others_than(self, pid: int) -> bool:
        """Tell whether there are leases of others, dead ones included."""
        return any(lease.name != holder_name(pid) for lease in self._folder.glob("*"))

    def anybody(self) -> bool:
        """Tell whether somebody living needs the set; leases of the dead are removed."""
        living = False
        for lease in self._folder.glob("*"):
            if lease.name == MANUAL or lives(lease.name):
                living = True
            else:
                lease.unlink(missing_ok=True)
        return living

    def clear(self) -> None:
        """Forget everybody."""
        for lease in self._folder.glob("*"):
            lease.unlink(missing_ok=True)


def holder_name(pid: int | None) -> str:
    """Return the name of a holder, which no later process with the same number shares."""
    if pid is None:
        return MANUAL
    process = Process.of(pid)
    return f"{pid}-{process.started if process else 0}"


def lives(name: str) -> bool:
    """Tell whether the process of that name still runs; what follows a second dash is not looked at."""
    pid, _, started = name.partition("-")
    started = started.partition("-")[0]
    return pid.isdigit() and started.isdigit() and Process(int(pid), int(started)).alive()
