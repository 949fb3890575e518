"""A set of servers: up, down, and single servers stopped and started again."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.services import given, ports, process
from deploy.services.base import Service
from deploy.services.dovecot import Dovecot
from deploy.services.errors import ServiceError
from deploy.services.layout import Layout
from deploy.services.leases import Leases, holder_name, lives
from deploy.services.postgresql import PostgreSQL
from deploy.services.rabbitmq import RabbitMQ
from deploy.services.s3 import S3
from deploy.services.smtp import Smtp
from deploy.services.state import Record, State

KINDS: dict[str, type[Service]] = {kind.name: kind for kind in (RabbitMQ, PostgreSQL, Dovecot, S3, Smtp)}
READY_SECONDS = 60
LIVING_READY_SECONDS = 15
TRIES = 3


class ServiceSet:
    """The servers that live in one folder; any number of programs may use one set."""

    def __init__(self, folder: Path = Path(".services")) -> None:
        """Name the folder; it is made when it does not exist."""
        self.layout = Layout.at(folder)
        self.leases = Leases(self.layout.root)
        self._state = State(self.layout.root)
        self._choosing = threading.Lock()

    def up(self, names: Iterable[str] = KINDS, holder: int | None = None) -> list[str]:
        """Start what does not run yet and return its names; `holder` is the process that needs the set."""
        wanted = list(names)
        with self._state.locked():
            self._sweep()
            given.provide([KINDS[name] for name in wanted])
            self.layout.make()
            self.leases.take(holder)
            if not self._state.read():
                self._kill_strays()
            asleep = [name for name in wanted if not self._reusable(name)]
            self._together(self._start, asleep)
        return asleep

    def down(self, *, wipe: bool = False) -> None:
        """Stop every server, and remove what they stored if asked to."""
        with self._state.locked():
            self.leases.clear()
            self._down(wipe=wipe)

    def release(self, holder: int, *, wipe: bool = False) -> None:
        """Note that a process needs the set no more; when nobody does, take it down."""
        with self._state.locked():
            self.leases.give_back(holder)
            if not self.leases.anybody():
                self._down(wipe=wipe)

    def keep(self, holder: int) -> None:
        """Note that a process needs the set no more, which yet shall stay until somebody takes it down."""
        with self._state.locked():
            self.leases.take(None)
            self.leases.give_back(holder)

    def remove(self) -> None:
        """Take the set down and remove its folder."""
        self.down(wipe=True)
        shutil.rmtree(self.layout.root, ignore_errors=True)

    def start(self, name: str) -> None:
        """Start one server on the data and the ports it had."""
        with self._state.locked():
            if not self._reusable(name):
                self._start(name)

    def stop(self, name: str) -> None:
        """Stop one server in good order."""
        with self._state.locked():
            self._stop(name)

    def kill(self, name: str) -> None:
        """Kill one server as a power cut would."""
        with self._state.locked():
            process.kill(self._state.read().get(name, Record()).processes)

    def running(self, name: str) -> bool:
        """Tell whether a server runs and answers."""
        record = self._state.read().get(name, Record())
        return record.alive() and KINDS[name](self.layout, record.ports).ready()

    def environment(self) -> dict[str, str]:
        """Return the variables that name all servers that run."""
        found: dict[str, str] = {}
        for name, record in self._state.read().items():
            if name in KINDS and record.alive():
                found.update(KINDS[name](self.layout, record.ports).environment())
        return found

    def record(self, name: str) -> Record:
        """Return what was written down about a server; empty when it was never started."""
        return self._state.read().get(name, Record())

    def rabbitmq(self) -> RabbitMQ:
        """Return the set's RabbitMQ."""
        return RabbitMQ(self.layout, self._ports("rabbitmq"))

    def postgresql(self) -> PostgreSQL:
        """Return the set's PostgreSQL."""
        return PostgreSQL(self.layout, self._ports("postgresql"))

    def dovecot(self) -> Dovecot:
        """Return the set's Dovecot."""
        return Dovecot(self.layout, self._ports("dovecot"))

    def smtp(self) -> Smtp:
        """Return the set's SMTP sink."""
        return Smtp(self.layout, self._ports("smtp"))

    def _ports(self, name: str) -> dict[str, int]:
        record = self.record(name)
        if not record.ports:
            raise ServiceError(f"{name} was never started in {self.layout.root}; run `python -m deploy.services up`.")
        return record.ports

    def _reusable(self, name: str) -> bool:
        record = self._state.read().get(name, Record())
        if not record.alive():
            return False
        service = KINDS[name](self.layout, record.ports)
        return process.wait_until(service.ready, LIVING_READY_SECONDS)

    def _start(self, name: str) -> None:
        """Start one server; when another program was quicker to take a port, try again on others."""
        self._stop(name)
        for attempt in range(1, TRIES + 1):
            numbers = self._choose_ports(name)
            service = KINDS[name](self.layout, numbers)
            processes = service.start()
            self._state.put(name, Record(numbers, processes))

            def ready_or_dead(service: Service = service, main: process.Process = processes[0]) -> bool:
                process.reap()
                return not main.alive() or service.ready()

            answered = process.wait_until(ready_or_dead, READY_SECONDS)
            if answered and processes[0].alive():
                return
            process.kill(processes)
            if attempt == TRIES or all(ports.is_free(number) for number in numbers.values()):
                fate = "ended at once" if answered else f"did not answer within {READY_SECONDS} s"
                raise ServiceError(f"{name} {fate}; {self.layout.log(name)} says why.")

    def _choose_ports(self, name: str) -> dict[str, int]:
        with self._choosing:
            return self._ports_of_old_or_new(name)

    def _ports_of_old_or_new(self, name: str) -> dict[str, int]:
        records = self._state.read()
        taken = {number for record in records.values() for number in record.ports.values()}
        chosen: dict[str, int] = {}
        for port_name in KINDS[name].port_names:
            number = records.get(name, Record()).ports.get(port_name)
            if number is None or not ports.is_free(number):
                number = ports.choose(taken)
            taken.add(number)
            chosen[port_name] = number
        self._state.put(name, Record(chosen))
        return chosen

    def _stop(self, name: str) -> None:
        record = self._state.read().get(name, Record())
        if not record.processes:
            return
        main, *helpers = record.processes
        process.stop([main], KINDS[name].stop_signal)
        process.kill(helpers)
        self._state.put(name, Record(record.ports))

    def _down(self, *, wipe: bool) -> None:
        self._sweep()
        self._together(self._stop, [name for name in self._state.read() if name in KINDS])
        self._kill_strays()
        if wipe:
            self.layout.wipe()

    def _kill_strays(self) -> None:
        """Kill what runs without a record, as when somebody removed the folder of a running set."""
        process.kill(process.marked(str(self.layout.root)))

    def _sweep(self) -> None:
        """Take down the private sets of programs that were killed before they could do so themselves."""
        for folder in (self.layout.root / "own").glob("*/"):
            if not lives(folder.name):
                ServiceSet(folder).remove()

    def _together(self, action: Callable[[str], None], names: list[str]) -> None:
        if not names:
            return
        with ThreadPoolExecutor(len(names)) as pool:
            outcomes = [pool.submit(action, name) for name in names]
        for outcome in outcomes:
            outcome.result()

    def own(self, label: str) -> "ServiceSet":
        """Return a set inside this one that a single program has for itself."""
        return ServiceSet(self.layout.root / "own" / f"{holder_name(os.getpid())}-{label}")
