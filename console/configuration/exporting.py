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
from console.configuration.export import stored_mail
from console.configuration.export_mailboxes import SampleWriter

_FIGURES = 12

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write into FILE instead, in the place of what it held."),
]
SampleFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write the mails pinned to sender rules into DIR, and name the files there."),
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
    text = as_text(held, _writer(settings, samples, base) if samples else stored_mail)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


def schema() -> None:
    """Print the JSON schema of the mail configuration, by which an editor completes and checks its keys.

    Example: postroom schema > configuration.schema.json
    """
    typer.echo(schemas.text(), nl=False)


def _writer(settings: Settings, folder: Path, base: Path) -> SampleWriter:
    """Return what writes a sample's mail into ``folder``, and gives its path as seen from ``base``."""
    blobs = Blobs(settings.resolved_blob_url, settings.blob_options)
    folder.mkdir(parents=True, exist_ok=True)

    def write(sample: Data) -> Data:
        key = str(sample["mail"])
        path = folder / f"{key[:_FIGURES]}.eml"
        try:
            path.write_bytes(blobs.get(key))
        except BlobMissingError:
            raise UserError(
                f"The mail {key} of the sample {sample['name']!r} is no longer in the blob store; "
                "take the sample out of its sender rule, or export without --samples."
            ) from None
        return {"file": Path(os.path.relpath(path, base)).as_posix()}

    return write
