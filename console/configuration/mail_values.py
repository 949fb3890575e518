"""Single values that concern mail: addresses, patterns, domains and servers. Each is returned clean, or refused."""

from __future__ import annotations

import ipaddress
import re

from backbone.addresses import normalise, normalise_domain
from backbone.domains import PUBLIC_DOMAINS
from console.configuration.faults import wrong
from console.configuration.values import line, literal

MAX_ADDRESS = 254
MAX_DOMAIN = 253

_LOCAL = re.compile(r"""[^\s@<>()\[\],:;\\"*]+""")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_AUTHSERV_ID = re.compile(r"[^\s;,=\"()<>@]+")
_PATTERN_CURE = "write an exact address, '*@domain' or '*@*'"


def authserv_id(text: str) -> str:
    """Accept the name under which a server signs its Authentication-Results (RFC 8601 section 2.5)."""
    text = line(text).lower()
    if not _AUTHSERV_ID.fullmatch(text):
        raise wrong(
            f"{text!r} is no authserv-id",
            "copy the first word of the Authentication-Results that your provider writes, such as mx.google.com",
        )
    return text


def address(text: str) -> str:
    """Accept one bare mail address, in the spelling given."""
    text = literal(text)
    if "<" in text or " " in text:
        raise wrong(f"{text!r} is more than an address", "write the bare address, such as help@example.ru")
    if not _is_address(text):
        raise wrong(f"{text!r} is no mail address", "write one such as help@example.ru")
    return text


def pattern(text: str) -> str:
    """Accept a sender pattern, and return it in its normalised form."""
    text = literal(text)
    local, at, domain = text.rpartition("@")
    if "<" in text or any(map(str.isspace, text)):
        raise wrong(f"{text!r} has a display name or a blank in it", "write the bare address, without < and >")
    if text == "*":
        raise wrong("'*' is no sender pattern", "write '*@*' for every sender")
    if not at and "." in text and _is_domain(text):
        raise wrong(f"{text!r} has no @", f"write '*@{text}' for everybody at this domain")
    if at and not local and _is_domain(domain):
        raise wrong(f"{text!r} has nothing before the @", f"write '*{text}' for everybody at this domain")
    if text == "*@*":
        return text
    if local == "*" and "*" not in domain:
        return f"*@{_domain(domain)}"
    if "*" in text:
        raise wrong(f"{text!r} has a * where none can be", _PATTERN_CURE)
    if not _is_address(text):
        raise wrong(f"{text!r} is no sender pattern", _PATTERN_CURE)
    return normalise(text)


def host(text: str) -> str:
    """Accept a server's name or IP address, and return it in ASCII."""
    text = literal(text)
    if not text:
        raise wrong("the host is empty", "name the mail server, such as imap.example.ru")
    if "://" in text or "/" in text:
        raise wrong(f"{text!r} is an address of the web", "write only the server's name, such as imap.example.ru")
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    before, colon, after = text.rpartition(":")
    if colon and after.isdecimal() and _is_domain(before):
        raise wrong(f"{text!r} has the port in it", f"write 'host: {before}' and 'port: {after}'")
    if "@" in text:
        raise wrong(f"{text!r} is a mail address", "name the mail server, such as imap.example.ru")
    if not _is_domain(text) or text.replace(".", "").isdecimal():
        raise wrong(f"{text!r} cannot be a server's name", "write one such as imap.example.ru, or an IP address")
    return normalise_domain(text)


def protocol(text: str) -> str:
    """Accept IMAP."""
    text = literal(text).lower()
    if text.startswith("pop"):
        raise wrong("POP3 is not supported", "collect the mail by IMAP, and write 'protocol: imap' or leave it out")
    if text != "imap":
        raise wrong(f"the protocol {text!r} is not known", "write 'protocol: imap' or leave it out")
    return text


def customer_domain(text: str) -> str:
    """Accept a domain that belongs to one company, and return it in its normalised form."""
    text = literal(text)
    if "@" in text:
        bare = text.rpartition("@")[2] or "example.ru"
        raise wrong(f"{text!r} has an @ in it", f"write only the domain, such as {bare}")
    domain = _domain(text)
    if "." not in domain:
        raise wrong(f"{text!r} is no domain of a company", "write one such as example.ru or почта.рф")
    if domain in PUBLIC_DOMAINS:
        raise wrong(
            f"everybody can have an address at {text}, so it does not tell whose mail it is",
            "name the customer's addresses one by one under 'people'",
        )
    return domain


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(_LOCAL.fullmatch(local)) and _is_domain(domain) and len(normalise(text)) <= MAX_ADDRESS


def _domain(text: str) -> str:
    if not _is_domain(text):
        raise wrong(f"{text!r} is no domain", "write one such as example.ru or почта.рф")
    return normalise_domain(text)


def _is_domain(text: str) -> bool:
    if any(map(str.isspace, text)):
        return False
    domain = normalise_domain(text)
    return len(domain) <= MAX_DOMAIN and all(_LABEL.fullmatch(label) for label in domain.split("."))
