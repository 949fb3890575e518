"""Opening a connection to an SMTP server: TLS as it is set, then the login."""

from __future__ import annotations

import smtplib
from collections.abc import Callable

from backbone.catalogue.model import Server
from backbone.tls import Fault, ServerTroubleError, context


def connect(server: Server, password: Callable[[], str], timeout: float) -> smtplib.SMTP:
    """Return a connection that is secured and logged in as ``server`` says.

    Raises ServerTroubleError with a sentence, or what the socket and smtplib raise. ``timeout`` is in seconds.
    """
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context(server))
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security == "starttls":
            _start_tls(smtp, server)
        smtp.ehlo_or_helo_if_needed()
        if server.login:
            _login(smtp, server, password())
    except BaseException:
        smtp.close()
        raise
    return smtp


def plain(words: bytes | str) -> str:
    """Return a server's words on one line, and cut."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:500]


def _start_tls(smtp: smtplib.SMTP, server: Server) -> None:
    try:
        smtp.starttls(context=context(server))
    except smtplib.SMTPNotSupportedError:
        raise ServerTroubleError(
            Fault.SECURITY,
            f"The SMTP server {server.host}:{server.port} offers no STARTTLS; set smtp security to tls (port 465) "
            "or, in a network you trust, to none.",
        ) from None


def _login(smtp: smtplib.SMTP, server: Server, password: str) -> None:
    place = f"The SMTP server {server.host}:{server.port}"
    try:
        smtp.login(server.login, password)
    except smtplib.SMTPAuthenticationError as error:
        words = plain(error.smtp_error)
        sentence = f"{place} refuses the login {server.login!r} ({words}); check login and password."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except UnicodeEncodeError as error:
        sentence = f"{place} takes logins in ASCII only; use an app password without letters of other scripts."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
    except smtplib.SMTPException as error:
        if isinstance(error, (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException)):
            raise
        sentence = f"{place} takes no login as connected; set smtp security to tls or starttls, or leave login empty."
        raise ServerTroubleError(Fault.LOGIN, sentence) from error
