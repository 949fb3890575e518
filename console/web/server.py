"""The process that serves the web pages."""

from __future__ import annotations

import uvicorn

from backbone.runtime import open_runtime
from backbone.settings import Settings
from console.settings import ConsoleSettings
from console.web.app import make_app

LONGEST_GOODBYE = 30
"""Seconds that downloads under way get when the process is asked to end."""


def serve(settings: Settings, own: ConsoleSettings) -> None:
    """Serve the pages until the process is asked to end; raise OSError when the port is taken."""
    runtime = open_runtime(settings, threads=own.threads)
    try:
        uvicorn.Server(
            uvicorn.Config(
                make_app(runtime, own.threads),
                host=own.host,
                port=own.port,
                lifespan="on",
                log_config=None,  # ours is set up already
                access_log=False,  # a link is a key to its file
                server_header=False,
                timeout_graceful_shutdown=LONGEST_GOODBYE,
            )
        ).run()
    finally:
        runtime.close()
