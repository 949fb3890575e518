"""Command line: python -m deploy.services install|up|down|status|env."""

import argparse
import shlex
import sys
import time
from pathlib import Path

from deploy.services import process
from deploy.services.errors import ServiceError
from deploy.services.given import is_given, provide
from deploy.services.sets import KINDS, ServiceSet

EXAMPLES = """\
examples:
  python -m deploy.services up                       start all servers, each on free ports
  python -m deploy.services up --only rabbitmq,s3    start some of them
  eval "$(python -m deploy.services env)"            name them to the shell by POSTROOM_TEST_* variables
  python -m deploy.services down --wipe              stop all and remove what they stored
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "install":
        provide([kind for kind in KINDS.values() if not is_given(kind)])
        return 0
    services = ServiceSet(options.dir)
    if options.command == "up":
        return _up(services, options.only)
    if options.command == "down":
        return _down(services, wipe=options.wipe, force=options.force)
    if options.command == "env":
        for name, value in services.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        return 0
    return _status(services)


def _up(services: ServiceSet, names: list[str]) -> int:
    begin = time.monotonic()
    started = services.up([name for name in names if not is_given(KINDS[name])])
    process.let_go()
    for name in names:
        print(f"{name:<12}{_fate(name, started)}")
    print(f"Ready after {time.monotonic() - begin:.1f} s; `python -m deploy.services env` prints where they are.")
    return 0


def _down(services: ServiceSet, *, wipe: bool, force: bool) -> int:
    if not force and (users := services.leases.living()):
        print(f"Tests still use the servers (process {', '.join(users)}); wait, or add --force.", file=sys.stderr)
        return 1
    services.down(wipe=wipe)
    return 0


def _fate(name: str, started: list[str]) -> str:
    if is_given(KINDS[name]):
        return f"given by {KINDS[name].given_by}"
    return "started" if name in started else "was running"


def _status(services: ServiceSet) -> int:
    everything = True
    for name in KINDS:
        runs = services.running(name)
        everything &= runs
        ports = ", ".join(f"{key} {number}" for key, number in services.record(name).ports.items())
        print(f"{name:<12}{'running' if runs else 'stopped':<10}{ports}")
    return 0 if everything else 3


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in KINDS]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.services",
        description="Private servers for tests and benchmarks, without containers.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="install the Debian packages that are missing, and start nothing")
    up = commands.add_parser("up", help="start what does not run yet")
    up.add_argument("--only", type=_names, default=list(KINDS), help="names, separated by commas")
    down = commands.add_parser("down", help="stop all servers")
    down.add_argument("--wipe", action="store_true", help="remove what they stored, too")
    down.add_argument("--force", action="store_true", help="even while tests use them")
    status = commands.add_parser("status", help="tell what runs; exit code 3 unless everything does")
    env = commands.add_parser("env", help="print the variables that name the servers")
    for command in (up, down, status, env):
        command.add_argument("--dir", type=Path, default=Path(".services"), help="where the set lives")
    return parser


if __name__ == "__main__":
    sys.exit(main())
