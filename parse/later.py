"""Work that would hold others up, done one after the other by a thread of its own that lives while there is some.

Nothing waits in memory that is not in the ledger as well: what is not taken, or not done when the process ends, is due
again there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

import structlog

MOST = 1_000
"""Pieces of work that wait at the most."""

log = structlog.get_logger(__name__)


class Later:
    """A queue with its thread."""

    def __init__(self, name: str, most: int = MOST) -> None:
        """Start nothing yet; ``name`` is the thread's."""
        self._name = name
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._running = False

    def put(self, key: Hashable, work: Callable[[], None]) -> bool:
        """Have ``work`` done; False when it is not taken.

        That is so when what is named ``key`` is waiting or under way already, when too many are, and when there is no
        thread to be had.
        """
        with self._lock:
            if key in self._waiting or len(self._waiting) >= self._most:
                return False
            self._waiting[key] = work
            if not self._running:
                try:
                    threading.Thread(target=self._drain, name=self._name, daemon=True).start()
                except RuntimeError:  # the system gives no thread: the ledger has it, and a later one may get one
                    del self._waiting[key]
                    log.exception("later.no_thread")
                    return False
                self._running = True
        return True

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                key, work = next(iter(self._waiting.items()))
            try:
                work()
            except Exception:  # the thread must live on for the others; what failed is due again in the ledger
                log.exception("later.failed")
            with self._lock:
                del self._waiting[key]
