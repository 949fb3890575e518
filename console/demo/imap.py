"""The demo's mailboxes, in memory, and the IMAP server (pymap) over which any client reads them.

Everything here runs in the mail server's event loop.
"""

from __future__ import annotations

import asyncio
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Event
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with a mailbox on the demo's server; the address is the login."""

    address: str
    name: str
    password: str


class Mailboxes:
    """A mailbox for each account, and the IMAP service over them."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        """Make an empty mailbox for each of ``accounts``. Call inside the event loop that will serve them."""
        self._config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            demo_data=False,
            demo_user="",
            demo_password="",
            host=None,
            port=0,
            tls_enabled=False,
            hash_context=Cleartext(),
            reject_dnsbl=False,
        )
        self._config.apply_context()
        login = Login(self._config)
        self._sets: dict[str, _MailboxSet] = {}
        for account in accounts:
            address = account.address
            login.users_dict[address] = UserMetadata(self._config, address, password=account.password)
            self._sets[address] = _MailboxSet()
            self._config.set_cache[address] = (self._sets[address], FilterSet())
        self._server = IMAPServer(login, self._config)
        self._connections: set[asyncio.Task[None]] = set()

    async def deliver(self, address: str, raw: bytes) -> None:
        """Put a mail into the inbox of ``address``, unread; raise KeyError when nobody has it."""
        if b"\r\n\r\n" not in raw:
            raw += b"\r\n"  # as mail servers do: pymap cuts the last byte off a mail whose header never ends
        box = await self._sets[address].get_mailbox(INBOX)
        await box.append(AppendMessage(raw, datetime.now(UTC)), recent=True)

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one client until it leaves; the callback of asyncio.start_server."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio.start_server runs coroutines as tasks
        self._connections.add(task)
        try:
            await self._server(reader, writer, SocketInfoLocal(writer, unique_id=uuid4().bytes))
        finally:
            self._connections.discard(task)

    async def disconnect(self) -> None:
        """End every connection."""
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        """Greet without asking the DNS for the machine's name, which may take seconds."""
        return b"Postroom demo ready"


class _Inbox(MailboxData):
    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        """Wait (IDLE) only for what is not known yet: pymap would miss a mail that comes between two waits."""
        behind = selected.mod_sequence is not None and selected.mod_sequence < self._mod_sequences.highest
        return await super().update_selected(selected, wait_on=None if behind else wait_on)


class _MailboxSet(MailboxSet):
    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Inbox(self._content_cache, self._thread_cache)
