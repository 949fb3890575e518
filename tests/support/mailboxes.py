"""Mailboxes on the test IMAP server, and filling them fast."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from imap_tools import MailBox

from tests.support.tls import trusting

BATCH = 100
SECONDS = 60


@dataclass(frozen=True)
class Mailbox:
    """One mailbox: `port` is IMAPS, `plain_port` is IMAP with STARTTLS."""

    address: str
    password: str
    host: str
    port: int
    plain_port: int
    ca_file: Path

    def append(self, messages: Iterable[bytes], folder: str = "INBOX") -> int:
        """Put messages into a folder, many in one command (MULTIAPPEND); return how many."""
        count = 0
        with socket.create_connection((self.host, self.plain_port), timeout=SECONDS) as connection:
            lines = connection.makefile("rb")
            lines.readline()
            _command(connection, lines, [f'a LOGIN "{self.address}" "{self.password}"\r\n'.encode()])
            for batch in _batches(messages):
                _command(connection, lines, _multiappend(folder, batch))
                count += len(batch)
        return count

    def open(self) -> MailBox:
        """Return a connection by IMAPS that is not logged in yet."""
        return MailBox(self.host, self.port, timeout=SECONDS, ssl_context=trusting(self.ca_file))

    def count(self, folder: str = "INBOX") -> int:
        """Return how many messages a folder holds."""
        with self.open().login(self.address, self.password) as mailbox:
            return mailbox.folder.status(folder, ["MESSAGES"])["MESSAGES"]

    def unseen(self, folder: str = "INBOX") -> int:
        """Return how many messages of a folder are unread."""
        with self.open().login(self.address, self.password) as mailbox:
            return mailbox.folder.status(folder, ["UNSEEN"])["UNSEEN"]


def _batches(messages: Iterable[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(messages)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _multiappend(folder: str, messages: Sequence[bytes]) -> list[bytes]:
    parts = [f'a APPEND "{folder}"'.encode()]
    for message in messages:
        parts += [b" {%d+}\r\n" % len(message), message]
    return [*parts, b"\r\n"]


def _command(connection: socket.socket, lines: Iterable[bytes], parts: list[bytes]) -> None:
    connection.sendall(b"".join(parts))
    for line in lines:
        if line.startswith(b"a "):
            assert line.startswith(b"a OK"), f"The IMAP server refused: {line.decode().strip()}"
            return
    raise AssertionError("The IMAP server closed the connection without an answer.")
