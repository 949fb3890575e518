"""Settings of the tickets stage, from ``POSTROOM_TICKETS_…``."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickets.numbers import check_pattern, check_prefix


class TicketSettings(BaseSettings):
    """How tickets are numbered and filled."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_TICKETS_", extra="ignore", frozen=True)

    number_pattern: str = Field(
        "{prefix}{day}{month}{number:03}", description="Parts: {prefix} {year} {month} {day} {number:0N}"
    )
    number_prefix: str = Field("O", description="Prefix where the template has none")

    @field_validator("number_pattern")
    @classmethod
    def _usable(cls, pattern: str) -> str:
        return check_pattern(pattern)

    @field_validator("number_prefix")
    @classmethod
    def _fitting(cls, prefix: str) -> str:
        return check_prefix(prefix)
