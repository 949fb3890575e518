"""The single values of a configuration file: each function returns the clean value, or refuses with a cure."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
import zoneinfo
from functools import lru_cache

from backbone.addresses import normalise, normalise_domain
from console.configuration.faults import nearest, wrong

MAX_NAME = 255
MAX_ADDRESS = 254
MAX_DOMAIN = 253
MAX_DESCRIPTION = 8192
MAX_PREFIX = 10

_LOCAL = re.compile(r"""[^\s@<>()\[\],:;\\"*]+""")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_AUTHSERV_ID = re.compile(r"[^\s;,=\"()<>@]+")
_PATTERN_CURE = "write an exact address, '*@domain' or '*@*'"


def clean(text: str) -> str:
    """Return ``text`` without surrounding blanks and in composed Unicode form, so that names compare as they look."""
    return unicodedata.normalize("NFC", text).strip()


def name(text: str) -> str:
    """Accept a name: something on one line."""
    text = line(text)
    if not text:
        raise wrong("a name is empty", "give it one")
    return text


def line(text: str) -> str:
    """Accept a line of text, which may be empty."""
    text = clean(text)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise wrong("this holds a line break or a control character", "write it on one line, as plain text")
    if len(text) > MAX_NAME:
        raise wrong(f"this is {len(text)} characters long", f"shorten it to {MAX_NAME}")
    return text


def authserv_id(text: str) -> str:
    """Accept the name under which a server signs its Authentication-Results (RFC 8601 section 2.5)."""
    text = line(text).lower()
    if not _AUTHSERV_ID.fullmatch(text):
        raise wrong(
            f"{text!r} is no authserv-id",
            "copy the first word of the Authentication-Results that your provider writes, such as mx.google.com",
        )
    return text


def description(text: str) -> str:
    """Accept a text of many lines."""
    text = clean(text)
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        raise wrong("this holds a control character", "write it as plain text")
    if len(text) > MAX_DESCRIPTION:
        raise wrong(f"this is {len(text)} characters long", f"shorten it to {MAX_DESCRIPTION}")
    return text


def prefix(text: str) -> str:
    """Accept the letters before a ticket's number; figures or signs would blur where the number begins."""
    text = clean(text)
    if text and not (text.isalpha() and len(text) <= MAX_PREFIX):
        raise wrong(f"{text!r} cannot be a number prefix", f"write at most {MAX_PREFIX} letters, such as АГ")
    return text


def address(text: str) -> str:
    """Accept one bare mail address, in the spelling given."""
    text = clean(text)
    if "<" in text or " " in text:
        raise wrong(f"{text!r} is more than an address", "write the bare address, such as help@example.ru")
    if not _is_address(text):
        raise wrong(f"{text!r} is no mail address", "write one such as help@example.ru")
    return text


def pattern(text: str) -> str:
    """Accept a sender pattern, and return it in its normalised form."""
    text = clean(text)
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
    text = clean(text)
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


def time_zone(text: str) -> str:
    """Accept the name of an IANA time zone."""
    text = clean(text)
    if text == "UTC" or text in _zones():
        return text
    near = nearest(text, _zones())
    raise wrong(
        f"no time zone is called {text!r}",
        f"did you mean {near!r}?" if near else "write a name such as Europe/Moscow, or UTC",
    )


def protocol(text: str) -> str:
    """Accept IMAP."""
    text = clean(text).lower()
    if text.startswith("pop"):
        raise wrong("POP3 is not supported", "collect the mail by IMAP, and write 'protocol: imap' or leave it out")
    if text != "imap":
        raise wrong(f"the protocol {text!r} is not known", "write 'protocol: imap' or leave it out")
    return text


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


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
