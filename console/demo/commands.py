"""``postroom demo``."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from backbone import telemetry
from backbone.database import Database
from backbone.errors import UserError
from backbone.settings import Settings
from backbone.worker import embedded, stop_signals
from console.commands.common import AsJson, print_json
from console.demo.customers import ACCOUNTS
from console.demo.mailserver import MailServer
from console.demo.narrator import Narrator, how_to_write
from console.demo.report import complete, report
from console.demo.story import Outcome, tell
from console.demo.world import StoppedError, World

LIVE_SECONDS = 0.5
STOPPED = 130
"""Exit code of a program that was interrupted, as shells have it."""

Port = Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")]


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the story; exit 0 if all of it was seen.")] = False,
    as_json: AsJson = False,
    keep: Annotated[Path | None, typer.Option(help="Keep the data in this new folder.")] = None,
    smtp_port: Port = 0,
    imap_port: Port = 0,
) -> None:
    """Watch the whole job within a minute: a mail server, five customers, tickets, answers out and back.

    Everything is real and runs on this machine only, in one process. Then write mail yourself, until Ctrl-C.

    Example: postroom demo --once --json
    """
    console = Console(stderr=as_json, highlight=False)
    with _folder(keep) as folder, stop_signals() as stopping:
        settings = _settings(folder)
        telemetry.start(settings, "demo")
        with closing(Database(settings.resolved_database_url)) as database:
            database.migrate()
        with MailServer(ACCOUNTS, smtp_port=smtp_port, imap_port=imap_port) as server, embedded(settings) as runtime:
            world = World(server, runtime, folder, stopping)
            stopped = False
            with Narrator(console, lambda: world.counts().sentence()) as narrator:
                try:
                    done = _tell(world, narrator, as_json=as_json)
                    if not once and done:
                        _keep_running(world, narrator, stopping)
                except StoppedError:
                    done, stopped = False, True
                    narrator.say("Stopped.")
    if not done:
        raise typer.Exit(STOPPED if stopped else 1)


def _tell(world: World, narrator: Narrator, *, as_json: bool) -> bool:
    started = time.monotonic()
    narrator.say("Postroom demo: customers write mail, tickets appear, answers go out and come back.\n", "bold")
    outcomes = []
    for event in tell(world):
        if isinstance(event, Outcome):
            outcomes.append(event)
            narrator.end(event)
        else:
            narrator.begin(event)
    narrator.doing("")
    seconds = time.monotonic() - started
    done = complete(outcomes)
    narrator.say(
        f"\nAll {len(outcomes)} steps were seen to happen, in {seconds:.1f} s."
        if done
        else "\nThe story broke off: the last step was not seen to happen.",
        "bold green" if done else "bold red",
    )
    if as_json:
        print_json(report(world, outcomes, seconds))
    return done


def _keep_running(world: World, narrator: Narrator, stopping: threading.Event) -> None:
    narrator.say(how_to_write(world))
    narrator.doing("Waiting for your mail")
    said = ""
    while not stopping.wait(LIVE_SECONDS):
        now = world.counts().sentence()
        if now != said and not narrator.watched:
            narrator.say(now)
        said = now
    narrator.doing("")
    narrator.say("Goodbye.")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Yield the folder for the data: a temporary one, or an empty one that stays."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="postroom-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        used = any(keep.iterdir())
    except OSError as error:
        raise UserError(f"The folder {keep} cannot be used ({error.strerror}); name another with --keep.") from None
    if used:
        raise UserError(f"The folder {keep} is not empty; name a new one, as the demo begins from nothing.")
    yield keep.resolve()


def _settings(folder: Path) -> Settings:
    """Return settings for this process alone, whatever the environment says of a real Postroom."""
    return Settings(
        data_dir=folder,
        database_url="",
        amqp_url=SecretStr(""),
        blob_url="",
        secret_key=SecretStr(""),
        sentry_dsn=SecretStr(""),
        metrics_port=0,
        log_level="warning",
        log_format="console",
    )
