"""Settings of the ingest stage, from ``POSTROOM_INGEST_…``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IngestSettings(BaseSettings):
    """How mailboxes are read. Durations are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_INGEST_", extra="ignore", frozen=True, allow_inf_nan=False)

    max_mail_bytes: int = Field(50_000_000, gt=0, description="Of a larger mail only the headers are taken")
    batch_mails: int = Field(50, ge=1, le=500, description="Mails fetched, stored and flagged together")
    batch_bytes: int = Field(32_000_000, gt=0, description="Mails in memory at once, by their announced sizes")
    timeout: float = Field(60, gt=0, description="Silence after which an IMAP server counts as hanging")
    lease: float = Field(60, gt=0, description="How long a mailbox stays taken when its worker has died")
    longest_run: float = Field(300, gt=0, description="After this a worker goes on with other mailboxes first")
    longest_backoff: float = Field(1800, gt=0, description="Pause between tries of a mailbox that keeps failing")
