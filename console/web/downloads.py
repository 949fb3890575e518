"""``/f/TOKEN``: a file that was too large for its mail, for whoever has the link, until its day.

Whatever the file is, the browser is told to save it, not to show it: customers' files must not run as our pages.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from backbone import clock
from backbone.blobs import BlobMissingError
from backbone.runtime import Runtime
from console.web import pages
from tickets import files

LONGEST_NAME = 150
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f"\\/:*?<>|\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')
"""What no file system or header takes, and what would make a name look like another."""

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

router = APIRouter()


def _runtime(request: Request) -> Runtime:
    opened: Runtime = request.app.state.runtime
    return opened


@router.api_route(f"{files.PATH}{{token}}", methods=["GET", "HEAD"])
def download(token: str, request: Request, runtime: Annotated[Runtime, Depends(_runtime)]) -> Response:
    """Send the file that a link leads to; a page says why when there is none."""
    with runtime.database.reading() as connection:
        found = files.linked(connection, runtime.vault.signing_keys, token, clock.now())
    if isinstance(found, files.Expired):
        return pages.page(request, 410)
    if found is None:
        return pages.page(request, 404)
    try:
        size, pieces = runtime.blobs.stream(found.sha256)
    except BlobMissingError:
        return pages.page(request, 404)
    told = {"Content-Disposition": disposition(found.filename), "Content-Length": str(size)}
    if request.method == "HEAD":
        return Response(media_type="application/octet-stream", headers={**HEADERS, **told})
    return StreamingResponse(pieces, media_type="application/octet-stream", headers={**HEADERS, **told})


def disposition(filename: str) -> str:
    """Return the Content-Disposition for a file of that name (RFC 6266), for old programs in ASCII too."""
    name = _UNSAFE.sub("_", filename).strip(" .")
    stem, dot, end = name.rpartition(".")
    if len(name) > LONGEST_NAME:
        name = f"{stem[: LONGEST_NAME - 20]}{dot}{end[:19]}" if dot else name[:LONGEST_NAME]
    name = name or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
