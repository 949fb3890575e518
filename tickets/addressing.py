"""Whom automatic mail may be written to. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from backbone.addresses import normalise
from backbone.catalogue.model import Directory
from backbone.contracts import Language

_MACHINE = re.compile(
    r"(?:mailer|mail)[-_.]?daemon|post[-_.]?master|abuse|root|nobody|(?:do[-_.]?)?no(?:t)?[-_.]?reply(?:[-_.+].*)?"
)


def is_ours(address: str, ours: Collection[str]) -> bool:
    """Whether mail to ``address`` comes to a mailbox of ours, perhaps by a plus-address (RFC 5233)."""
    one = normalise(address)
    local, _, domain = one.rpartition("@")
    untagged = (local.partition("+")[0], local.rpartition("+")[0])  # a mailbox may have a plus of its own
    return one in ours or any(f"{name}@{domain}" in ours for name in untagged)


def is_machine(address: str) -> bool:
    """Whether nobody reads mail to ``address``, by its name (mailer-daemon, postmaster, noreply and their like)."""
    return _MACHINE.fullmatch(normalise(address).rpartition("@")[0]) is not None


def is_registered(address: str, directory: Directory) -> bool:
    """Whether ``address`` is a registered person's."""
    return normalise(address) in directory.people


def language_of(address: str, directory: Directory) -> Language | None:
    """Return the language of a registered person; None for anybody else, who gets the mailbox's."""
    person = directory.people.get(normalise(address))
    if person is None or person.language is None:
        return None
    return "en" if person.language == "en" else "ru"
