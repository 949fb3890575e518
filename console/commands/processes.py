"""Commands that run the pipeline: ``worker``, ``scheduler``, ``watch``, ``run``; and ``migrate``, ``secret-key``."""

from __future__ import annotations

import threading
from contextlib import closing
from enum import StrEnum
from typing import Annotated

import typer
from prometheus_client import start_http_server

from backbone import scheduler as clockwork
from backbone import stage, telemetry, vault, worker
from backbone.broker import Publisher, declare_queues, open_broker
from backbone.database import Database
from backbone.errors import UserError
from backbone.exchange import relay
from backbone.routing import STAGES
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings, load
from console.commands.common import screen
from ingest import watch as watcher
from tickets import bus


class StageName(StrEnum):
    """The stages, as the command line takes them."""

    INGEST = "ingest"
    PARSE = "parse"
    TICKETS = "tickets"
    REPLIES = "replies"
    CHAT = "chat"


def run_worker(
    stages: Annotated[
        list[StageName], typer.Argument(metavar="STAGE...", help="ingest, parse, tickets, replies; or chat alone")
    ],
    processes: Annotated[int, typer.Option(min=1, max=256, help="Worker processes; a dead one is replaced.")] = 1,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Threads in each process.")] = 4,
) -> None:
    """Run workers of one stage, or of several, until they are asked to end.

    'chat' takes the messages that a chat system publishes over AMQP. One process of it works at a time and keeps the
    order of a ticket's messages; more of them stand by.

    Example: postroom worker parse --processes 4 --threads 8
    """
    _distributed("worker")
    if StageName.CHAT in stages:
        if len(stages) > 1:
            raise UserError("'chat' runs in a process of its own: start 'postroom worker chat' beside the stages.")
        worker.run_chat(bus.receive, processes, threads)
        return
    worker.run([name.value for name in stages], processes, threads)


def scheduler() -> None:
    """Publish what is due: mailboxes to look at, mails whose event got lost, replies to send again; domain events.

    Any number of schedulers may run. Example: postroom scheduler
    """
    settings = _distributed("scheduler")
    opened = _start(settings, "scheduler")
    stage.load(STAGES)
    with worker.stop_signals() as stopping:
        telling = threading.Thread(target=relay.run, args=(opened, stopping), name="relay", daemon=True)
        telling.start()
        clockwork.run(opened, stopping)
        telling.join(relay.FINISH_SECONDS)
    opened.close()


def watch() -> None:
    """Take new mail within seconds by IMAP IDLE, also while RabbitMQ is down.

    Example: postroom watch
    """
    settings = load(Settings)
    opened = _start(settings, "watch")
    with worker.stop_signals() as stopping:
        watcher.run(opened, stopping)
    opened.close()


def run() -> None:
    """Run everything in this one process: all stages and the scheduler, over SQLite and a folder.

    Example: POSTROOM_DATA_DIR=/var/lib/postroom postroom run
    """
    settings = load(Settings)
    if not settings.embedded:
        raise UserError(
            "POSTROOM_AMQP_URL is set, so the stages run as processes of their own: start 'postroom worker ingest', "
            "parse, tickets, replies and 'postroom scheduler', or unset it to run everything here."
        )
    telemetry.start(settings, "postroom")
    with closing(Database(settings.resolved_database_url)) as database:
        database.migrate()
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    with worker.stop_signals() as stopping, worker.embedded(settings):
        screen.print("Postroom is running, embedded; Ctrl-C ends it.")
        stopping.wait()


def migrate() -> None:
    """Bring the database to the newest version of the schema; safe to repeat and to run in several places at once.

    Example: postroom migrate
    """
    settings = load(Settings)
    with closing(Database(settings.resolved_database_url)) as database:
        database.migrate()
    screen.print(f"The database is up to date: {settings.redacted()['database_url'] or 'SQLite in data_dir'}")


def secret_key() -> None:
    """Print a fresh key for POSTROOM_SECRET_KEY.

    Example: export POSTROOM_SECRET_KEY=$(postroom secret-key)
    """
    typer.echo(vault.new_key())


def _distributed(command: str) -> Settings:
    settings = load(Settings)
    if settings.embedded:
        raise UserError(
            f"'postroom {command}' needs RabbitMQ: set POSTROOM_AMQP_URL, or use 'postroom run', which runs every "
            "stage in one process."
        )
    return settings


def _start(settings: Settings, process: str) -> Runtime:
    telemetry.start(settings, process)
    if settings.metrics_port:
        start_http_server(settings.metrics_port)
    if settings.embedded:
        return open_runtime(settings, threads=8)
    broker = open_broker(settings)
    declare_queues(broker)
    return open_runtime(settings, Publisher(broker), threads=8)
