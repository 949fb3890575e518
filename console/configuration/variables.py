"""The environment variables that an exported configuration names for the passwords of its mailboxes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from backbone.addresses import normalise

_OTHER = re.compile(r"[^A-Z0-9]+")
_FIGURES = 6


def stems(addresses: Iterable[str]) -> dict[str, str]:
    """Return for each address the part of its variables' names that tells it from the others.

    It depends on the address alone, so that it is the same wherever the mailbox is exported; only addresses that come
    out alike, such as a.b@x.ru and a-b@x.ru, get some figures more.
    """
    plain = {address: _OTHER.sub("_", normalise(address).upper()).strip("_") for address in addresses}
    alike = Counter(plain.values())
    return {address: stem if alike[stem] == 1 else f"{stem}_{_figures(address)}" for address, stem in plain.items()}


def name(stem: str, side: str) -> str:
    """Return the variable for one side of a mailbox, ``imap`` or ``smtp``."""
    return f"POSTROOM_{stem}_{side.upper()}_PASSWORD"


def _figures(address: str) -> str:
    return sha256(normalise(address).encode()).hexdigest()[:_FIGURES].upper()
