"""``postroom mailbox backfill``: older mail of a mailbox, of which nobody is told."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from backbone.errors import UserError
from backbone.runtime import Runtime
from backbone.tls import ServerTroubleError
from console.commands.common import AsJson, find_mailbox, plain, print_json, runtime, screen
from ingest import backfill as older
from ingest import service


def backfill(
    address: Annotated[str, typer.Argument(help="The mailbox's address.")],
    since: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The first day, as 2026-11-01.")
    ],
    folder: Annotated[str | None, typer.Option(help="Another folder than the mailbox's own.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be taken.")] = False,
    per_minute: Annotated[int, typer.Option(min=1, max=1_000_000, help="Mails a minute at the most.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Take older mail of a mailbox, read mail too; it becomes tickets and messages, and no notices are sent for it.

    Unread mail is left to the ordinary runs, unless the mailbox is switched off. Broken off, it goes on when it is
    started again.

    Example: postroom mailbox backfill support@example.com --since 2026-11-01 --dry-run
    """
    with runtime() as opened:
        box = find_mailbox(opened, address)
        job = older.Job(box, folder or box.folder, since.date(), per_minute)
        told: dict[str, Any] = {"mailbox": box.address, "folder": job.folder, "since": job.since.isoformat()}
        try:
            told |= {"dry_run": dry_run} | (_look(opened, job) if dry_run else _run(opened, job))
        except ServerTroubleError as error:
            raise UserError(str(error)) from None
    if as_json:
        print_json(told)
        return
    screen.print(
        plain(f"{told['found']} mails in {job.folder} since {job.since}, {told['known']} of them taken before.")
    )
    if dry_run:
        screen.print(f"{told['wanted']} would be taken, {told['bytes'] / 1e6:.1f} MB; nothing was changed.")
    else:
        screen.print(f"{told['taken']} are taken now; nobody is told of them.")


def _look(opened: Runtime, job: older.Job) -> dict[str, int]:
    wanted = older.look(opened, job, service.own_settings())
    known = wanted.found - len(wanted.uids)
    return {"found": wanted.found, "known": known, "wanted": len(wanted.uids), "bytes": wanted.size}


def _run(opened: Runtime, job: older.Job) -> dict[str, int]:
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("mails", total=None)
        found, known, taken = older.run(
            opened,
            job,
            service.own_settings(),
            lambda behind, total: progress.update(bar, completed=behind, total=total),
        )
    return {"found": found, "known": known, "taken": taken}
