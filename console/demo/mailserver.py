"""A real mail server for the demo: SMTP in, IMAP out, on 127.0.0.1 only, in a thread of its own.

The mailboxes are in memory and end with the server.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from backbone.errors import UserError
from console.demo.imap import Account, Mailboxes
from console.demo.smtp import Handler

HOST = "127.0.0.1"
START_SECONDS = 20


class MailServer:
    """The server as a context manager: up when the block begins, gone when it ends."""

    def __init__(self, accounts: Iterable[Account], *, smtp_port: int = 0, imap_port: int = 0) -> None:
        """Serve ``accounts``; port 0 means any that is free."""
        self.accounts = {account.address: account for account in accounts}
        self.smtp_port = smtp_port
        self.imap_port = imap_port
        self._started: Future[tuple[int, int]] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._handler: Handler | None = None
        self._thread = threading.Thread(target=self._run, name="mail server", daemon=True)

    def __enter__(self) -> Self:
        """Start, and return once both ports answer; raise UserError when one cannot be had."""
        self._thread.start()
        self.smtp_port, self.imap_port = self._started.result(START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop, and end every connection."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def accepted(self) -> int:
        """How many mails SMTP has accepted."""
        return self._handler.accepted if self._handler else 0

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits for the start
            if not self._started.done():
                self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        mailboxes = Mailboxes(self.accounts.values())
        self._handler = handler = Handler(self.accounts, mailboxes)
        try:
            smtp = await self._loop.create_server(handler.protocol, HOST, self.smtp_port)
        except OSError:
            raise _taken("SMTP", "--smtp-port", self.smtp_port) from None
        try:
            imap = await asyncio.start_server(mailboxes.connected, HOST, self.imap_port)
        except OSError:
            smtp.close()
            raise _taken("IMAP", "--imap-port", self.imap_port) from None
        self._started.set_result((_port(smtp), _port(imap)))
        await self._stop.wait()
        smtp.close()
        imap.close()
        handler.disconnect()
        await mailboxes.disconnect()


def _port(server: asyncio.Server) -> int:
    return int(server.sockets[0].getsockname()[1])


def _taken(protocol: str, option: str, port: int) -> UserError:
    return UserError(f"Port {port} cannot be used for {protocol}; choose another with {option}, or leave it out.")
