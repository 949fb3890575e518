"""Logs, and Sentry when a DSN is set.

Log lines are JSON with a static event name; ids stand in them, never addresses, texts or secrets. ``correlation_id``
follows one mail from its fetch to the reply.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.integrations.dramatiq import DramatiqIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from backbone.settings import Settings


def start(settings: Settings, process: str) -> None:
    """Set logging up for this process (its name in each line), and Sentry when it is wanted."""
    stamps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    end = structlog.processors.JSONRenderer() if settings.log_format == "json" else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, end],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for chatty in ("pika", "dramatiq", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.ERROR if settings.log_level != "debug" else logging.DEBUG)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *stamps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    dsn = settings.sentry_dsn.get_secret_value()
    if dsn:
        sentry_sdk.init(
            dsn=dsn,
            environment=settings.environment,
            # Log lines stay here: Sentry gets bugs, each once.
            integrations=[DramatiqIntegration(), LoggingIntegration(level=None, event_level=None)],
            include_local_variables=False,
            max_breadcrumbs=0,
            before_send=_without_content,
        )


@contextmanager
def correlated(correlation_id: str, **ids: int) -> Iterator[None]:
    """Bind the correlation id and further ids to every log line of the block."""
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id, **ids):
        yield


def report(error: BaseException) -> None:
    """Tell Sentry about a bug; does nothing when it is not set up."""
    sentry_sdk.capture_exception(error)


def _without_content(event: Event, _hint: Hint) -> Event:
    """Take every text out that an exception may have from a mail: its type and stack say where the bug is."""
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = "(left out: it may quote a mail)"
    for key in ("logentry", "message", "extra", "request"):
        event.pop(key, None)  # type: ignore[misc]  # keys of a TypedDict, one by one
    return event
