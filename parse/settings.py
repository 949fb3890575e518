"""Settings of the parse stage, from ``POSTROOM_PARSE_…``."""

from __future__ import annotations

from typing import Any

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from parse.limits import Limits
from parse.rules.runner import RunLimits


class ParseSettings(BaseSettings):
    """Limits on what one mail and its sender rules' patterns may cost, and whose word on authentication counts."""

    model_config = SettingsConfigDict(
        env_prefix="POSTROOM_PARSE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    limits: Limits = Field(
        Limits(), description="What one mail may cost, such as POSTROOM_PARSE_LIMITS__SECONDS=5 (parse/limits.py)"
    )
    rules: RunLimits = Field(
        RunLimits(),
        description="What one regular expression of a sender rule may cost, such as POSTROOM_PARSE_RULES__SECONDS=2 "
        "(parse/rules/runner.py)",
    )
    authserv_ids: frozenset[str] = Field(
        frozenset(), description="JSON list: the authserv-ids whose Authentication-Results are believed (RFC 8601)"
    )
    arc: bool = Field(default=False, description="Believe ARC chains sealed by those authserv-ids (RFC 8617)")

    @model_validator(mode="before")
    @classmethod
    def _name_bad_limits(cls, values: Any) -> Any:
        """Name each limit that cannot be used by its variable, which the fault itself does not know."""
        sentences: list[str] = []
        for name, (limits, place) in _GROUPS.items():
            try:
                limits.validate_python(values.get(name, {}))
            except ValidationError as error:
                sentences += (_sentence(name, place, fault) for fault in error.errors(include_input=False))
        if sentences:
            raise ValueError("; ".join(sentences))
        return values


_GROUPS: dict[str, tuple[TypeAdapter[Any], str]] = {
    "limits": (TypeAdapter(Limits), "parse/limits.py"),
    "rules": (TypeAdapter(RunLimits), "parse/rules/runner.py"),
}


def _sentence(group: str, place: str, fault: Any) -> str:
    name = "__".join([f"POSTROOM_PARSE_{group.upper()}", *(str(part).upper() for part in fault["loc"])])
    if fault["type"] == "unexpected_keyword_argument":
        return f"{name}: there is no such limit ({place})"
    return f"{name}: {fault['msg']}"
