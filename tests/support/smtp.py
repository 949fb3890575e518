"""The SMTP server of a test: where it is, what it took, how it shall behave."""

from dataclasses import dataclass
from pathlib import Path

from deploy.services.smtp_control import AcceptedMail, Behaviour, Counts, SmtpControl
from tests.support.waiting import wait_for

__all__ = ["AcceptedMail", "Behaviour", "Counts", "SmtpServer"]


@dataclass(frozen=True)
class SmtpServer:
    """An SMTP server; any user may log in by `password`, and must on all ports but the plain one."""

    host: str
    tls_port: int
    starttls_port: int
    plain_port: int
    control_port: int
    password: str
    ca_file: Path

    @property
    def control(self) -> SmtpControl:
        """Return its control interface: behave(), behave_well(), reset(), counts(), mails()."""
        return SmtpControl(self.control_port)

    def mails(self, since: int = 0) -> list[AcceptedMail]:
        """Return the mails taken so far, from number `since` on."""
        return self.control.mails(since)

    def behave(self, behaviour: Behaviour) -> None:
        """Make it treat some recipients in a certain way."""
        self.control.behave(behaviour)

    def wait_for_mails(self, count: int, timeout: float = 30) -> list[AcceptedMail]:
        """Wait until so many mails were taken, and return all."""
        wait_for(lambda: self.control.counts().mails >= count, timeout, f"{count} mails at the SMTP server")
        return self.mails()
