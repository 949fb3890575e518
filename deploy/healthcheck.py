"""The health check of a container: whether the process answers at its metrics port with metrics of Postroom.

Stands alone and needs nothing but Python. With several worker processes it is their supervisor that answers; a worker
process that dies is replaced by it. It does not ask for database or broker: a worker that waits for them is healthy,
and starting it again would help nobody.
"""

from __future__ import annotations

import http.client
import sys

SECONDS = 3
MARK = b"postroom_"


def fault(port: int) -> str | None:
    """Return what is wrong with the process that serves metrics at ``port`` of this machine, or None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"nothing answers at port {port} ({error})"
    finally:
        connection.close()
    if answer.status != http.client.OK:
        return f"port {port} answers {answer.status}"
    return None if MARK in body else f"port {port} serves no metrics of Postroom"


def main(arguments: list[str]) -> int:
    """Check the port named by the one argument; return the exit code."""
    if len(arguments) != 1 or not arguments[0].isdecimal():
        sys.stderr.write("usage: healthcheck.py PORT\n")
        return 2
    wrong = fault(int(arguments[0]))
    if wrong:
        sys.stderr.write(f"unhealthy: {wrong}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
