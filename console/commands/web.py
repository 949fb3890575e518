"""``postroom console``: the web pages."""

from __future__ import annotations

from prometheus_client import start_http_server

from backbone import telemetry
from backbone.settings import Settings, load
from console.settings import ConsoleSettings


def console() -> None:
    """Serve the web pages: so far the files that were too large for their mails, under POSTROOM_PUBLIC_URL.

    Example: POSTROOM_CONSOLE_PORT=8080 postroom console
    """
    from console.web.server import serve  # noqa: PLC0415 - the web's libraries take half a second that others save

    settings, own = load(Settings), load(ConsoleSettings)
    telemetry.start(settings, "console")
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    serve(settings, own)
