"""Blobs: raw mail, parsed mail and attachments, each named by the SHA-256 of its bytes.

A blob is never changed; storing the same bytes twice stores them once. Over ``file://``, ``s3://``, ``gs://`` and
``az://`` through obstore.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import from_url

from backbone.errors import UserError


class BlobMissingError(LookupError):
    """The store has no blob of that key."""


class StoreUnavailableError(Exception):
    """The store cannot be reached, or refuses for now; the work waits and goes on later."""


def key_of(content: bytes) -> str:
    """Return the key of ``content``: its SHA-256 in hex."""
    return sha256(content).hexdigest()


class Blobs:
    """A store of blobs at one URL."""

    def __init__(self, url: str, options: dict[str, str] | None = None) -> None:
        """Open the store at ``url``; raise UserError when the URL or an option cannot be used."""
        parts = urlsplit(url)
        self._folder = Path(unquote(parts.path)) if parts.scheme == "file" else None
        config: dict[str, Any] = dict(options or {})
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        if config.get("endpoint", "").startswith("http://"):
            config["client_options"] = {"allow_http": True}
        try:
            self._store = from_url(url, **config)
        except (BaseError, ValueError, TypeError) as error:
            raise UserError(
                f"POSTROOM_BLOB_URL {url!r} cannot be opened ({error}); use file:///folder or s3://bucket with "
                'POSTROOM_BLOB_OPTIONS such as {"endpoint": "…", "access_key_id": "…", "secret_access_key": "…"}.'
            ) from None

    def put(self, content: bytes, *, durable: bool = False) -> str:
        """Store ``content`` and return its key.

        With ``durable`` a local store also waits until the disk has it, as remote stores do by themselves.
        """
        key = key_of(content)
        path = _path(key)
        if self._folder and (self._folder / path).exists():
            return key
        try:
            obstore.put(self._store, path, content)
        except (BaseError, OSError) as error:
            raise StoreUnavailableError(str(error)) from error
        if self._folder and durable:
            _sync(self._folder / path)
        return key

    def get(self, key: str) -> bytes:
        """Return the bytes of ``key``; raise BlobMissingError when there are none."""
        try:
            return bytes(obstore.get(self._store, _path(key)).bytes())
        except (NotFoundError, FileNotFoundError):
            raise BlobMissingError(key) from None
        except (BaseError, OSError) as error:
            raise StoreUnavailableError(str(error)) from error


def _path(key: str) -> str:
    """Spread blobs over 256 folders, as file systems like it."""
    return f"{key[:2]}/{key}"


def _sync(path: Path) -> None:
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
