"""What the mappings of a configuration file are made of: their base, and the types of their values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticKnownError

from console.configuration import mail_values, values
from console.configuration.passwords import resolve

Name = Annotated[str, AfterValidator(values.name)]
Line = Annotated[str, AfterValidator(values.line)]
Alias = Annotated[str, AfterValidator(values.alias)]
Identifier = Annotated[str, AfterValidator(values.identifier)]
Permitted = Annotated[str, AfterValidator(values.permission)]
Phone = Annotated[str, AfterValidator(values.phone)]
AuthservId = Annotated[str, AfterValidator(mail_values.authserv_id)]
Description = Annotated[str, AfterValidator(values.description)]
Invitation = Annotated[str, AfterValidator(values.invitation)]
Canned = Annotated[str, AfterValidator(values.canned)]
Regex = Annotated[str, AfterValidator(values.regex)]
Prefix = Annotated[str, AfterValidator(values.prefix)]
Address = Annotated[str, AfterValidator(mail_values.address)]
Domain = Annotated[str, AfterValidator(mail_values.customer_domain)]
Pattern = Annotated[str, AfterValidator(mail_values.pattern)]
Host = Annotated[str, AfterValidator(mail_values.host)]
Zone = Annotated[str, AfterValidator(values.time_zone)]
Protocol = Annotated[str, AfterValidator(mail_values.protocol)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Password = Annotated[SecretStr, BeforeValidator(resolve)]
Security = Literal["tls", "starttls", "none"]
Language = Literal["ru", "en"]


class Entry(BaseModel):
    """A mapping in the file. A key with nothing behind it counts as not written."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = cls.model_fields
        return cls.filled({key: value for key, value in data.items() if value is not None or key not in known})

    @classmethod
    def filled(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return ``data`` with what follows from its other keys."""
        return data


def by_name(value: Any) -> Any:
    """Let a bare name stand for an entry that has nothing else."""
    if isinstance(value, str):
        return {"name": value}
    if not isinstance(value, dict | Entry):
        raise PydanticKnownError("string_type")
    return value
