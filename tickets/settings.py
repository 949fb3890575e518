"""Settings of the tickets stage, from ``POSTROOM_TICKETS_…``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickets.numbers import check_pattern, check_prefix

_Windows = dict[Annotated[int, Field(ge=1, le=10_080)], Annotated[int, Field(ge=0)]]
"""At most so many mails within so many minutes, by the minutes."""


class TicketSettings(BaseSettings):
    """How tickets are numbered and filled, and how many automatic mails may leave. 0 mails in a window are none."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_TICKETS_", extra="ignore", frozen=True)

    number_pattern: str = Field(
        "{prefix}{day}{month}{number:03}", description="Parts: {prefix} {year} {month} {day} {number:0N}"
    )
    number_prefix: str = Field("O", description="Prefix where the template has none")
    notices_per_ticket: _Windows = Field(
        {10: 10, 30: 15, 60: 25, 180: 50, 600: 100},
        description='Automatic mails to one address about one ticket: by minutes, how many within them, as {"10": 5}',
    )
    notices_per_address: _Windows = Field(
        {10: 30, 30: 60, 60: 120, 180: 240, 600: 360}, description="Automatic mails to one address"
    )
    notices_per_domain: _Windows = Field(
        {10: 500, 60: 1500}, description="Automatic mails from one mailbox to one domain"
    )
    registration_days: int = Field(14, ge=1, le=365, description="Days until a link to register expires")
    registration_again_days: int = Field(
        30, ge=1, le=365, description="Days after which an unregistered sender gets a new one"
    )

    @field_validator("number_pattern")
    @classmethod
    def _usable(cls, pattern: str) -> str:
        return check_pattern(pattern)

    @field_validator("number_prefix")
    @classmethod
    def _fitting(cls, prefix: str) -> str:
        return check_prefix(prefix)
