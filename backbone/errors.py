"""Faults that a person can mend. Anything else that is raised is a bug of ours, or a store that is away."""

from __future__ import annotations


class UserError(Exception):
    """A person gave something we cannot use. The text is one sentence: what, where, and how to mend it."""
