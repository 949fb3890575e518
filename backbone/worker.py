"""Worker processes: one stage each (or all of them, embedded), any number of processes and threads."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import structlog
from dramatiq import Worker
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from backbone import scheduler, stage, telemetry
from backbone.broker import Publisher, declare_queues, open_broker
from backbone.exchange import consumer
from backbone.exchange.hands import Handler
from backbone.routing import STAGES
from backbone.runtime import Runtime, open_runtime
from backbone.settings import Settings, load

SHUTDOWN_MILLISECONDS = 30_000
KILL_AFTER = 5.0
"""Seconds that a child may take beyond its own limit; what it leaves undone is due again."""

EMBEDDED_THREADS = 8

log = structlog.get_logger(__name__)


def run(stages: Sequence[str], processes: int, threads: int) -> None:
    """Run ``processes`` workers for ``stages`` until the process is asked to end (SIGTERM, SIGINT)."""
    _run(partial(_serve, tuple(stages), threads), processes)


def run_chat(handler: Handler, processes: int, threads: int) -> None:
    """Run ``processes`` that take chat events, of which one works at a time, until the process is asked to end.

    ``handler`` has to be a function of a module, by whose name other processes find it.
    """
    _run(partial(_serve_chat, handler, threads), processes)


def _run(serve: Callable[[], None], processes: int) -> None:
    settings = load(Settings)
    if processes == 1:
        if settings.metrics_port:
            start_http_server(settings.metrics_port)
        serve()
    else:
        _supervise(settings, serve, processes)


@contextmanager
def embedded(settings: Settings) -> Iterator[Runtime]:
    """Run every stage and the scheduler inside this process for as long as the block lasts."""
    broker = open_broker(settings)
    runtime = open_runtime(settings, Publisher(broker), EMBEDDED_THREADS, others=6)
    stage.stopping.clear()
    stage.load(STAGES)
    stage.attach(broker, runtime)
    worker = Worker(broker, worker_threads=EMBEDDED_THREADS, worker_timeout=100)
    worker.start()
    clock = threading.Thread(target=scheduler.run, args=(runtime, stage.stopping), name="scheduler", daemon=True)
    clock.start()
    try:
        yield runtime
    finally:
        stage.stopping.set()
        clock.join()
        worker.stop(SHUTDOWN_MILLISECONDS)
        runtime.close()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stage.stopping.set()

    former = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stage.stopping
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _serve(stages: Sequence[str], threads: int) -> None:
    settings = load(Settings)
    telemetry.start(settings, "-".join(stages))
    broker = open_broker(settings)
    runtime = open_runtime(settings, Publisher(broker), threads)
    stage.load(stages)
    stage.attach(broker, runtime)
    declare_queues(broker)
    worker = Worker(broker, queues={STAGES[name] for name in stages}, worker_threads=threads, worker_timeout=200)
    with stop_signals() as stopping:
        worker.start()
        log.info("worker.started", stages=list(stages), threads=threads)
        _wait_for_end(stopping)
        worker.stop(SHUTDOWN_MILLISECONDS)
    runtime.close()
    log.info("worker.stopped", stages=list(stages))


def _serve_chat(handler: Handler, threads: int) -> None:
    settings = load(Settings)
    telemetry.start(settings, "chat")
    runtime = open_runtime(settings, Publisher(open_broker(settings)), threads)
    with stop_signals() as stopping:
        consuming = threading.Thread(
            target=consumer.run, args=(runtime, handler, threads, stopping), name="consumer", daemon=True
        )
        consuming.start()
        log.info("worker.started", stages=["chat"], threads=threads)
        _wait_for_end(stopping)
        consuming.join(SHUTDOWN_MILLISECONDS / 1000 + KILL_AFTER)
    runtime.close()
    log.info("worker.stopped", stages=["chat"])


def _wait_for_end(stopping: threading.Event) -> None:
    supervisor = multiprocessing.parent_process()
    while not stopping.wait(1):
        if supervisor and not supervisor.is_alive():
            stopping.set()  # killed, so that nobody would replace this process, stop it or show its metrics


def _supervise(settings: Settings, serve: Callable[[], None], processes: int) -> None:
    """Keep ``processes`` children alive; a child that dies is replaced after a second."""
    telemetry.start(settings, "supervisor")
    folder = tempfile.mkdtemp(prefix="postroom-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    if settings.metrics_port:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # the library has no types here
        start_http_server(settings.metrics_port, registry=registry)
    context = multiprocessing.get_context("spawn")

    def child() -> SpawnProcess:
        process = context.Process(target=serve)
        process.start()
        return process

    with stop_signals() as stopping:
        children = [child() for _ in range(processes)]
        while not stopping.is_set():
            wait([process.sentinel for process in children], timeout=0.2)
            for index, process in enumerate(children):
                if not process.is_alive() and not stopping.is_set():
                    log.error("worker.died", pid=process.pid, exit_code=process.exitcode)
                    mark_process_dead(process.pid)  # type: ignore[no-untyped-call]  # as above
                    stopping.wait(1)
                    children[index] = child()
        for process in children:
            process.terminate()
        end = time.monotonic() + SHUTDOWN_MILLISECONDS / 1000 + KILL_AFTER
        for process in children:
            process.join(max(0, end - time.monotonic()))
            if process.is_alive():
                log.error("worker.killed", pid=process.pid)
                process.kill()
                process.join()
    shutil.rmtree(folder, ignore_errors=True)
