"""A private PostgreSQL."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT

import psycopg

from deploy.services import process
from deploy.services.base import Service
from deploy.services.errors import ServiceError

PROGRAMS = Path("/usr/lib/postgresql")
USER = "postroom"
INIT_SECONDS = 60


class PostgreSQL(Service):
    """PostgreSQL that keeps what it has committed, on 127.0.0.1 and on a socket in its folder."""

    name = "postgresql"
    packages = ("postgresql",)
    port_names = ("sql",)
    given_by = "POSTROOM_TEST_POSTGRES_URL"
    stop_signal = SIGINT  # ends sessions at once, with a clean shutdown

    def start(self) -> list[process.Process]:
        """Make the cluster if there is none yet, and start it."""
        home = self.layout.folder(self.name)
        data = home / "cluster"
        if not data.exists():
            self._make_cluster(home, data)
        _bury_predecessor(home, data)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.ports["sql"],
            "unix_socket_directories": home,
            "max_connections": 200,
            "shared_buffers": "128MB",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "max_wal_size": "1GB",
            "jit": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [self.spawn([_program("postgres"), "-D", str(data), *options], _environment())]

    def ready(self) -> bool:
        """Tell whether a statement is answered."""
        try:
            with psycopg.connect(self.url(), connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def environment(self) -> dict[str, str]:
        """Return the URL of the maintenance database, whose user may create others."""
        return {"POSTROOM_TEST_POSTGRES_URL": self.url()}

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql://{USER}:{self.layout.secret}@127.0.0.1:{self.ports['sql']}/{database}"

    def _make_cluster(self, home: Path, data: Path) -> None:
        half = home / "half"
        shutil.rmtree(half, ignore_errors=True)
        password = self.layout.write(home / "password", self.layout.secret)
        command = [_program("initdb"), "-D", str(half), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(password)]
        self._run([*command, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
        half.rename(data)

    def _run(self, command: Sequence[str]) -> None:
        account = self.layout.account
        with self.layout.log(self.name).open("ab") as log:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                user=account.uid,
                group=account.gid,
                extra_groups=None if account.uid is None else [],
                timeout=INIT_SECONDS,
                check=False,
            )
        if done.returncode != 0:
            raise ServiceError(f"PostgreSQL's initdb failed; {self.layout.log(self.name)} says why.")


def _program(name: str) -> str:
    """Return the newest installed version of a PostgreSQL program."""
    versions = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise ServiceError(f"No {name} below {PROGRAMS}: reinstall the Debian package postgresql.")
    return str(versions[-1])


def _bury_predecessor(home: Path, data: Path) -> None:
    """Remove what a killed server left, which this one would take for a living one.

    Its children end a moment after it. Its own number may stay taken by a zombie in a container whose first process
    collects none, so PostgreSQL's own look at its lock files is not enough.
    """
    process.kill(process.inside(data))
    for left in (data / "postmaster.pid", *home.glob(".s.PGSQL.*")):
        left.unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    # Variables such as PGDATA or PGPORT of whoever calls must not reach a private server.
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
