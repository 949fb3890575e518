"""Mail addresses in one form, so that two spellings of one address compare equal.

The domain is lower-case and in its ASCII form (RFC 5891, with the mapping of UTS 46); the local part is case-folded,
which no provider in use contradicts (RFC 5321 section 2.4 would allow otherwise).
"""

from __future__ import annotations

from functools import lru_cache

import idna


@lru_cache(maxsize=20_000)
def normalise(address: str) -> str:
    """Return ``address`` in its comparable form; what is no address comes back stripped and in lower case."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local.casefold()}@{normalise_domain(domain)}" if at else address.strip().casefold()


def normalise_domain(domain: str) -> str:
    """Return a domain in lower case and in ASCII; one that cannot be encoded comes back in lower case."""
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return domain


def readable(address: str) -> str:
    """Return a normalised address or sender pattern with its domain as people write it, if that means the same."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain:
        return address
    try:
        shown = f"{local}{at}{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return address
    return shown if normalise(shown) == address else address


def domain_of(address: str) -> str:
    """Return the normalised domain of ``address``, empty when it has none."""
    return normalise(address).rpartition("@")[2] if "@" in address else ""
