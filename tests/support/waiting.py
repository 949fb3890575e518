"""Waiting for something to become true; the only place in the tests where time is slept away."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

POLL_SECONDS = 0.02


def wait_for(condition: Callable[[], T], timeout: float, what: str, pause: float = POLL_SECONDS) -> T:
    """Return the condition's first true value; fail the test, naming `what`, when the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {timeout:g} s in vain for {what}; the last look gave {value!r}.")
        time.sleep(pause)
