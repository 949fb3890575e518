"""Log lines are JSON with one correlation id; what goes to Sentry quotes no mail and names nobody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from backbone import telemetry
from backbone.settings import Settings

ADDRESS = "ivan@customer.example"
CONTENT = "Прошу прислать мастера"
DSN = "https://key@sentry.example/1"


class Caught(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.texts.append(envelope.serialize().decode())


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    sentry_sdk.get_client().close(0)
    sentry_sdk.get_global_scope().set_client(None)


def started(**values: Any) -> None:
    telemetry.start(Settings.model_validate(values), "parse")


def caught() -> Caught:
    started(sentry_dsn=DSN)
    transport = Caught()
    sentry_sdk.get_client().transport = transport
    return transport


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def fails_on(mail: str) -> None:
    sender = ADDRESS
    raise ValueError(f"cannot read {mail} of {sender}")


def test_lines_are_json_and_carry_the_ids_of_their_block(capsys: pytest.CaptureFixture[str]) -> None:
    started()
    log = structlog.get_logger("here")
    with telemetry.correlated("c0ffee", mail_id=7):
        log.info("mail.parsed", level="full")
        logging.getLogger("library").warning("said %s", "something")
    log.info("mail.other")
    first, library, last = lines(capsys)
    assert first["event"] == "mail.parsed"
    assert (first["correlation_id"], first["mail_id"], first["process"]) == ("c0ffee", 7, "parse")
    assert first["timestamp"].endswith("Z")
    assert (library["event"], library["correlation_id"], library["level"]) == ("said something", "c0ffee", "warning")
    assert "correlation_id" not in last


def test_an_exception_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    started()
    try:
        fails_on("x")
    except ValueError:
        structlog.get_logger("here").exception("scheduler.failed")
    (line,) = lines(capsys)
    assert "ValueError" in line["exception"]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    started(log_level="error")
    structlog.get_logger("here").info("quiet")
    structlog.get_logger("here").error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_sentry_gets_the_bug_without_content_or_address() -> None:
    transport = caught()
    with telemetry.correlated("c0ffee", mail_id=7):
        try:
            fails_on(CONTENT)
        except ValueError as error:
            error.add_note(f"note of {ADDRESS}")
            wrapped = RuntimeError(CONTENT)
            wrapped.__cause__ = error
            telemetry.report(wrapped)
    (sent,) = transport.texts
    told = json.loads(sent.splitlines()[2])
    assert [one["type"] for one in told["exception"]["values"]] == ["ValueError", "RuntimeError"]
    assert "fails_on" in sent
    assert ADDRESS not in sent
    assert CONTENT not in sent
    assert json.dumps(CONTENT).strip('"') not in sent
    assert "breadcrumbs" not in told or not told["breadcrumbs"]["values"]


def test_log_lines_stay_out_of_sentry() -> None:
    transport = caught()
    structlog.get_logger("here").error("mail.bug", text=CONTENT)
    logging.getLogger("library").error("cannot parse %s", ADDRESS)
    try:
        fails_on(CONTENT)
    except ValueError:
        structlog.get_logger("here").exception("scheduler.failed")
        logging.getLogger("library").exception("cannot parse %s", ADDRESS)
    assert transport.texts == []


def test_without_a_dsn_nothing_is_sent() -> None:
    started()
    telemetry.report(ValueError(CONTENT))
    assert not sentry_sdk.get_client().is_active()
