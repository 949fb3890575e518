"""Where tests get their servers from.

1. What the environment names (POSTROOM_TEST_AMQP_URL and its like) is used as it is and never started.
2. On Debian and Ubuntu the rest is started here as private instances; missing packages are installed.
3. Elsewhere nothing can be started: one sentence says what to do, by compose where an engine answers.

Whoever gives a server names all that `python -m deploy.services env` prints for it. A given S3 store also needs an
existing bucket, POSTROOM_TEST_S3_BUCKET; a given RabbitMQ lends its one virtual host to all tests.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping

from deploy.services import apt
from deploy.services.base import Service
from deploy.services.errors import ServiceError


def is_given(kind: type[Service], environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the environment already names such a server."""
    return bool(environment.get(kind.given_by))


def provide(kinds: list[type[Service]]) -> None:
    """Make sure that the servers' programs are on this machine, or say how to get servers otherwise."""
    packages = [package for kind in kinds for package in kind.packages]
    if not packages:
        return
    if not apt.is_debian():
        raise ServiceError(_elsewhere([kind for kind in kinds if kind.packages]))
    if missing := apt.missing(packages):
        print(f"Installing the Debian packages {', '.join(missing)} …", flush=True)
        apt.install(missing)


def _elsewhere(kinds: list[type[Service]]) -> str:
    variables = ", ".join(kind.given_by for kind in kinds)
    names = ", ".join(kind.name for kind in kinds)
    if _engine_answers():
        return (
            f"{names}: private instances need Debian or Ubuntu; here, start them with `docker compose up` and name"
            f" them by {variables}."
        )
    return (
        f"{names}: this machine has neither Debian packages nor a container engine that answers; start the servers"
        f" yourself and name them by {variables}."
    )


def _engine_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    command = ["docker", "info", "--format", "{{.ServerVersion}}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
