"""docker-compose.yml: its structure, its commands, its variables, its secrets, and how little its containers may."""

import json
import re
from typing import Any

import pytest

from backbone.routing import STAGES
from backbone.settings import Settings
from console.settings import ConsoleSettings
from deploy.docs import variables
from tests.support import deployment

TEXT = deployment.COMPOSE.read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = deployment.yaml(deployment.COMPOSE)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("postroom:")}
STORES = ("postgres", "rabbitmq", "s3")
# The keys of a service, a health check and a build that the compose specification knows and that we use.
SERVICE_KEYS = {
    *("build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "environment", "expose", "healthcheck"),
    *("hostname", "image", "init", "logging", "networks", "ports", "profiles", "read_only", "restart", "security_opt"),
    *("shm_size", "stop_grace_period", "stop_signal", "tmpfs", "user", "volumes"),
}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period", "start_interval"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(:[?-][^}]*)?\}")
STEP_DOWN_THEMSELVES = {"s3", "prometheus", "grafana", "mailserver"}

services = pytest.mark.parametrize("name", SERVICES)
our_services = pytest.mark.parametrize("name", OURS)


def interpolated(text: str) -> str:
    """Return ``text`` as compose reads it when only the secrets are set."""
    return VARIABLE.sub(lambda match: (match[2] or "")[2:] if (match[2] or "").startswith(":-") else "secret1", text)


def test_top_level_has_only_what_the_specification_knows() -> None:
    known = {"name", "services", "networks", "volumes"}
    assert {key for key in COMPOSE if not key.startswith("x-")} == known


@services
def test_service_has_only_what_the_specification_knows(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= SERVICE_KEYS
    health = set(service["healthcheck"])
    assert health == {"disable"} or health <= HEALTH_KEYS
    assert isinstance(service.get("environment", {}), dict)
    for listed in ("cap_add", "cap_drop", "command", "expose", "networks", "ports", "security_opt", "tmpfs", "volumes"):
        assert all(isinstance(one, str) for one in service.get(listed, [])), listed


@services
def test_everything_that_a_service_names_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (deployment.ROOT / source).exists(), volume
            assert volume.endswith(":ro"), "what stands in the repository is not written to"
        else:
            assert source in COMPOSE["volumes"]
    for other, link in service.get("depends_on", {}).items():
        assert link["condition"] in CONDITIONS
        if link["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"], f"{name} waits for the health of {other}"


def test_nobody_waits_for_one_who_waits_for_him() -> None:
    done: set[str] = set()
    while len(done) < len(SERVICES):
        ready = {name for name, one in SERVICES.items() if set(one.get("depends_on", {})) <= done}
        assert ready > done
        done = ready


@services
def test_times_can_be_read(name: str) -> None:
    service = SERVICES[name]
    times = [value for key, value in service["healthcheck"].items() if key in HEALTH_KEYS - {"test", "retries"}]
    times += [service[key] for key in ("stop_grace_period",) if key in service]
    assert all(DURATION.fullmatch(time) for time in times), times


@services
def test_service_may_as_little_as_possible(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service.get("cap_add", ())) <= {"CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"}
    assert ("cap_add" in service) == (name == "s3")
    assert service.get("user", "") not in ("root", "0")
    assert "user" in service or name in STEP_DOWN_THEMSELVES


@services
def test_service_is_started_again_and_its_log_ends(name: str) -> None:
    assert SERVICES[name]["restart"] in ("unless-stopped", "on-failure:5")
    assert SERVICES[name]["logging"]["options"]["max-size"]


@services
def test_image_has_a_fixed_version(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"v?\d+\.\d+", tag), SERVICES[name]["image"]


def test_only_this_machine_reaches_what_is_published() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"console", "grafana", "mailserver"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_stores_are_in_internal_networks_only() -> None:
    internal = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
    assert all(set(SERVICES[store]["networks"]) <= internal for store in STORES)
    assert set(SERVICES["parse"]["networks"]) <= internal, "who reads what strangers wrote has no way out"


def test_every_stage_has_a_service_with_its_own_scale() -> None:
    for stage in STAGES:
        words = SERVICES[stage]["command"]
        assert words[:2] == ["worker", stage]
        for scale in ("REPLICAS", "PROCESSES", "THREADS"):
            wanted = f"${{{stage.upper()}_{scale}:-"
            assert any(str(word).startswith(wanted) for word in [*words, SERVICES[stage]["deploy"]["replicas"]])


@our_services
def test_command_exists(name: str) -> None:
    deployment.check_command([interpolated(word) for word in OURS[name]["command"]])


@our_services
def test_ours_start_after_the_migration(name: str) -> None:
    waits = OURS[name]["depends_on"]
    if name != "migrate":
        assert waits["migrate"] == {"condition": "service_completed_successfully"}


@our_services
def test_variables_are_settings(name: str) -> None:
    named = {key for key in OURS[name]["environment"] if key.startswith("POSTROOM_")}
    assert named <= set(variables())


def test_settings_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in OURS["parse"]["environment"].items():
        if value is not None:
            monkeypatch.setenv(key, interpolated(value))
    settings = Settings()
    assert not settings.embedded
    assert settings.blob_options["endpoint"] == "http://s3:8333"
    assert settings.blob_options["secret_access_key"] == "secret1"
    assert str(settings.metrics_port) in OURS["parse"]["expose"]


def test_hosts_and_ports_of_the_stores_are_theirs() -> None:
    environment = OURS["parse"]["environment"]
    assert "@postgres:5432/" in environment["POSTROOM_DATABASE_URL"]
    assert "@rabbitmq:5672/" in environment["POSTROOM_AMQP_URL"]
    assert "5672" in SERVICES["rabbitmq"]["expose"]
    assert "8333" in SERVICES["s3"]["expose"]
    bucket = environment["POSTROOM_BLOB_URL"].removeprefix("s3://")
    options = json.loads(interpolated(environment["POSTROOM_BLOB_OPTIONS"]))
    assert SERVICES["s3"]["environment"]["S3_BUCKET"] == bucket
    assert SERVICES["s3"]["environment"]["AWS_ACCESS_KEY_ID"] == options["access_key_id"]


def test_the_console_listens_where_compose_publishes_it() -> None:
    service = OURS["console"]
    assert service["environment"]["POSTROOM_CONSOLE_HOST"] == "0.0.0.0"  # noqa: S104 - in a container
    assert service["ports"] == [f"127.0.0.1:${{CONSOLE_PORT:-8080}}:{ConsoleSettings().port}"]
    assert "front" in service["networks"]


def test_secrets_have_no_default() -> None:
    secrets = {"POSTROOM_SECRET_KEY", "POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "S3_SECRET_KEY", "GRAFANA_PASSWORD"}
    found = {name: rest for name, rest in VARIABLE.findall(TEXT) if name in secrets}
    assert set(found) == secrets
    assert all(rest.startswith(":?") and "deploy/env.example" in rest for rest in found.values())


def test_env_example_documents_each_variable_once() -> None:
    example = (deployment.ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    documented = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE)
    passed_on = re.findall(r"^  (POSTROOM_[A-Z_]+):$", TEXT, re.MULTILINE)
    assert sorted(documented) == sorted({name for name, _rest in VARIABLE.findall(TEXT)} | set(passed_on))


def test_env_example_has_the_defaults_of_compose() -> None:
    example = (deployment.ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^#([A-Z][A-Z0-9_]+)=(.*)$", example, re.MULTILINE))
    defaults = {name: rest[2:] for name, rest in VARIABLE.findall(TEXT) if rest.startswith(":-")}
    assert defaults.items() <= given.items()


def test_stopping_waits_for_the_work_in_hand() -> None:
    from backbone.worker import KILL_AFTER, SHUTDOWN_MILLISECONDS  # noqa: PLC0415 - it imports the broker's libraries

    seconds = int(OURS["parse"]["stop_grace_period"].removesuffix("s"))
    assert seconds > SHUTDOWN_MILLISECONDS / 1000 + KILL_AFTER


def test_demo_mailbox_can_be_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    from console.configuration.read import read  # noqa: PLC0415 - only this test wants it

    monkeypatch.setenv("DEMO_MAIL_PASSWORD", OURS["demo-mailbox"]["environment"]["DEMO_MAIL_PASSWORD"])
    (mailbox,) = read([deployment.ROOT / "deploy" / "demo" / "mail.yml"]).mailboxes
    users = SERVICES["mailserver"]["environment"]["GREENMAIL_OPTS"]
    local, _, domain = mailbox.address.partition("@")
    assert f"{local}:{mailbox.imap.password.get_secret_value()}@{domain}" in users
    assert {mailbox.imap.host, mailbox.smtp and mailbox.smtp.host} == {"mailserver"}
    published = " ".join(SERVICES["mailserver"]["ports"])
    assert f":{mailbox.imap.port}" in published
    assert f":{mailbox.smtp and mailbox.smtp.port}" in published
