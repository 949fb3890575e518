"""Connections to mail servers: TLS contexts, and what went wrong with one, in a sentence that a person can act on."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum

from backbone.catalogue.model import Server
from backbone.errors import UserError


class Fault(StrEnum):
    """What kind of thing kept us from talking to a server."""

    HOST = "host"
    PORT = "port"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    SECURITY = "security"
    LOGIN = "login"
    FOLDER = "folder"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault and the sentence that says what, where and how to mend it."""

    fault: Fault
    sentence: str


class ServerTroubleError(Exception):
    """A mail server could not be used."""

    def __init__(self, fault: Fault, sentence: str) -> None:
        """Carry the fault and its sentence."""
        super().__init__(sentence)
        self.trouble = Trouble(fault, sentence)


def context(server: Server) -> ssl.SSLContext:
    """Return the TLS context for ``server``; raise UserError when its CA file cannot be read."""
    try:
        made = ssl.create_default_context(cafile=server.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"The ca_file {server.ca_file!r} of {server.host} cannot be read ({error}); "
            "name a PEM file with the certificate of the authority."
        ) from None
    if not server.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


def explain(error: Exception, server: Server, protocol: str) -> Trouble:
    """Return what ``error``, met while connecting to ``server``, means."""
    if isinstance(error, ServerTroubleError):
        return error.trouble
    place = f"{protocol} server {server.host}:{server.port}"
    for kind, fault, sentence in _SENTENCES:
        if isinstance(error, kind):
            detail = getattr(error, "verify_message", "") or getattr(error, "reason", "") or _short(error)
            return Trouble(
                fault,
                sentence.format(
                    place=place, host=server.host, security=server.security, usual=_USUAL[protocol], detail=detail
                ),
            )
    return Trouble(Fault.BROKEN, f"The {place} broke off: {_short(error)}; it will be tried again.")


_USUAL = {
    "IMAP": "usually 993 for tls, 143 for starttls or none",
    "SMTP": "usually 465 for tls, 587 for starttls, 25 for none",
}

_SENTENCES: tuple[tuple[type[Exception], Fault, str], ...] = (
    (socket.gaierror, Fault.HOST, "The host {host!r} is not known; check its spelling, and the name service here."),
    (
        ConnectionRefusedError,
        Fault.PORT,
        "Nothing answers at the {place}; check the port ({usual}) and that no firewall stands between.",
    ),
    (
        TimeoutError,
        Fault.TIMEOUT,
        "The {place} does not answer in time; check host, port, firewall and the security setting ({security}).",
    ),
    (
        ssl.SSLCertVerificationError,
        Fault.CERTIFICATE,
        (
            "The certificate of the {place} is not accepted ({detail}); use the host name that it is made for, give "
            "its authority as ca_file, or have the server's owner renew it."
        ),
    ),
    (
        ssl.SSLError,
        Fault.SECURITY,
        (
            "The {place} does not speak TLS as set ({detail}); security is {security}: try another of tls, starttls, "
            "none, or the port that goes with it."
        ),
    ),
)


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
