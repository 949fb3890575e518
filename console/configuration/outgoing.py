"""How a mailbox writes, in a configuration file: signature, logo, own texts, notices, limits.

What it may say, and what it says when left out, stands in :mod:`backbone.catalogue.outgoing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from backbone.blobs import key_of
from backbone.catalogue import outgoing
from console.configuration import values
from console.configuration.entry import Entry
from console.configuration.faults import wrong
from console.configuration.files import NamedFile, read_named
from replies.pictures import picture

MAX_LOGO_KB = 200

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")

Signature = Annotated[str, AfterValidator(values.signature)]
Source = Annotated[str, AfterValidator(values.source)]


class Signatures(Entry):
    """What stands under every mail, by its language; where one is missing, that of the mailbox's language is taken."""

    ru: Signature = Field("", description="In Russian")
    en: Signature = Field("", description="In English")


class OwnText(Entry):
    """Own words of one kind of mail in one language, as Jinja2 templates."""

    text: Source = Field("", description="The plain text; left out, ours")
    html: Source = Field("", description="The HTML; left out, it is made from the text")


class OwnTexts(Entry):
    """Own words of one kind of mail, by language; those left out are ours."""

    ru: OwnText | None = Field(None, description="In Russian")
    en: OwnText | None = Field(None, description="In English")


class Templates(Entry):
    """Own words, by kind of mail; those left out are ours."""

    chat_message: OwnTexts | None = Field(None, description="A message of the customer chat")
    ticket_created: OwnTexts | None = Field(None, description="A ticket was made of a mail")
    closed_ticket: OwnTexts | None = Field(None, description="An answer came to a closed ticket")
    not_accepted: OwnTexts | None = Field(None, description="No ticket was made of a mail")
    too_big: OwnTexts | None = Field(None, description="A mail is larger than allowed")
    registration: OwnTexts | None = Field(None, description="A link to register")


class Notices(Entry, outgoing.Notices):
    """Which automatic mails are written."""


class Limits(Entry, outgoing.Limits):
    """How many mails may leave; 0 for any number. What is over a limit leaves later."""


class Breaker(Entry, outgoing.Breaker):
    """When sending to one domain stops until a person lets it go on; 0 for never."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo by the key of its blob; ``file`` is None for one that the store has already."""

    sha256: str
    file: NamedFile | None = None


def _read_logo(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str) or not value.strip():
        raise wrong("'logo' must be the path of an image", "write one such as images/logo.png")
    text = value.strip()
    if stored := _DIGEST.fullmatch(text.lower()):
        return Logo(stored[1])
    if text.lower().startswith("sha256:"):
        raise wrong(f"{text!r} is no stored logo", "copy what 'postroom export' writes, or name a file")
    if "://" in text:
        raise wrong("'logo' is an address of the web", "save the image as a file, and write its path")
    found = read_named(text, info, "logo", MAX_LOGO_KB * 1000)
    if len(found.content) > MAX_LOGO_KB * 1000:
        raise wrong(f"the logo {found.path} is larger than {MAX_LOGO_KB} kB", "save it with fewer pixels")
    if picture(found.content) is None:
        raise wrong(f"the logo {found.path} is no image that every mail program shows", "save it as PNG, JPEG or GIF")
    return Logo(key_of(found.content), found)


def _in_both(value: Any) -> Any:
    """Let a bare text stand for the signature in both languages."""
    if isinstance(value, str):
        return {"ru": value, "en": value}
    if not isinstance(value, dict | Signatures):
        raise PydanticKnownError("string_type")
    return value


class _Parts(Entry):
    """The keys with keys of their own; they come first."""

    signature: Annotated[Signatures, BeforeValidator(_in_both, json_schema_input_type=str | Signatures)] | None = Field(
        None, description="Stands under every mail: one text, or one for each language, ru and en"
    )
    logo: Annotated[Logo, BeforeValidator(_read_logo, json_schema_input_type=str)] | None = Field(
        None, description="Path of a PNG, JPEG or GIF, from the folder of this file"
    )
    templates: Templates | None = Field(None, description="Own texts, by kind of mail and language")
    notices: Notices = Field(Notices(), description="Which automatic mails are written")
    limits: Limits = Field(Limits(), description="How many mails may leave; what is over a limit leaves later")
    breaker: Breaker = Field(Breaker(), description="When sending to one domain stops until a person lets it go on")


class Outgoing(outgoing.Ways, _Parts):
    """How a mailbox writes. All of it may be left out."""

    @field_validator("sent_folder")
    @classmethod
    def _on_one_line(cls, name: str) -> str:
        return values.line(name)


def stored(written: Outgoing | None) -> dict[str, Any]:
    """Return what the database holds of ``written``: without what is left out or says the default."""
    if written is None:
        return {}
    found = written.model_dump(mode="json", exclude_defaults=True, exclude={"logo"})
    logo = {"logo": {"sha256": written.logo.sha256}} if written.logo else {}
    return _without_gaps(found | logo)


def spread(held: dict[str, Any]) -> dict[str, Any]:
    """Return what the database holds, with the defaults, by keys such as ``limits.per_hour``."""
    whole = outgoing.Outgoing.model_validate(held)
    logo = f"sha256:{whole.logo.sha256}" if whole.logo else None
    return dict(_leaves(whole.model_dump(mode="json") | {"logo": logo}, ""))


def _without_gaps(data: dict[str, Any]) -> dict[str, Any]:
    """Return ``data`` without mappings in which nothing stands, and without empty texts."""
    inner = {key: _without_gaps(value) if isinstance(value, dict) else value for key, value in data.items()}
    return {key: value for key, value in inner.items() if value not in ({}, "")}


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    else:
        yield key, value
