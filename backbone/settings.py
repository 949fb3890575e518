"""Settings shared by every process, from ``POSTROOM_…`` environment variables.

With none set, Postroom runs embedded: SQLite, a folder of blobs and an in-process broker below ``data_dir``.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Literal, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from backbone.errors import UserError

S = TypeVar("S", bound=BaseSettings)


class Settings(BaseSettings):
    """Where the state lives and how patient to be with it. Durations are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_", extra="ignore", frozen=True, allow_inf_nan=False)

    data_dir: Path = Field(Path("var"), description="Folder of the embedded database, blobs and key")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in data_dir")
    amqp_url: SecretStr = Field(SecretStr(""), description="RabbitMQ URL; empty: an in-process broker")
    blob_url: str = Field("", description="file://, s3://, gs:// or az:// URL; empty: a folder in data_dir")
    blob_options: dict[str, str] = Field({}, description="JSON object of store options, such as endpoint and keys")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Keys that encrypt secrets and sign tokens, newest first, separated by commas"
    )
    instance: str = Field("postroom", pattern=r"^[A-Za-z0-9.-]{1,60}$", description="Name in our loop header")
    public_url: str = Field(
        "", description="Address under which people reach the web pages, https://…; links in QR codes begin with it"
    )
    database_pool: int = Field(0, ge=0, description="Connections a process may open; 0: its threads plus two")

    requeue_after: float = Field(60, gt=0, description="A row whose event got lost is published again after this")
    sending_lease: float = Field(900, gt=0, description="A send without outcome counts as unknown after this")
    unknown_outcome: Literal["resend", "hold"] = Field("resend", description="What to do with such a send")
    suppress_days: int = Field(
        60, ge=1, le=3650, description="Days in which nothing automatic goes to an address that does not exist"
    )
    max_attempts: int = Field(5, ge=1, description="Tries of work that meets a bug, before it is marked failed")
    scheduler_interval: float = Field(1, gt=0, description="Pause between two looks of the scheduler")

    chat_file_bytes: int = Field(
        10_000_000, ge=0, le=100_000_000, description="Size of the files in one chat event, together"
    )
    chat_prefetch: int = Field(
        16, ge=1, le=1000, description="Chat events that a worker has in hand at once, also in its memory"
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged")
    log_format: Literal["json", "console"] = Field("json", description="console: coloured lines for a person")
    metrics_port: int = Field(0, ge=0, le=65535, description="Prometheus port of a worker; 0: none")
    sentry_dsn: SecretStr = Field(SecretStr(""), description="Report bugs to Sentry; empty: do not")
    environment: str = Field("production", description="Name of this environment in Sentry")

    @field_validator("public_url")
    @classmethod
    def _absolute(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("it has to be an address such as https://tickets.example.com")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _distributed_needs_a_key(self) -> Self:
        if not self.embedded and not self.secret_key.get_secret_value():
            raise ValueError(
                "POSTROOM_SECRET_KEY is required when POSTROOM_AMQP_URL is set; make one with 'postroom secret-key'"
            )
        return self

    @property
    def embedded(self) -> bool:
        """Whether everything runs in this one process."""
        return not self.amqp_url.get_secret_value()

    @cached_property
    def resolved_database_url(self) -> str:
        """The database's URL with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/postroom.db"

    @cached_property
    def resolved_blob_url(self) -> str:
        """The blob store's URL with the embedded default filled in."""
        return self.blob_url or (self.data_dir.resolve() / "blobs").as_uri()

    def redacted(self) -> dict[str, str]:
        """Return every setting as text, without secrets or passwords in URLs."""
        shown = {name: str(value) for name, value in self.model_dump().items()}
        shown["blob_options"] = ", ".join(sorted(self.blob_options))
        for name in ("database_url", "blob_url"):
            shown[name] = _without_password(shown[name])
        return shown


def load(kind: type[S]) -> S:
    """Read ``kind`` from the environment; raise UserError naming every variable that is wrong."""
    prefix = kind.model_config.get("env_prefix", "")
    try:
        return kind()
    except SettingsError as error:
        # The library names the field but not the variable, and the value may be a secret.
        name = re.search(r'field "(\w+)"', str(error))
        raise UserError(
            f"Settings cannot be used: {prefix}{name[1].upper() if name else '…'}: it has to be a JSON value, "
            'such as {"endpoint": "https://s3.example.com"}.'
        ) from None
    except ValidationError as error:
        lines = [
            f"{prefix}{str(fault['loc'][0]).upper()}: {fault['msg']}"
            if fault["loc"]
            else fault["msg"].removeprefix("Value error, ")
            for fault in error.errors(include_input=False)
        ]
        raise UserError("Settings cannot be used: " + "; ".join(lines) + ".") from None


def _without_password(url: str) -> str:
    """Return ``url`` without the password of its user, and without its query, which may hold one as well."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if ":" in user:
        user = f"{user.partition(':')[0]}:…"
    query = urlencode([(name, "…") for name, _ in parse_qsl(parts.query)], safe="…")
    return parts._replace(netloc=f"{user}{at}{host}", query=query).geturl() if at or query else url
