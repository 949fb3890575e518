"""Settings of the parse stage, from ``POSTROOM_PARSE_…``."""

from __future__ import annotations

from pydantic import Field
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
