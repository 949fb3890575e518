"""A private SMTP server that takes mail for everybody, or misbehaves as a test asks it to."""

import os
import sys
from pathlib import Path

from deploy.services import process, tls
from deploy.services.base import Service
from deploy.services.smtp_control import SmtpControl

CHECKOUT = Path(__file__).parents[2]


class Smtp(Service):
    """SMTP by implicit TLS and by STARTTLS, both with AUTH, and plain without."""

    name = "smtp"
    port_names = ("smtps", "starttls", "plain", "control")
    given_by = "POSTROOM_TEST_SMTP_HOST"

    def start(self) -> list[process.Process]:
        """Start the sink."""
        tls.certificates(self.layout)
        numbers = [str(self.ports[name]) for name in self.port_names]
        command = [sys.executable, "-m", "deploy.services.smtp_sink", str(self.layout.root), *numbers]
        return [self.spawn_as_us(command, {"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT)})]

    def ready(self) -> bool:
        """Tell whether the control interface answers; it is opened last."""
        try:
            SmtpControl(self.ports["control"]).counts()
        except (OSError, ValueError):
            return False
        return True

    def environment(self) -> dict[str, str]:
        """Return where it listens, the password of all users, and the authority to trust."""
        return {
            "POSTROOM_TEST_SMTP_HOST": tls.GOOD_HOST,
            "POSTROOM_TEST_SMTP_TLS_PORT": str(self.ports["smtps"]),
            "POSTROOM_TEST_SMTP_STARTTLS_PORT": str(self.ports["starttls"]),
            "POSTROOM_TEST_SMTP_PLAIN_PORT": str(self.ports["plain"]),
            "POSTROOM_TEST_SMTP_CONTROL_PORT": str(self.ports["control"]),
            "POSTROOM_TEST_SMTP_PASSWORD": self.layout.secret,
            "POSTROOM_TEST_SMTP_CA_FILE": str(tls.certificates(self.layout).authority),
        }
