"""The single values of a configuration file: each function returns the clean value, or refuses with a cure."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import lru_cache

from backbone.catalogue.model import Permission
from console.configuration.faults import nearest, wrong
from parse.rules.resolver import normal_form

ALL = "all"
"""What a list of districts may be instead."""

MAX_NAME = 255
MAX_PHONE = 64
MAX_IDENTIFIER = 64
MAX_DESCRIPTION = 8192
MAX_INVITATION = 2000
MAX_SIGNATURE = 2000
MAX_PREFIX = 10
MAX_REOPEN_DAYS = 3650

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_REFERENCE = re.compile(r"\$\{[^{}]*\}")


def clean(text: str) -> str:
    """Return ``text`` without surrounding blanks and in composed Unicode form, so that names compare as they look."""
    return unicodedata.normalize("NFC", text).strip()


def literal(text: str) -> str:
    """Return ``text`` clean, when it is meant as it stands and is no reference to an environment variable."""
    text = clean(text)
    if _REFERENCE.fullmatch(text):
        problem = f"{text} is not replaced here, as only passwords are read from the environment"
        raise wrong(problem, "write the value itself")
    return text


def name(text: str) -> str:
    """Accept a name: something on one line."""
    text = line(text)
    if not text:
        raise wrong("a name is empty", "give it one")
    return text


def line(text: str) -> str:
    """Accept a line of text, which may be empty."""
    text = literal(text)
    if _has_controls(text, allowed=""):
        raise wrong("this holds a line break or a control character", "write it on one line, as plain text")
    return _not_longer(text, MAX_NAME)


def alias(text: str) -> str:
    """Accept another name of an entry, which must have something that names are compared by."""
    text = name(text)
    if not normal_form(text):
        raise wrong(f"the alias {text!r} has no letter or figure, and would never be found", "take it out")
    return text


def district_name(value: object) -> object:
    """Refuse the one name that a district cannot have."""
    if isinstance(value, str) and clean(value) == ALL:
        raise wrong(f"a district cannot be called {ALL!r}, as 'districts: {ALL}' means every one", "rename it")
    return value


def phone(text: str) -> str:
    """Accept a phone number as people write it."""
    return _not_longer(line(text), MAX_PHONE)


def identifier(text: str) -> str:
    """Accept a custom field's name, which is part of the name of a group in regular expressions."""
    text = clean(text)
    if not _IDENTIFIER.fullmatch(text):
        raise wrong(
            f"{text!r} cannot be the name of a custom field",
            "begin with a letter and write letters, figures and _ only, such as pass_number; "
            "what people read goes into its 'label'",
        )
    return _not_longer(text, MAX_IDENTIFIER)


def permission(text: str) -> str:
    """Accept what a role may let somebody do."""
    text = clean(text)
    known = list(map(str, Permission))
    if text in known:
        return text
    near = nearest(text, known)
    cure = f"did you mean {near!r}?" if near else f"choose from: {', '.join(known)}"
    raise wrong(f"no permission is called {text!r}", cure)


def description(text: str) -> str:
    """Accept a text of many lines."""
    return _lines(text, MAX_DESCRIPTION)


def invitation(text: str) -> str:
    """Accept the text that greets people on the page behind a QR code."""
    return _lines(text, MAX_INVITATION)


def signature(text: str) -> str:
    """Accept what stands under every mail."""
    return _lines(text, MAX_SIGNATURE)


def canned(text: str) -> str:
    """Accept the text of a canned reply."""
    text = _lines(text, MAX_DESCRIPTION)
    if not text:
        raise wrong("a canned reply has no text", "write what is to be sent")
    return text


def source(text: str) -> str:
    """Accept the source of a template as it stands, but for blanks at its end."""
    text = text.rstrip()
    if _has_controls(text, allowed="\n\t"):
        raise wrong("this holds a control character", "write it as plain text")
    return text


def regex(text: str) -> str:
    """Accept a regular expression as it stands, but for the line end that YAML's ``|`` puts after it."""
    text = text.rstrip("\n")
    if _has_controls(text, allowed="\n\t"):
        raise wrong("this holds a control character", "write it as an escape, such as \\x07")
    return text


def prefix(text: str) -> str:
    """Accept the letters before a ticket's number; figures or signs would blur where the number begins."""
    text = clean(text)
    if text and not (text.isalpha() and len(text) <= MAX_PREFIX):
        raise wrong(f"{text!r} cannot be a number prefix", f"write at most {MAX_PREFIX} letters, such as АГ")
    return text


def time_zone(text: str) -> str:
    """Accept the name of an IANA time zone."""
    text = literal(text)
    if text == "UTC" or text in _zones():
        return text
    near = nearest(text, _zones())
    raise wrong(
        f"no time zone is called {text!r}",
        f"did you mean {near!r}?" if near else "write a name such as Europe/Moscow, or UTC",
    )


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _lines(text: str, longest: int) -> str:
    text = clean(text)
    if _has_controls(text, allowed="\n\t"):
        raise wrong("this holds a control character", "write it as plain text")
    return _not_longer(text, longest)


def _not_longer(text: str, longest: int) -> str:
    if len(text) > longest:
        raise wrong(f"this is {len(text)} characters long", f"shorten it to {longest}")
    return text


def _has_controls(text: str, allowed: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed for character in text)
