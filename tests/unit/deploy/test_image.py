"""deploy/Dockerfile and what it copies, and the health check in it."""

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from prometheus_client import start_http_server

from backbone import metrics
from deploy import healthcheck
from deploy.docs import variables
from tests.support import deployment

TEXT = (deployment.ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
STAGES = re.split(r"^FROM ", TEXT.replace("\\\n", " "), flags=re.MULTILINE)[1:]
IGNORED = (deployment.ROOT / ".dockerignore").read_text(encoding="utf-8").split()


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    """Serve one answer on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_last_stage_installs_nothing_and_is_not_root() -> None:
    last = STAGES[-1]
    assert "pip install" not in last
    assert "apt" not in last
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)


def test_everything_installed_is_pinned_by_hash() -> None:
    installs = re.findall(r"pip install [^\n&]*", TEXT)
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (deployment.ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        pinned = [line for line in lines if line and not line.startswith("#")]
        assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def test_base_has_a_fixed_version() -> None:
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim", TEXT, re.MULTILINE)
    assert all(stage.startswith("${PYTHON}") for stage in STAGES)


def test_everything_that_is_copied_exists_and_is_let_through() -> None:
    sources = [
        word for line in re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.MULTILINE) for word in shlex.split(line)[:-1]
    ]
    for source in sources:
        assert (deployment.ROOT / source).exists(), source
        assert f"!{source}" in IGNORED, source
    assert {word.removeprefix("!") for word in IGNORED if word.startswith("!")} == set(sources)


def test_wheel_has_every_package_that_it_needs() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", TEXT, re.MULTILINE))
    project = (deployment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = (\[.*\])$", project, re.MULTILINE)
    assert packages
    assert copied == set(json.loads(packages[1]))


def test_command_exists_and_variables_are_settings() -> None:
    entry, command = (re.findall(rf"^{word} (\[.*\])$", STAGES[-1], re.MULTILINE)[0] for word in ("ENTRYPOINT", "CMD"))
    assert json.loads(entry) == ["postroom"]
    deployment.check_command(json.loads(command))
    assert deployment.variables(TEXT) <= set(variables())


def test_health_check_asks_the_port_that_is_exposed() -> None:
    (port,) = re.findall(r"^EXPOSE (\d+)$", TEXT, re.MULTILINE)
    assert f"POSTROOM_METRICS_PORT={port}" in TEXT
    check = f'"python", "/opt/postroom/healthcheck.py", "{port}"'
    assert check in TEXT
    compose = deployment.yaml(deployment.COMPOSE)["x-process"]["healthcheck"]["test"]
    assert json.dumps(compose[1:])[1:-1] == check


def test_health_check_knows_our_metrics() -> None:
    metrics.REPUBLISHED.labels("test").inc(0)
    server, thread = start_http_server(0, addr="127.0.0.1")
    try:
        assert healthcheck.main([str(server.server_port)]) == 0
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_health_check_finds_fault() -> None:
    with answering(200, b"other_metric 1") as port:
        assert "no metrics of Postroom" in str(healthcheck.fault(port))
    with answering(500, b"postroom_") as port:
        assert "500" in str(healthcheck.fault(port))
    assert "nothing answers" in str(healthcheck.fault(port))


def test_health_check_stands_alone(tmp_path: Path) -> None:
    script = tmp_path / "healthcheck.py"
    script.write_text((deployment.ROOT / "deploy" / "healthcheck.py").read_text(encoding="utf-8"), encoding="utf-8")
    with answering(200, b"postroom_events_total 1") as port:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(script), str(port)], env=dict(os.environ), check=False, timeout=30
        )
    assert done.returncode == 0
    assert healthcheck.main([]) == 2
