"""The demo's SMTP side (aiosmtpd): who may hand in mail, and its delivery into the mailboxes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import cast
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from console.demo.imap import Account, Mailboxes

HOSTNAME = "mail.demo.example"
LARGEST_MAIL = 60_000_000

# aiosmtpd warns of an attribute of its own at every login.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Handler:
    """Takes mail for the accounts of this server, from anywhere; whoever writes as one of them must log in."""

    def __init__(self, accounts: Mapping[str, Account], mailboxes: Mailboxes) -> None:
        """Deliver mail for ``accounts`` into ``mailboxes``."""
        self._accounts = accounts
        self._mailboxes = mailboxes
        self.accepted = 0
        self._protocols: set[SMTP] = set()

    def protocol(self) -> SMTP:
        """Return the protocol of one new connection."""
        protocol = SMTP(
            self,
            hostname=HOSTNAME,
            ident="Postroom demo",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._protocols = {one for one in self._protocols if one.transport} | {protocol}
        return protocol

    def disconnect(self) -> None:
        """End every connection."""
        for protocol in self._protocols:
            if isinstance(protocol.transport, asyncio.WriteTransport):
                protocol.transport.close()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a sender, unless he claims to be one of our accounts without having logged in as it."""
        sender = _known(address)
        login = cast("str | None", session.auth_data)
        if sender in self._accounts and login is None:
            return f"530 5.7.0 Log in as {sender} first"
        if login is not None and sender not in ("", login):
            return f"553 5.7.1 {login} may not send as {sender}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept our accounts, and refuse to relay."""
        recipient = _known(address)
        if recipient not in self._accounts:
            return "550 5.1.1 No such mailbox here; this server delivers to its own accounts only"
        envelope.rcpt_tos.append(recipient)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Deliver to every recipient, with the trace headers of RFC 5321 section 4.4."""
        content = envelope.content
        assert isinstance(content, bytes)  # noqa: S101 - decode_data is off
        name = uuid4().hex[:12]
        sender = _known(envelope.mail_from or "")
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            trace = (
                f"Return-Path: <{sender}>\r\n"
                f"Delivered-To: {recipient}\r\n"
                f"Received: from {_printable(session.host_name)} ([127.0.0.1]) by {HOSTNAME} with ESMTP id {name}\r\n"
                f"\tfor <{recipient}>; {format_datetime(datetime.now(UTC))}\r\n"
            )
            await self._mailboxes.deliver(recipient, trace.encode() + content)
        self.accepted += 1
        return f"250 2.0.0 OK: queued as {name}"

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, credentials: object
    ) -> AuthResult:
        if isinstance(credentials, LoginPassword):
            login = credentials.login.decode("utf-8", "replace").lower()
            account = self._accounts.get(login)
            if account and account.password.encode() == credentials.password:
                return AuthResult(success=True, auth_data=login)
        return AuthResult(success=False, handled=False)


def _known(address: str) -> str:
    """Return an envelope address as accounts are known by; the null sender is an empty text."""
    return address.strip("<>").lower()


def _printable(text: object) -> str:
    return "".join(char for char in str(text) if char.isalnum() or char in "-.:[]") or "unknown"
