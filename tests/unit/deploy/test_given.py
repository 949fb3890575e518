"""Where servers come from, and what is said when they cannot be had."""

import subprocess

import pytest

from deploy.services import KINDS, ServiceError, apt, given

RABBITMQ, POSTGRESQL, S3 = KINDS["rabbitmq"], KINDS["postgresql"], KINDS["s3"]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "is_debian", lambda: False)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "is_debian", lambda: True)
    monkeypatch.setattr(apt, "missing", list)


def test_a_server_is_given_by_its_variable() -> None:
    assert given.is_given(RABBITMQ, {"POSTROOM_TEST_AMQP_URL": "amqp://broker"})
    assert not given.is_given(RABBITMQ, {"POSTROOM_TEST_AMQP_URL": ""})
    assert not given.is_given(POSTGRESQL, {"POSTROOM_TEST_AMQP_URL": "amqp://broker"})


def test_every_server_can_be_given_by_a_variable_that_env_prints() -> None:
    names = [kind.given_by for kind in KINDS.values()]
    assert len(set(names)) == len(KINDS)
    assert all(name.startswith("POSTROOM_TEST_") for name in names)


@pytest.mark.usefixtures("elsewhere")
def test_elsewhere_with_an_engine_compose_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_engine_answers", lambda: True)
    with pytest.raises(ServiceError, match=r"docker compose up.*POSTROOM_TEST_AMQP_URL, POSTROOM_TEST_POSTGRES_URL"):
        given.provide([RABBITMQ, POSTGRESQL])


@pytest.mark.usefixtures("elsewhere")
def test_elsewhere_without_an_engine_one_sentence_tells_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_engine_answers", lambda: False)
    with pytest.raises(ServiceError, match=r"neither Debian packages nor a container.*POSTROOM_TEST_AMQP_URL\.$"):
        given.provide([RABBITMQ, S3])


@pytest.mark.usefixtures("elsewhere")
def test_what_needs_no_package_starts_anywhere() -> None:
    given.provide([S3])


@pytest.mark.usefixtures("nothing_installed")
def test_missing_packages_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[list[str]] = []
    monkeypatch.setattr(apt, "install", wanted.append)
    given.provide([RABBITMQ, POSTGRESQL, S3])
    assert wanted == [["rabbitmq-server", "postgresql"]]


def test_without_root_and_sudo_the_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ServiceError, match="run 'apt-get install --no-install-recommends rabbitmq-server'"):
        apt.install(["rabbitmq-server"])


def test_a_failed_installation_gives_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 100, "", "E: one\nE: no network\n")

    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(ServiceError, match=r"'apt-get update' failed \(E: no network\)"):
        apt.install(["rabbitmq-server"])
