"""Settings of the replies stage, from ``POSTROOM_REPLIES_…``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReplySettings(BaseSettings):
    """How mail is sent. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_REPLIES_", extra="ignore", frozen=True)

    timeout: float = Field(60, gt=0, description="An SMTP server that takes longer for an answer counts as hanging")
    answer_timeout: float = Field(
        300, gt=0, description="The same after the end of a mail's data, when the server may check it for long"
    )
    most_resends: int = Field(
        3, ge=0, description="A mail whose outcome stays unknown is sent again so often, then held for a person"
    )
    connections: int = Field(
        4,
        ge=1,
        description="SMTP connections of a process to one mailbox's server; with several mailboxes at most "
        "half of its threads",
    )
    slow_after: float = Field(
        5, gt=0, description="A server that takes longer for a mail is slow; all slow ones share half of the threads"
    )
    idle: float = Field(20, gt=0, description="An SMTP connection unused for longer is not used again")
    first_retry: float = Field(60, gt=0, description="Pause after the first failure; it doubles with each")
    longest_retry: float = Field(14_400, gt=0, description="The longest such pause")
    give_up_after: float = Field(432_000, gt=0, description="After this a mail that keeps failing is given up")
