"""The ways in which work may end other than well. Anything else that is raised is a bug of ours."""

from __future__ import annotations

from enum import StrEnum


class UserError(Exception):
    """A person gave something we cannot use. The text is one sentence: what, where, and how to mend it."""


class Reject(Exception):  # noqa: N818 - a verdict of the handler (design), not a fault
    """This piece of work can never succeed: record ``reason`` and be done with it."""

    def __init__(self, reason: StrEnum, detail: str = "") -> None:
        """Remember the reason (a metric label) and a sentence for people."""
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Defer(Exception):  # noqa: N818 - a verdict of the handler (design), not a fault
    """This piece of work may succeed later: try again ``after`` seconds."""

    def __init__(self, reason: StrEnum, after: float, detail: str = "") -> None:
        """Remember the reason (a metric label), the delay in seconds and a sentence for people."""
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.after = after
        self.detail = detail
