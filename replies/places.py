"""Places at servers: how many threads may talk to one at once, so that a slow one never has all of them.

A server that lately was quick may have as many as the caller says. One that nothing is known of gets a single place,
to be tried out. A slow one, whose last talk took long or that has kept somebody waiting for long now, shares half of
the process's threads with all other slow ones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds that a thread waits for a place at a server that is not slow; it is used for a moment by each mail."""

MEMORY = 120.0
"""Seconds for which the last talk says what a server is like."""


class NoPlaceError(Exception):
    """All places at the server are taken."""


class Places:
    """Who talks to which server now; shared by the threads of a process."""

    def __init__(self) -> None:
        """Start with nobody talking and nothing known."""
        self._changed = threading.Condition()
        self._began: dict[Hashable, list[float]] = {}
        self._known: dict[Hashable, tuple[float, bool]] = {}

    @contextmanager
    def taken(self, server: Hashable, *, most: int, slow_most: int, slow_after: float) -> Iterator[None]:
        """Hold a place at ``server`` for as long as the block lasts; raise NoPlaceError when none is free.

        It has at most ``most`` places, and all slow ones together ``slow_most``; one is slow after ``slow_after``
        seconds.
        """
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not self._free(server, most, slow_most, slow_after):
                left = deadline - time.monotonic()
                if left <= 0 or self._slow(server, slow_after):
                    raise NoPlaceError
                self._changed.wait(left)
            began = time.monotonic()
            self._began.setdefault(server, []).append(began)
        try:
            yield
        finally:
            self._leave(server, began, slow_after)

    def _leave(self, server: Hashable, began: float, slow_after: float) -> None:
        now = time.monotonic()
        with self._changed:
            self._known[server] = (now, now - began > slow_after)
            self._began[server].remove(began)
            if not self._began[server]:
                del self._began[server]
            self._known = {one: known for one, known in self._known.items() if now - known[0] < MEMORY}
            self._changed.notify_all()

    def _free(self, server: Hashable, most: int, slow_most: int, slow_after: float) -> bool:
        mine = len(self._began.get(server, ()))
        if self._slow(server, slow_after):
            together = sum(len(began) for one, began in self._began.items() if self._slow(one, slow_after))
            return mine < most and together < slow_most
        known = self._known.get(server)
        tried = known is not None and time.monotonic() - known[0] < MEMORY
        return mine < (most if tried else 1)

    def _slow(self, server: Hashable, slow_after: float) -> bool:
        now = time.monotonic()
        if any(now - began > slow_after for began in self._began.get(server, ())):
            return True
        at, slow = self._known.get(server, (0.0, False))
        return slow and now - at < MEMORY
