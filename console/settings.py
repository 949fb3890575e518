"""Settings of the console, from ``POSTROOM_CONSOLE_…``."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsoleSettings(BaseSettings):
    """Where ``postroom console`` serves the web pages; a proxy with TLS belongs before it."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_CONSOLE_", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen at; 0.0.0.0 in a container")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen at")
    threads: int = Field(8, ge=1, le=256, description="Requests that wait for database or blob store at once")
