"""Settings from the environment: every fault in one sentence that names its variable, and no secret on the screen."""

from __future__ import annotations

import os

import pytest

from backbone.errors import UserError
from backbone.settings import Settings, load
from backbone.vault import new_key
from ingest.settings import IngestSettings

BAD = [
    ("POSTROOM_DATABASE_POOL", "-1"),
    ("POSTROOM_DATABASE_POOL", "many"),
    ("POSTROOM_INSTANCE", "two words"),
    ("POSTROOM_INSTANCE", ""),
    ("POSTROOM_PUBLIC_URL", "tickets.example.com"),
    ("POSTROOM_PUBLIC_URL", "ftp://tickets.example.com"),
    ("POSTROOM_PUBLIC_URL", "https://tickets.example.com/?a=b"),
    ("POSTROOM_PUBLIC_URL", "https://[::1"),
    ("POSTROOM_REQUEUE_AFTER", "0"),
    ("POSTROOM_REQUEUE_AFTER", "inf"),
    ("POSTROOM_REQUEUE_AFTER", "nan"),
    ("POSTROOM_SENDING_LEASE", "soon"),
    ("POSTROOM_UNKNOWN_OUTCOME", "forget"),
    ("POSTROOM_MAX_ATTEMPTS", "0"),
    ("POSTROOM_SCHEDULER_INTERVAL", "-5"),
    ("POSTROOM_LOG_LEVEL", "loud"),
    ("POSTROOM_LOG_FORMAT", "xml"),
    ("POSTROOM_METRICS_PORT", "65536"),
    ("POSTROOM_BLOB_OPTIONS", "geheim"),
    ("POSTROOM_BLOB_OPTIONS", '["geheim"]'),
    ("POSTROOM_BLOB_OPTIONS", '{"endpoint": 5}'),
    ("POSTROOM_BLOB_OPTIONS", '{"geheim": {"a": "b"}}'),
]
BAD_INGEST = [
    ("POSTROOM_INGEST_MAX_MAIL_BYTES", "50 MB"),
    ("POSTROOM_INGEST_BATCH_MAILS", "0"),
    ("POSTROOM_INGEST_BATCH_MAILS", "501"),
    ("POSTROOM_INGEST_BATCH_BYTES", "0"),
    ("POSTROOM_INGEST_TIMEOUT", "inf"),
    ("POSTROOM_INGEST_LEASE", "0"),
    ("POSTROOM_INGEST_LONGEST_RUN", "-1"),
    ("POSTROOM_INGEST_LONGEST_BACKOFF", "x"),
]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("POSTROOM_"):
            monkeypatch.delenv(name)


def test_nothing_has_to_be_set() -> None:
    settings = load(Settings)
    assert settings.embedded
    assert settings.resolved_database_url.startswith("sqlite:////")
    assert settings.resolved_blob_url.startswith("file:///")


@pytest.mark.parametrize(("name", "value"), [*BAD, *BAD_INGEST])
def test_a_bad_value_is_one_sentence_that_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as refused:
        load(IngestSettings if "_INGEST_" in name else Settings)
    sentence = str(refused.value)
    assert sentence.startswith(f"Settings cannot be used: {name}: ")
    assert "\n" not in sentence
    assert sentence.count("POSTROOM_") == 1
    assert sentence.endswith(".")
    assert "geheim" not in sentence


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("POSTROOM_LOG_LEVEL", "loud"), ("POSTROOM_METRICS_PORT", "x")):
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=r"POSTROOM_METRICS_PORT: .*; POSTROOM_LOG_LEVEL: |LEVEL: .*; .*PORT: "):
        load(Settings)


def test_rabbitmq_demands_a_key_and_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_AMQP_URL", "amqp://user:geheim@host/")
    with pytest.raises(UserError, match=r"POSTROOM_SECRET_KEY is required .* 'postroom secret-key'\.$") as refused:
        load(Settings)
    assert "geheim" not in str(refused.value)
    monkeypatch.setenv("POSTROOM_SECRET_KEY", new_key())
    assert not load(Settings).embedded


@pytest.mark.parametrize(
    "database_url",
    [
        "postgresql://postroom:geheim@db.example:5432/postroom",
        "postgresql+psycopg://postroom:geheim%40@db.example/postroom?sslmode=require",
        "postgresql:///postroom?host=db.example&user=postroom&password=geheim",
    ],
)
def test_what_is_shown_holds_no_secret(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    secrets = {
        "POSTROOM_AMQP_URL": "amqp://user:geheim@host/",
        "POSTROOM_DATABASE_URL": database_url,
        "POSTROOM_BLOB_URL": "s3://user:geheim@bucket/prefix",
        "POSTROOM_BLOB_OPTIONS": '{"endpoint": "https://s3.example", "secret_access_key": "geheim"}',
        "POSTROOM_SECRET_KEY": new_key(),
        "POSTROOM_SENTRY_DSN": "https://geheim@sentry.example/1",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    settings = load(Settings)
    shown = settings.redacted()
    assert set(shown) == set(Settings.model_fields)
    assert "geheim" not in str(shown)
    assert secrets["POSTROOM_SECRET_KEY"] not in str(shown)
    assert "geheim" not in repr(settings.amqp_url)
    assert "postroom" in shown["database_url"]
    assert shown["blob_options"] == "endpoint, secret_access_key"


def test_what_is_no_secret_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_DATABASE_URL", "sqlite:////var/lib/postroom.db")
    monkeypatch.setenv("POSTROOM_BLOB_URL", "s3://bucket/prefix")
    shown = load(Settings).redacted()
    assert (shown["database_url"], shown["blob_url"]) == ("sqlite:////var/lib/postroom.db", "s3://bucket/prefix")
