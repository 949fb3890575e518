"""Blobs on a local disk: stored once, whole, and found again whatever the folder is called."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from backbone.blobs import BlobMissingError, Blobs, StoreUnavailableError, key_of
from backbone.errors import UserError
from backbone.settings import Settings

CONTENT = b"From: a@b.example\r\n\r\n\x00\xff body"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("content", [CONTENT, b"", b"x" * 3_000_000], ids=["small", "empty", "large"])
def test_the_same_bytes_are_stored_once_under_their_hash(tmp_path: Path, content: bytes, *, durable: bool) -> None:
    blobs = Blobs(tmp_path.as_uri())
    key = blobs.put(content, durable=durable)
    stored = files(tmp_path)
    assert key == key_of(content) == sha256(content).hexdigest()
    assert blobs.put(content, durable=durable) == key
    assert files(tmp_path) == stored
    assert len(stored) == 1
    assert blobs.get(key) == content


def test_a_missing_blob_is_told_from_a_store_that_is_away(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    with pytest.raises(BlobMissingError, match="000000"):
        blobs.get("0" * 64)
    (tmp_path / "00").write_text("a file where a folder has to be")
    with pytest.raises(StoreUnavailableError):
        blobs.get("0" * 64)


def test_a_disk_that_refuses_is_a_store_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs = Blobs(tmp_path.as_uri())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailableError, match="No space left"):
        blobs.put(CONTENT, durable=True)
    (tmp_path / "aa").write_text("a file where a folder has to be")
    content = next(one for one in (b"%d" % number for number in range(10_000)) if key_of(one).startswith("aa"))
    with pytest.raises(StoreUnavailableError):
        blobs.put(content)


def test_a_blob_that_a_power_cut_left_empty_is_written_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    key = blobs.put(CONTENT)
    files(tmp_path)[0].write_bytes(b"")
    assert blobs.put(CONTENT) == key
    assert blobs.get(key) == CONTENT


def test_a_durable_blob_is_synced_even_when_somebody_else_wrote_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = Blobs(tmp_path.as_uri())
    blobs.put(CONTENT)
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(str(Path(f"/proc/self/fd/{handle}").readlink())))
    key = blobs.put(CONTENT, durable=True)
    assert synced == [str(tmp_path / key[:2] / key), str(tmp_path / key[:2]), str(tmp_path)]


@pytest.mark.parametrize("name", ["plain", "with blank", "Почта", "100%", "a#b", "a?b", "%20"])
def test_the_embedded_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path / name})
    blobs = Blobs(settings.resolved_blob_url)
    key = blobs.put(CONTENT, durable=True)
    assert Blobs(settings.resolved_blob_url).get(key) == CONTENT
    assert files(tmp_path) == [tmp_path / name / "blobs" / key[:2] / key]


def test_threads_may_store_the_same_bytes_at_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    contents = [b"%d" % (number % 5) for number in range(100)]
    with ThreadPoolExecutor(12) as pool:
        keys = list(pool.map(lambda content: blobs.put(content, durable=True), contents))
    assert [blobs.get(key) for key in keys] == contents
    assert len(files(tmp_path)) == 5


@pytest.mark.parametrize(
    ("url", "options"),
    [("nonsense", {}), ("ftp://host/folder", {}), ("", {}), ("s3://bucket", {"no_such_option": "1"})],
)
def test_a_url_that_cannot_be_used_is_named_with_its_cure(url: str, options: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"POSTROOM_BLOB_URL .* cannot be opened .* use file:///folder or s3://bucket"):
        Blobs(url, options)
