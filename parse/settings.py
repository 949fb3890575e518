"""Settings of the parse stage, from ``POSTROOM_PARSE_…``."""

from __future__ import annotations

from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from parse.limits import Limits


class ParseSettings(BaseSettings):
    """Limits on what one mail may cost, and whose word on authentication counts."""

    model_config = SettingsConfigDict(
        env_prefix="POSTROOM_PARSE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    limits: Limits = Field(
        Limits(), description="What one mail may cost, such as POSTROOM_PARSE_LIMITS__SECONDS=5 (parse/limits.py)"
    )

    authserv_ids: frozenset[str] = Field(
        frozenset(), description="JSON list: the authserv-ids whose Authentication-Results are believed (RFC 8601)"
    )
    arc: bool = Field(default=False, description="Believe ARC chains sealed by those authserv-ids (RFC 8617)")

    @model_validator(mode="before")
    @classmethod
    def _name_bad_limits(cls, values: Any) -> Any:
        """Name each limit that cannot be used by its variable, which the fault itself does not know."""
        try:
            _LIMITS.validate_python(values.get("limits", {}))
        except ValidationError as error:
            raise ValueError("; ".join(_sentence(fault) for fault in error.errors(include_input=False))) from None
        return values


_LIMITS = TypeAdapter(Limits)


def _sentence(fault: Any) -> str:
    name = "__".join(["POSTROOM_PARSE_LIMITS", *(str(place).upper() for place in fault["loc"])])
    if fault["type"] == "unexpected_keyword_argument":
        return f"{name}: there is no such limit (parse/limits.py)"
    return f"{name}: {fault['msg']}"
