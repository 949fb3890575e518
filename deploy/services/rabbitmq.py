"""A private RabbitMQ with its own node name, cookie and port mapper."""

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.services import process
from deploy.services.base import Service
from deploy.services.errors import ServiceError

PROGRAMS = Path("/usr/lib/rabbitmq/bin")  # Debian's wrappers elsewhere insist on the system's own instance
USER = "postroom"
MAPPER_SECONDS = 10
CONTROL_SECONDS = 60
# Few threads, no busy waiting (RabbitMQ's default), and clustering on loopback only.
SERVER_ARGUMENTS = "+S 2:2 +SDcpu 1:1 +SDio 2 +A 8 -kernel inet_dist_use_interface {127,0,0,1}"
HANDSHAKE = b"AMQP\x00\x00\x09\x01"

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
loopback_users = none
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 100MB
log.console = true
log.console.level = info
log.file = false
"""

# The write-ahead log of quorum queues may otherwise grow to half a gigabyte, all of it in memory as well.
ADVANCED = "[{ra, [{wal_max_size_bytes, 33554432}]}].\n"


class RabbitMQ(Service):
    """RabbitMQ, modest in cores and memory, that can be stopped and started again on the same data."""

    name = "rabbitmq"
    packages = ("rabbitmq-server",)
    port_names = ("amqp", "distribution", "mapper")
    given_by = "POSTROOM_TEST_AMQP_URL"

    def start(self) -> list[process.Process]:
        """Start the port mapper, then the broker."""
        home = self.layout.folder(self.name)
        self.layout.folder(self.name, "data")
        settings = {"port": self.ports["amqp"], "user": USER, "password": self.layout.secret}
        self.layout.write(home / "rabbitmq.conf", CONFIGURATION.format(**settings))
        self.layout.write(home / "advanced.config", ADVANCED)
        self.layout.write(home / "enabled_plugins", "[].\n")
        self.layout.write(home / ".erlang.cookie", self.layout.secret, 0o400)
        env = self._environment(home)
        # Started by us, for otherwise Erlang starts one that outlives the broker.
        mapper = self.spawn(["epmd", "-address", "127.0.0.1", "-port", str(self.ports["mapper"])], env)
        if not process.wait_until(lambda: _answers(self.ports["mapper"]), MAPPER_SECONDS):
            process.kill([mapper])
            raise ServiceError(f"RabbitMQ's port mapper does not start; {self.layout.log(self.name)} says why.")
        return [self.spawn([str(PROGRAMS / "rabbitmq-server")], env), mapper]

    def ready(self) -> bool:
        """Tell whether AMQP is spoken; the listener is the last thing that the broker opens."""
        try:
            with socket.create_connection(("127.0.0.1", self.ports["amqp"]), timeout=2) as connection:
                connection.sendall(HANDSHAKE)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def environment(self) -> dict[str, str]:
        """Return the URL of the default virtual host."""
        return {"POSTROOM_TEST_AMQP_URL": self.url()}

    def url(self, vhost: str = "/") -> str:
        """Return the URL of a virtual host."""
        path = "%2F" if vhost == "/" else vhost
        return f"amqp://{USER}:{self.layout.secret}@127.0.0.1:{self.ports['amqp']}/{path}"

    def add_vhosts(self, names: Sequence[str]) -> None:
        """Add virtual hosts, all in one call: starting rabbitmqctl takes longer than what it does."""
        self.control("eval", _for_each(names, ADD_VHOST))

    def delete_vhosts(self, names: Sequence[str]) -> None:
        """Delete virtual hosts with everything in them."""
        self.control("eval", _for_each(names, 'rabbit_vhost:delete(Name, <<"postroom">>)'))

    def purge(self, vhost: str = "/") -> None:
        """Empty every queue of a virtual host."""
        for queue in self.control("-q", "-p", vhost, "list_queues", "name", "--no-table-headers").split("\n"):
            if queue.strip():
                self.control("-q", "-p", vhost, "purge_queue", queue.strip())

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl on this broker and return what it printed."""
        account = self.layout.account
        done = subprocess.run(
            [str(PROGRAMS / "rabbitmqctl"), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=self._environment(self.layout.folder(self.name)),
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
            timeout=CONTROL_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = " ".join((done.stderr + done.stdout).split())
            raise ServiceError(f"rabbitmqctl {arguments[0]} failed: {said}")
        return done.stdout

    def _environment(self, home: Path) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.ports["mapper"]),
            "RABBITMQ_NODENAME": f"postroom-{self.layout.token}@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_CTL_DIST_PORT_MIN": "0",  # any free port
            "RABBITMQ_CTL_DIST_PORT_MAX": "0",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",  # the system's instance has its own
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": SERVER_ARGUMENTS,
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",  # bound to cores it would fight with what is tested
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1 +SDcpu 1:1 +SDio 1 +A 1",
            # Makes the script replace itself by the broker, so that signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


ADD_VHOST = (
    'rabbit_vhost:add(Name, <<"postroom">>),'
    ' rabbit_auth_backend_internal:set_permissions(<<"postroom">>, Name, <<".*">>, <<".*">>, <<".*">>, <<"postroom">>)'
)


def _for_each(names: Sequence[str], action: str) -> str:
    listed = ", ".join(f'<<"{name}">>' for name in names)
    return f"lists:foreach(fun(Name) -> {action} end, [{listed}])."


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
