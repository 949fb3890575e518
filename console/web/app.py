"""The web application: its pages, and what every answer says to the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from backbone import stage
from backbone.blobs import StoreUnavailableError
from backbone.runtime import Runtime
from console.web import downloads, pages


def make_app(runtime: Runtime, threads: int) -> FastAPI:
    """Return the application over these stores; so many ``threads`` wait for them at once."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = threads
        yield

    app = FastAPI(
        title="Postroom",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # they would lead to whatever host the request names
        lifespan=life,
    )
    app.state.runtime = runtime
    app.include_router(downloads.router)
    app.add_api_route("/healthz", _healthy, methods=["GET"])
    app.add_exception_handler(HTTPException, _fault)
    app.add_exception_handler(StoreUnavailableError, _trouble)
    app.add_exception_handler(Exception, _trouble)  # and then it is logged, with its traceback
    return app


def _healthy() -> Response:
    """Tell that the process answers; it asks no store, as starting it again would mend none."""
    return PlainTextResponse("ok\n")


def _fault(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return pages.page(request, status, headers=getattr(error, "headers", None))


def _trouble(request: Request, error: Exception) -> Response:
    return pages.page(request, 503 if stage.is_away(error) else 500)
