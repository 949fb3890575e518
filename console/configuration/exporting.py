"""``postroom export`` and ``postroom schema``. Exit code 0: written; 1: it could not be, and a sentence says why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from backbone.blobs import BlobMissingError, Blobs
from backbone.errors import UserError
from backbone.settings import Settings, load
from console.configuration import opening, stored
from console.configuration import schema as schemas
from console.configuration.brief import Data
from console.configuration.export import export as as_text
from console.configuration.export_mailboxes import SampleWriter
from console.configuration.logos import LogoWriter
from replies.pictures import picture

_FIGURES = 12

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write into FILE instead, in the place of what it held."),
]
SampleFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write pinned mails and logos into DIR, and name the files there."),
]


def export(output: Output = None, samples: SampleFolder = None) -> None:
    """Print the mail configuration that the database holds as YAML, which plan and apply take again.

    Passwords are left out: variables of the environment stand for them. What was removed is left out, and so are the
    comments of your files, which are never touched unless --output names one.

    Example: postroom export | postroom plan -
    """
    settings = load(Settings)
    base = output.parent if output else Path()
    with opening.to_read(settings) as (database, vault), database.reading() as connection:
        held = stored.load(connection, vault)
    text = as_text(held, *_writers(settings, samples, base)) if samples else as_text(held)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def schema() -> None:
    """Print the JSON schema of the mail configuration, by which an editor completes and checks its keys.

    Example: postroom schema > configuration.schema.json
    """
    typer.echo(schemas.text(), nl=False)


def _writers(settings: Settings, folder: Path, base: Path) -> tuple[SampleWriter, LogoWriter]:
    """Return what writes a sample's mail and a logo into ``folder``, and gives its path as seen from ``base``."""
    blobs = Blobs(settings.resolved_blob_url, settings.blob_options)
    folder.mkdir(parents=True, exist_ok=True)

    def write(key: str, content: bytes, suffix: str) -> str:
        path = folder / f"{key[:_FIGURES]}.{suffix}"
        path.write_bytes(content)
        return Path(os.path.relpath(path, base)).as_posix()

    def sample_of(sample: Data) -> Data:
        key = str(sample["mail"])
        try:
            return {"file": write(key, blobs.get(key), "eml")}
        except BlobMissingError:
            raise UserError(
                f"The mail {key} of the sample {sample['name']!r} is no longer in the blob store; "
                "take the sample out of its sender rule, or export without --samples."
            ) from None

    def logo_of(address: str, key: str) -> str:
        try:
            content = blobs.get(key)
        except BlobMissingError:
            raise UserError(
                f"The logo {key} of {address} is no longer in the blob store; apply it again, or export without "
                "--samples."
            ) from None
        image = picture(content)
        return write(key, content, image.content_type.removeprefix("image/") if image else "bin")

    return sample_of, logo_of
