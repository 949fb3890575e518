"""What every server of a set has in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from signal import SIGTERM
from typing import ClassVar

from deploy.services import process
from deploy.services.layout import Layout


class Service(ABC):
    """One server: how it is prepared, started, asked whether it is ready, and reached."""

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]] = ()
    port_names: ClassVar[tuple[str, ...]]
    given_by: ClassVar[str]  # the environment variable by which somebody else's server is named
    stop_signal: ClassVar[int] = SIGTERM

    def __init__(self, layout: Layout, ports: Mapping[str, int]) -> None:
        """Describe the server on the given ports; nothing is touched yet."""
        self.layout = layout
        self.ports = ports

    @abstractmethod
    def start(self) -> list[process.Process]:
        """Write the configuration, start the server and return its processes, the main one first."""

    @abstractmethod
    def ready(self) -> bool:
        """Tell, within a second or two, whether the server answers as it should."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Return the environment variables by which tests find the server."""

    def spawn(self, command: Sequence[str], env: Mapping[str, str]) -> process.Process:
        """Start a process of this server as the servers' account."""
        account = self.layout.account
        log = self.layout.log(self.name)
        marked = {**env, process.MARK: str(self.layout.root)}
        return process.start(command, log, env=marked, user=account.uid, group=account.gid)

    def spawn_as_us(self, command: Sequence[str], env: Mapping[str, str]) -> process.Process:
        """Start a Python process of this server as ourselves: others may not be able to read our environment."""
        return process.start(command, self.layout.log(self.name), env={**env, process.MARK: str(self.layout.root)})
