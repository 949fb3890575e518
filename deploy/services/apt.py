"""Debian packages: which are missing, and installing them."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable

from deploy.services.errors import ServiceError

INSTALL_SECONDS = 900


def is_debian() -> bool:
    """Tell whether this machine takes Debian packages (Debian, Ubuntu and their kin)."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return False
    kin = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    return bool(kin & {"debian", "ubuntu"}) and shutil.which("dpkg-query") is not None


def missing(packages: Iterable[str]) -> list[str]:
    """Return the packages that are not installed."""
    return [name for name in packages if not _installed(name)]


def install(packages: list[str]) -> None:
    """Install packages as root or by sudo without a password."""
    wanted = f"apt-get install --no-install-recommends {' '.join(packages)}"
    prefix = _root_prefix(wanted)
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        command = [*prefix, "env", *(f"{k}={v}" for k, v in env.items()), "apt-get", "-q", *step]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise ServiceError(f"'{wanted}' was not done in {INSTALL_SECONDS} s; run it yourself.") from error
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ServiceError(f"'apt-get {' '.join(step)}' failed ({reason}); run '{wanted}' as root yourself.")


def _root_prefix(wanted: str) -> list[str]:
    if os.getuid() == 0:
        return []
    if shutil.which("sudo"):
        able = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if able.returncode == 0:
            return ["sudo", "-n"]
    raise ServiceError(
        f"Servers for tests are not installed, and neither root nor sudo without a password is at hand: run '{wanted}'."
    )


def _installed(name: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout == "installed"
