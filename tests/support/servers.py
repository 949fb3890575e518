"""The servers a test session uses: those that the environment names, the rest started by deploy.services."""

import os
from collections.abc import Iterable
from pathlib import Path

from deploy.services import KINDS, ServiceSet, process
from deploy.services.given import is_given
from deploy.services.rabbitmq import RabbitMQ

HOLDER = "POSTROOM_TEST_HOLDER"  # number of the process whose end is the session's end
KEEP = "POSTROOM_KEEP_SERVICES"
FOLDER = Path(__file__).parents[2] / ".services"

# A test that asks for one of these fixtures needs that server.
FIXTURES = {
    "postgres_databases": "postgresql",
    "vhosts": "rabbitmq",
    "mailbox_factory": "dovecot",
    "s3_bucket": "s3",
}


class Servers:
    """The servers of one test session, shared by its pytest-xdist workers."""

    def __init__(self) -> None:
        """Look at what runs; nothing is started yet."""
        self.shared = ServiceSet(FOLDER)
        # Named by `deploy.services env`, they are given and yet ours to steer.
        ours = self.shared.environment()
        self._given = {
            name
            for name, kind in KINDS.items()
            if is_given(kind) and os.environ[kind.given_by] != ours.get(kind.given_by)
        }

    def up(self, names: Iterable[str]) -> None:
        """Bring up what is not given; raise ServiceError when that cannot be done."""
        self.shared.up([name for name in names if name not in self._given], holder())

    def given(self, name: str) -> bool:
        """Tell whether this is somebody else's server."""
        return name in self._given

    def lasting(self, name: str) -> bool:
        """Tell whether the server will live on after this session, which then shall leave nothing in it."""
        return self.given(name) or bool(os.environ.get(KEEP)) or self.shared.leases.has_others_than(holder())

    def setting(self, name: str, default: str | None = None) -> str:
        """Return a POSTROOM_TEST_* variable, as given or as of the servers started here."""
        found = {**self.shared.environment(), **_given_settings(self._given)}
        value = found.get(name, default)
        if value is None:
            raise KeyError(f"{name} is not set; a server given by environment needs all of its variables.")
        return value

    def rabbitmq(self) -> RabbitMQ:
        """Return the RabbitMQ started here."""
        return self.shared.rabbitmq()


def holder() -> int:
    """Return the process that holds the servers: the session's first, also for its workers."""
    return int(os.environ.get(HOLDER, os.getpid()))


def begin_session() -> None:
    """Note which process holds the servers."""
    os.environ.setdefault(HOLDER, str(os.getpid()))


def end_session() -> None:
    """Take down what nobody else needs, unless asked to keep it; does nothing in a worker."""
    if holder() != os.getpid():
        process.let_go()
        return
    if FOLDER.exists():
        shared = ServiceSet(FOLDER)
        if os.environ.get(KEEP):
            shared.keep(os.getpid())
        elif shared.leases.has(os.getpid()):
            shared.release(os.getpid(), wipe=True)
    process.let_go()
    del os.environ[HOLDER]


def _given_settings(names: set[str]) -> dict[str, str]:
    prefixes = tuple(KINDS[name].given_by.rpartition("_")[0] for name in names)
    return {key: value for key, value in os.environ.items() if prefixes and key.startswith(prefixes)}
