"""The servers under the tests are real: they keep what they promised, also when stopped or killed."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pika
import psycopg
import pytest
from obstore.store import from_url

from deploy.services import ServiceSet
from deploy.services.process import Process
from tests.support.buckets import Bucket
from tests.support.servers import Servers

OwnServices = Callable[..., ServiceSet]

DELIVERY_LIMIT = 2
QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
PERSISTENT = pika.BasicProperties(delivery_mode=2)


def publish(url: str, queue: str, body: bytes) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, arguments=QUORUM)
        channel.confirm_delivery()  # from here on basic_publish raises unless the broker confirms
        channel.basic_publish("", queue, body, PERSISTENT, mandatory=True)


def take(url: str, queue: str) -> bytes | None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        method, _, body = channel.basic_get(queue)
        if method is not None:
            channel.basic_ack(method.delivery_tag)
        return None if method is None else bytes(body)


def test_a_confirmed_message_comes_out_of_a_quorum_queue(amqp_url: str) -> None:
    publish(amqp_url, "parse", b"one")
    assert take(amqp_url, "parse") == b"one"
    assert take(amqp_url, "parse") is None


def test_a_message_past_its_delivery_limit_is_gone_from_the_queue(amqp_url: str) -> None:
    publish(amqp_url, "parse", b"poison")
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        channel = connection.channel()
        came = channel.consume("parse", inactivity_timeout=30)
        for _ in range(DELIVERY_LIMIT + 1):
            method, _, _ = next(came)
            assert method is not None
            channel.basic_nack(method.delivery_tag, requeue=True)
    assert take(amqp_url, "parse") is None


def test_virtual_hosts_do_not_see_each_other(services: Servers, vhosts: Callable[[], str]) -> None:
    if services.given("rabbitmq"):
        pytest.skip("A given broker has one virtual host for all tests.")
    one, other = vhosts(), vhosts()
    publish(one, "parse", b"mine")
    with (
        pika.BlockingConnection(pika.URLParameters(other)) as connection,
        pytest.raises(pika.exceptions.ChannelClosedByBroker),
    ):
        connection.channel().queue_declare("parse", passive=True)


def test_rabbitmq_stopped_and_started_keeps_a_message_and_its_port(own_services: OwnServices) -> None:
    own = own_services("rabbitmq")
    url = own.rabbitmq().url()
    publish(url, "parse", b"kept")
    own.stop("rabbitmq")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        pika.BlockingConnection(pika.URLParameters(url))
    own.start("rabbitmq")
    assert own.rabbitmq().url() == url
    assert take(url, "parse") == b"kept"
    publish(url, "parse", b"purged")
    own.rabbitmq().purge()
    assert take(url, "parse") is None


def test_postgresql_killed_keeps_what_was_committed(own_services: OwnServices) -> None:
    own = own_services("postgresql")
    url = own.postgresql().url()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('committed')")
    hanging = psycopg.connect(url)
    hanging.execute("INSERT INTO kept VALUES ('not committed')")
    own.kill("postgresql")
    with pytest.raises(psycopg.OperationalError):
        hanging.execute("SELECT 1")
    hanging.close()
    own.start("postgresql")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("committed",)]


def test_a_test_database_has_the_schema_and_is_its_own(postgres_url: str, empty_postgres_url: str) -> None:
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(postgres_url) as full, psycopg.connect(empty_postgres_url) as empty:
        assert full.execute(tables).fetchone() != (0,)
        assert empty.execute(tables).fetchone() == (0,)
        assert full.execute("SHOW fsync").fetchone() == ("on",)


def test_s3_gives_back_what_was_put(s3_bucket: Bucket) -> None:
    options: dict[str, Any] = {**s3_bucket.options, "client_options": {"allow_http": True}}
    store = from_url(s3_bucket.url, **options)
    obstore.put(store, "ab/abcdef", b"raw mail\r\n")
    assert bytes(obstore.get(store, "ab/abcdef").bytes()) == b"raw mail\r\n"
    with pytest.raises(FileNotFoundError):
        obstore.get(store, "ab/missing")


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("POSTROOM_TEST_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy.services", *arguments, "--dir", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=Path(__file__).parents[2],
    )


def test_the_command_line_starts_once_names_and_stops(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    try:
        first = command(folder, "up", "--only", "smtp")
        assert first.returncode == 0, first.stderr
        assert "smtp        started" in first.stdout
        main = ServiceSet(folder).record("smtp").processes[0]
        assert "smtp        was running" in command(folder, "up", "--only", "smtp").stdout
        assert ServiceSet(folder).record("smtp").processes == [main]
        assert "export POSTROOM_TEST_SMTP_HOST=127.0.0.1\n" in command(folder, "env").stdout
    finally:
        command(folder, "down", "--wipe")
    assert not main.alive()
    assert command(folder, "env").stdout == ""
    assert command(folder, "status").returncode == 3


def test_down_spares_servers_that_tests_use(own_services: OwnServices) -> None:
    own = own_services("smtp")
    answer = command(own.layout.root, "down")
    assert answer.returncode == 1
    assert answer.stderr == f"Tests still use the servers (process {os.getpid()}); wait, or add --force.\n"
    assert own.running("smtp")
    assert command(own.layout.root, "down", "--force").returncode == 0
    assert not own.running("smtp")


def test_an_unknown_server_is_named_with_the_known_ones(tmp_path: Path) -> None:
    answer = command(tmp_path, "up", "--only", "oracle")
    assert answer.returncode == 2
    assert "unknown: oracle; there are rabbitmq, postgresql, dovecot, s3, smtp" in answer.stderr


def test_up_recovers_from_dead_servers_and_lost_records(own_services: OwnServices) -> None:
    own = own_services("smtp")
    before = own.record("smtp")
    own.kill("smtp")
    assert own.up(["smtp"], os.getpid()) == ["smtp"]
    assert own.record("smtp").ports == before.ports
    stray = own.record("smtp").processes[0]
    (own.layout.root / "services.json").write_text("{ half")
    assert own.up(["smtp"], os.getpid()) == ["smtp"]
    assert own.running("smtp")
    assert not stray.alive()


def test_up_moves_a_server_whose_port_was_taken(own_services: OwnServices) -> None:
    own = own_services("smtp")
    own.stop("smtp")
    port = own.record("smtp").ports["plain"]
    with socket.create_server(("127.0.0.1", port)):
        own.start("smtp")
    assert own.running("smtp")
    assert own.record("smtp").ports["plain"] != port


def test_a_set_whose_last_user_died_is_taken_down_by_the_next(tmp_path: Path) -> None:
    services = ServiceSet(tmp_path / "set")
    user = subprocess.Popen(["sleep", "300"])
    services.up(["smtp"], user.pid)
    main = services.record("smtp").processes[0]
    services.leases.take(os.getpid())
    services.release(os.getpid())
    assert main.alive()
    user.kill()
    user.wait()
    services.leases.take(os.getpid())
    services.release(os.getpid(), wipe=True)
    assert Process.of(main.pid) != main
