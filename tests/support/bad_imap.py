"""An IMAP server that answers what a test tells it to, or nothing at all: for what no real server can be made to do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[str, str], str]
"""From a tag and the rest of a command line to what the server says."""


def silent(_tag: str, _command: str) -> str:
    """Say nothing, ever."""
    return ""


def polite(tag: str, command: str) -> str:
    """Agree to everything, and offer nothing."""
    if command.upper().startswith("CAPABILITY"):
        return f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"
    return f"{tag} OK done\r\n"


@contextmanager
def serving(answer: Answer, greeting: str = "* OK ready\r\n") -> Iterator[int]:
    """Give the port of a server on 127.0.0.1 that speaks so."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    open_: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            connection.sendall(greeting.encode())
            for line in connection.makefile("rb"):
                tag, _, command = line.decode("latin-1").strip().partition(" ")
                connection.sendall(answer(tag, command).encode())

    def accept() -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                connection, _ = listener.accept()
                connection.settimeout(None)
                open_.append(connection)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        acceptor.join()
        listener.close()
        for connection in open_:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
