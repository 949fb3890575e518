"""Fixtures that give tests real servers; a test under tests/unit may use none of them."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from backbone import stage
from deploy.services import ServiceError, ServiceSet
from tests.support import servers
from tests.support.buckets import Bucket, make_bucket, make_prefix
from tests.support.databases import Databases
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Servers
from tests.support.smtp import SmtpServer
from tests.support.vhosts import Vhosts

SERVER_FIXTURES = {*servers.FIXTURES, "services", "own_services", "smtp_process"}


def pytest_configure() -> None:
    servers.begin_session()


def pytest_unconfigure() -> None:
    servers.end_session()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        used = SERVER_FIXTURES & set(_fixtures(item))
        if used and "unit" in item.path.relative_to(item.config.rootpath).parts[:2]:
            raise pytest.UsageError(f"{item.nodeid} is a unit test and may not use {', '.join(sorted(used))}.")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # going through thousands of tests again and again, which stay to the end, took an eighth of all time


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """Undo what a command or a worker run in this process does to its logs, and to its will to go on."""
    stage.stopping.clear()  # left set by what ended in this process before, nothing would be sent any more
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Servers:
    """All servers that this session's tests need, started together."""
    used = {name for item in request.session.items for name in _fixtures(item)}
    found = Servers()
    with _missing_server():
        found.up([service for fixture, service in servers.FIXTURES.items() if fixture in used])
    return found


@pytest.fixture
def own_services(services: Servers) -> Iterator[Callable[..., ServiceSet]]:
    """Start servers for one test alone, which may stop and kill them: `own_services("rabbitmq")`."""
    with _own_sets(services) as start:
        yield start


@pytest.fixture(scope="session")
def postgres_databases(services: Servers) -> Iterator[Databases]:
    """Maker of databases, for fixtures that want one per module: `create()`, `drop(url)`."""
    url = services.setting("POSTROOM_TEST_POSTGRES_URL")
    databases = Databases(url, lasting=services.lasting("postgresql"))
    yield databases
    databases.drop_all()


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """A fresh database with Postroom's schema."""
    url = postgres_databases.create()
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def empty_postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """A fresh database with nothing in it."""
    url = postgres_databases.create(migrated=False)
    yield url
    postgres_databases.drop(url)


@pytest.fixture(scope="session")
def vhosts(services: Servers) -> Iterator[Callable[[], str]]:
    """Maker of fresh virtual hosts' URLs; with a given broker always its own URL."""
    if services.given("rabbitmq"):
        url = services.setting("POSTROOM_TEST_AMQP_URL")
        yield lambda: url
        return
    made = Vhosts(services.rabbitmq())
    yield made.fresh_url
    if services.lasting("rabbitmq"):
        made.delete_all()


@pytest.fixture
def amqp_url(vhosts: Callable[[], str]) -> str:
    """A fresh virtual host."""
    return vhosts()


@pytest.fixture(scope="session")
def mailbox_factory(services: Servers) -> Callable[[], Mailbox]:
    """Maker of fresh mailboxes: `mailbox_factory()`."""
    setting = services.setting

    def make(local_part: str = "") -> Mailbox:
        return Mailbox(
            address=f"{local_part or 'box'}-{uuid4().hex[:12]}@postroom.test",
            password=setting("POSTROOM_TEST_IMAP_PASSWORD"),
            host=setting("POSTROOM_TEST_IMAP_HOST"),
            port=int(setting("POSTROOM_TEST_IMAP_PORT")),
            plain_port=int(setting("POSTROOM_TEST_IMAP_PLAIN_PORT")),
            ca_file=Path(setting("POSTROOM_TEST_IMAP_CA_FILE")),
        )

    return make


@pytest.fixture
def mailbox(mailbox_factory: Callable[[], Mailbox]) -> Mailbox:
    """A fresh mailbox."""
    return mailbox_factory()


@pytest.fixture
def second_mailbox(mailbox_factory: Callable[[], Mailbox]) -> Mailbox:
    """Another fresh mailbox."""
    return mailbox_factory()


@pytest.fixture
def s3_bucket(services: Servers) -> Bucket:
    """A fresh bucket; with a given store a fresh prefix of POSTROOM_TEST_S3_BUCKET."""
    setting = services.setting
    endpoint = setting("POSTROOM_TEST_S3_URL")
    options = {
        "endpoint": endpoint,
        "access_key_id": setting("POSTROOM_TEST_S3_ACCESS_KEY"),
        "secret_access_key": setting("POSTROOM_TEST_S3_SECRET_KEY"),
        "region": setting("POSTROOM_TEST_S3_REGION", "us-east-1"),
    }
    if services.given("s3"):
        return make_prefix(setting("POSTROOM_TEST_S3_BUCKET", "postroom"), options)
    return make_bucket(endpoint, options)


@pytest.fixture(scope="session")
def smtp_process(services: Servers) -> Iterator[SmtpServer]:
    """An SMTP server that this worker has for itself."""
    with _own_sets(services) as start:
        found = start("smtp").environment()
        yield SmtpServer(
            host=found["POSTROOM_TEST_SMTP_HOST"],
            tls_port=int(found["POSTROOM_TEST_SMTP_TLS_PORT"]),
            starttls_port=int(found["POSTROOM_TEST_SMTP_STARTTLS_PORT"]),
            plain_port=int(found["POSTROOM_TEST_SMTP_PLAIN_PORT"]),
            control_port=int(found["POSTROOM_TEST_SMTP_CONTROL_PORT"]),
            password=found["POSTROOM_TEST_SMTP_PASSWORD"],
            ca_file=Path(found["POSTROOM_TEST_SMTP_CA_FILE"]),
        )


@pytest.fixture
def smtp_server(smtp_process: SmtpServer) -> SmtpServer:
    """An SMTP server that has taken nothing yet and behaves well."""
    smtp_process.control.reset()
    return smtp_process


@pytest.fixture
def running(
    tmp_path: Path, postgres_url: str, amqp_url: str, smtp_server: SmtpServer, mailbox: Mailbox
) -> Iterator[Pipeline]:
    """A configured pipeline on servers of this test's own, of which no process has been started yet."""
    with pipeline(tmp_path, database_url=postgres_url, amqp_url=amqp_url) as made:
        made.configure(mailbox, smtp=smtp_server)
        yield made


@contextmanager
def _own_sets(services: Servers) -> Iterator[Callable[..., ServiceSet]]:
    made: list[ServiceSet] = []

    def start(*names: str) -> ServiceSet:
        own = services.shared.own(uuid4().hex[:8])
        made.append(own)
        with _missing_server():
            own.up(names, os.getpid())
        return own

    try:
        yield start
    finally:
        for each in made:
            each.remove()


@contextmanager
def _missing_server() -> Iterator[None]:
    """Make a server that cannot be had a failure in CI, and elsewhere a skipped test."""
    try:
        yield
    except ServiceError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))
