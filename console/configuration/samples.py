"""Pinned samples of a sender rule: mails, and what the rule must make of them. ``apply`` puts them into the store."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from backbone.blobs import key_of
from console.configuration.entry import Entry, Line
from console.configuration.faults import wrong
from console.configuration.files import NamedFile, read_named

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_SHOWN_DIGITS = 12


def _read(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        raise wrong("'file' must be the path of a mail", "write one such as samples/order.eml")
    found = read_named(value.strip(), info, "sample")
    if not found.content.strip():
        raise wrong(f"the sample {found.path} is empty", "save the whole mail into it, with its headers")
    return found


def _digest(text: str) -> str:
    found = _DIGEST.fullmatch(text.strip().lower())
    if not found:
        raise wrong(
            f"{text!r} is no stored mail", "write 'sha256:' and the raw_key that 'postroom trace' shows of a mail"
        )
    return found[1]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Sample(Entry):
    """A mail and the fields that its rule must fill, as texts and names: they are looked up when it is tried."""

    name: Line = Field("", description="Left out: the file's name")
    file: Annotated[NamedFile, BeforeValidator(_read, json_schema_input_type=str)] | None = Field(
        None, description="Path of a mail, from the folder of this file"
    )
    mail: Annotated[str, AfterValidator(_digest)] | None = Field(
        None, description="A stored mail: sha256: and 64 figures, as postroom trace shows"
    )
    expect: dict[str, Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]] = Field(
        default_factory=dict, description="The fields that the rule must fill, by name"
    )

    @model_validator(mode="after")
    def _has_one_mail(self) -> Self:
        if (self.file is None) == (self.mail is None):
            raise wrong("a sample is one mail", "write either 'file: samples/order.eml' or 'mail: sha256:…'")
        return self

    @property
    def digest(self) -> str:
        """Return the key of the mail's blob."""
        return key_of(self.file.content) if self.file else str(self.mail)

    @property
    def title(self) -> str:
        """Return what to call the sample before people."""
        return self.name or (self.file.name if self.file else self.digest[:_SHOWN_DIGITS])
