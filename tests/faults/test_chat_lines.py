"""The consumer of chat events killed at each line through which an event goes: every event ends once, as promised."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import pytest

from backbone.exchange import consumer
from backbone.exchange.topology import QUARANTINE
from tests.support import dying
from tests.support.chat_events import consuming, depth, event, put_aside
from tests.support.house import House
from tests.support.runtimes import runtime
from tests.support.talks import SECONDS, Talk, begun
from tests.support.waiting import wait_for

FEWEST_LINES = 60


class Dying:
    """Consumers that kill themselves."""

    def __init__(self, talk: Talk) -> None:
        settings = talk.house.runtime.settings
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=dying.ROOT,
            env=os.environ
            | {
                "POSTROOM_DATABASE_URL": settings.database_url,
                "POSTROOM_AMQP_URL": talk.amqp_url,
                "POSTROOM_SECRET_KEY": settings.secret_key.get_secret_value(),
                "POSTROOM_DATA_DIR": str(settings.data_dir),
            },
        )

    def start(self, request: str) -> int:
        """Start a consumer; return its process id."""
        assert self._process.stdin
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> int:
        """Wait for the end of the consumer; return the signal that ended it."""
        return os.WTERMSIG(self._answer())

    def close(self) -> None:
        """Let none be started any more."""
        self._process.communicate(timeout=SECONDS)

    def _answer(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def test_whatever_line_it_is_killed_at(
    tmp_path: Path, postgres_url: str, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LOOK_EVERY", 0.05)
    with ExitStack() as stack, runtime(tmp_path, postgres_url, amqp_url) as opened:
        talk = begun(House(opened), amqp_url)
        killed = stack.enter_context(closing(Dying(talk)))
        lines = lines_of_an_event(talk, killed, tmp_path / "lines")
        assert len(lines) >= FEWEST_LINES
        for place, line in enumerate(lines):
            talk.publish(event(talk.number, f"{place}"), f"no {place}".encode())
            killed.start(line)
            assert killed.end() == signal.SIGKILL, line
            with consuming(opened):
                wait_for(partial(is_done, talk, place), SECONDS, f"the events after {line}")
        texts = [str(place) for place in range(len(lines))]
        assert talk.said() == ["first", *texts]
        mails = [one.chat_message_id for one in talk.house.owed() if one.kind == "chat_message"]
        assert len(set(mails)) == len(mails) == len(lines) + 1
        # Killed between the confirm of the quarantine and the acknowledgement, an event stands there twice.
        aside = [one.body.decode() for one in put_aside(opened)]
        assert set(aside) == {"no first", *(f"no {text}" for text in texts)}
        assert len(aside) < len(lines) + 5


def lines_of_an_event(talk: Talk, killed: Dying, file: Path) -> list[str]:
    """Return the lines through which a message and an unreadable event go."""
    talk.publish(event(talk.number, "first"), b"no first")
    consuming_process = killed.start(str(file))
    talk.wait_for_texts("first")
    talk.aside()
    talk.wait_until_taken()
    os.kill(consuming_process, signal.SIGKILL)
    killed.end()
    return file.read_text().split()


def is_done(talk: Talk, place: int) -> bool:
    """Whether the events of this place have come to their ends."""
    return str(place) in talk.said() and depth(talk.amqp_url, QUARANTINE) > place + 1
