"""Blobs: raw mail, parsed mail and attachments, each named by the SHA-256 of its bytes.

A blob is never changed; storing the same bytes twice stores them once. Over ``file://``, ``s3://``, ``gs://`` and
``az://`` through obstore.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import from_url

from backbone.errors import UserError

PIECE = 1 << 20
"""Bytes of a blob that are read at once where it is read in pieces."""


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
                f"POSTROOM_BLOB_URL {url!r} cannot be opened ({_first_line(error)}); use file:///folder or s3://bucket "
                'with POSTROOM_BLOB_OPTIONS such as {"endpoint": "…", "access_key_id": "…", "secret_access_key": "…"}.'
            ) from None

    def put(self, content: bytes, *, durable: bool = False) -> str:
        """Store ``content`` and return its key.

        With ``durable`` a local store also waits until the disk has it, as remote stores do by themselves.
        """
        key = key_of(content)
        path = _path(key)
        try:
            if not (self._folder and _holds(self._folder / path, len(content))):
                obstore.put(self._store, path, content)
            if self._folder and durable:
                # Also of a blob that is there already: who wrote it may not have waited for the disk.
                _sync(self._folder / path)
        except (BaseError, OSError) as error:
            raise StoreUnavailableError(str(error)) from error
        return key

    def get(self, key: str) -> bytes:
        """Return the bytes of ``key``; raise BlobMissingError when there are none."""
        with _told(key):
            return bytes(obstore.get(self._store, _path(key)).bytes())

    def stream(self, key: str) -> tuple[int, Iterator[bytes]]:
        """Return the size of ``key`` and its bytes in pieces, of which one at a time is in memory.

        Raises BlobMissingError when there are none. Each piece is asked for when it is wanted: one answer for all of
        them would have to arrive within the store's timeout, however slowly its reader takes it.
        """
        path = _path(key)
        with _told(key):
            size = int(obstore.head(self._store, path)["size"])

        def pieces() -> Iterator[bytes]:
            for start in range(0, size, PIECE):
                with _told(key):
                    piece = bytes(obstore.get_range(self._store, path, start=start, end=min(start + PIECE, size)))
                yield piece

        return size, pieces()


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Raise what the library says of a read as an error of ours."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        if "NoSuchBucket" in str(error):
            raise StoreUnavailableError(str(error)) from error  # a setting is wrong, and no mail is lost
        raise BlobMissingError(key) from None
    except (BaseError, OSError) as error:
        raise StoreUnavailableError(str(error)) from error


def _first_line(error: Exception) -> str:
    """Return what the library says before it goes into its own inner state."""
    return str(error).partition("\n")[0]


def _path(key: str) -> str:
    """Spread blobs over 256 folders, as file systems like it."""
    return f"{key[:2]}/{key}"


def _holds(path: Path, size: int) -> bool:
    """Whether the blob is there, whole: a power cut may have left one that is empty."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _sync(path: Path) -> None:
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
