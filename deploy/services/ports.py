"""Free TCP ports that nobody is likely to take while a server is stopped."""

import random
import socket

# Below the range from which the kernel gives ports to outgoing connections: a server that is stopped for half a
# minute and started again must find its port free.
FIRST, LAST = 20000, 32000
LOOPBACK = ("127.0.0.1", "127.0.0.2", "127.0.0.3")

_random = random.SystemRandom()


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of every loopback address in use."""
    return all(_can_bind(host, port) for host in LOOPBACK)


def choose(taken: set[int]) -> int:
    """Return a free port that is not in `taken`."""
    while True:
        port = _random.randrange(FIRST, LAST)
        if port not in taken and is_free(port):
            return port


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
