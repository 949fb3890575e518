"""A private Dovecot: IMAP with STARTTLS, and IMAPS."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from deploy.services import tls
from deploy.services.base import Service
from deploy.services.errors import ServiceError
from deploy.services.process import Process

PROGRAM = "/usr/sbin/dovecot"
REFUSED_USER = "refused@postroom.test"

CONFIGURATION = """\
protocols = imap
listen = {hosts}
base_dir = {home}/run
state_dir = {home}/run
instance_name = postroom-{token}
log_path = /dev/stderr
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
default_process_limit = 2000
default_client_limit = 4000
mail_location = sdbox:~/mail
mail_fsync = never
mail_max_userip_connections = 1000
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
auth_cache_size = 1M
ssl = yes
ssl_min_protocol = TLSv1.2
{certificate}
passdb {{
  driver = passwd-file
  deny = yes
  args = {home}/refused
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 2000
}}
"""


class Dovecot(Service):
    """Dovecot that knows every user by one password, but for one that it refuses."""

    name = "dovecot"
    packages = ("dovecot-imapd",)
    port_names = ("imap", "imaps")
    given_by = "POSTROOM_TEST_IMAP_HOST"

    def start(self) -> list[Process]:
        """Write the configuration and start the server in the foreground."""
        _check_version()
        home = self.layout.folder(self.name)
        shutil.rmtree(home / "run", ignore_errors=True)
        for folder in ("run", "mail"):
            self.layout.folder(self.name, folder)
        self.layout.write(home / "refused", f"{REFUSED_USER}:\n")
        configuration = self.layout.write(home / "dovecot.conf", self._configuration(home))
        return [self.spawn([PROGRAM, "-F", "-c", str(configuration)], {"PATH": os.defpath, "LC_ALL": "C.UTF-8"})]

    def ready(self) -> bool:
        """Tell whether a login is taken."""
        try:
            with socket.create_connection(("127.0.0.1", self.ports["imap"]), timeout=2) as connection:
                lines = connection.makefile("rb")
                greeting = lines.readline()
                connection.sendall(f"a LOGIN ready@postroom.test {self.layout.secret}\r\n".encode())
                answer = lines.readline()
        except OSError:
            return False
        return greeting.startswith(b"* OK") and answer.startswith(b"a OK")

    def environment(self) -> dict[str, str]:
        """Return where it listens, the password of all users, and the authority to trust."""
        return {
            "POSTROOM_TEST_IMAP_HOST": tls.GOOD_HOST,
            "POSTROOM_TEST_IMAP_PORT": str(self.ports["imaps"]),
            "POSTROOM_TEST_IMAP_PLAIN_PORT": str(self.ports["imap"]),
            "POSTROOM_TEST_IMAP_PASSWORD": self.layout.secret,
            "POSTROOM_TEST_IMAP_CA_FILE": str(tls.certificates(self.layout).authority),
        }

    def _configuration(self, home: Path) -> str:
        certificates = tls.certificates(self.layout)
        shown = [f"ssl_cert = <{certificates.good.certificate}", f"ssl_key = <{certificates.good.key}"]
        for host, pair in certificates.by_host().items():
            shown.append(f"local {host} {{\n  ssl_cert = <{pair.certificate}\n  ssl_key = <{pair.key}\n}}")
        return CONFIGURATION.format(
            home=home,
            hosts=", ".join(certificates.by_host()),
            token=self.layout.token,
            user=self.layout.account.name,
            group=self.layout.account.group,
            certificate="\n".join(shown),
            password=self.layout.secret,
            **self.ports,
        )


def _check_version() -> None:
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=False).stdout
    if not re.match(r"2\.3\.", said):
        raise ServiceError(
            f"Dovecot {said.split(' ')[0].strip() or '?'} is installed, but the private instance is written for 2.3:"
            " name another IMAP server by POSTROOM_TEST_IMAP_HOST and POSTROOM_TEST_IMAP_PORT."
        )
