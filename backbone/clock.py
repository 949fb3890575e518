"""The one source of time: aware, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def after(seconds: float) -> datetime:
    """Return the moment ``seconds`` from now, in UTC."""
    return now() + timedelta(seconds=seconds)
